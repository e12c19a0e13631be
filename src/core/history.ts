// Answers a History: collects whole entries from the log until the limit or the frame is full.
import { Fault } from '../protocol/faults.ts';
import { encodePage } from '../protocol/frame.ts';
import type { History } from '../protocol/gen/kentongan/v1/kentongan.ts';
import { FRAME_BYTES_MAX, HISTORY_ENTRIES_DEFAULT, PAGE_OVERHEAD_BYTES_MAX } from '../protocol/limits.ts';
import type { ReadResult, Seq } from '../roomlog/roomlog.ts';
import { type Address, faultFrame } from './answers.ts';
import type { Ledger } from './ledger.ts';
import type { Answerer } from './requests.ts';

const PAGE_BYTES = FRAME_BYTES_MAX - PAGE_OVERHEAD_BYTES_MAX;

/** The entries that a History asks for, of those that exist now. Empty when `from` > `to`. */
function historyRange(
  history: History,
  log: { readonly oldest: Seq; readonly newest: Seq },
): { readonly from: Seq; readonly to: Seq; readonly backwards: boolean } {
  const limit = history.limit === 0 ? HISTORY_ENTRIES_DEFAULT : history.limit;
  if (history.start?.$case === 'after') {
    const from = Math.max(history.start.value + 1, log.oldest);
    return { from, to: Math.min(log.newest, from + limit - 1), backwards: false };
  }
  const before = history.start?.$case === 'before' ? history.start.value : log.newest + 1;
  const to = Math.min(before - 1, log.newest);
  return { from: Math.max(log.oldest, to - limit + 1), to, backwards: true };
}

/** Makes the Page for one History of a room. */
export function historyAnswerer(to: Address, history: History, ledger: Ledger): Answerer {
  return (ready) => new Collector(to, history, ledger, ready).collect();
}

class Collector {
  readonly #to: Address;
  readonly #history: History;
  readonly #ledger: Ledger;
  readonly #ready: (frames: readonly Uint8Array[]) => void;
  readonly #runs: Uint8Array[] = [];
  readonly #backwards: boolean;
  #bytes = 0;
  /** What is still to be read. */
  #from: Seq;
  #until: Seq;

  constructor(to: Address, history: History, ledger: Ledger, ready: (frames: readonly Uint8Array[]) => void) {
    const range = historyRange(history, ledger);
    this.#to = to;
    this.#history = history;
    this.#ledger = ledger;
    this.#ready = ready;
    this.#from = range.from;
    this.#until = range.to;
    this.#backwards = range.backwards;
  }

  collect(): void {
    if (this.#from > this.#until || this.#bytes >= PAGE_BYTES) {
      this.#finish();
      return;
    }
    const range = { from: this.#from, to: this.#until, bytesMax: PAGE_BYTES - this.#bytes };
    this.#ledger.readRange({ ...range, keep: this.#backwards ? 'last' : 'first' }, (result) =>
      this.#take(result),
    );
  }

  #take(result: ReadResult): void {
    switch (result.status) {
      case 'run':
        // A run holds at least one entry, even one that does not fit any more.
        if (this.#bytes + result.bytes.length > PAGE_BYTES && this.#runs.length > 0) this.#finish();
        else this.#add(result.bytes, result.first, result.last);
        return;
      case 'truncated':
        // Retention went by while we read: what is left begins later, and what was read before that is gone, too.
        this.#skipTo(Math.max(this.#from + 1, result.oldest));
        this.collect();
        return;
      case 'end':
        this.#finish();
        return;
      case 'failed':
        this.#ready([faultFrame(this.#to, new Fault(result.failure))]);
    }
  }

  #add(bytes: Uint8Array, first: Seq, last: Seq): void {
    this.#bytes += bytes.length;
    if (this.#backwards) {
      this.#runs.unshift(bytes);
      this.#until = first - 1;
    } else {
      this.#runs.push(bytes);
      this.#from = last + 1;
    }
    this.collect();
  }

  #skipTo(oldest: Seq): void {
    this.#from = oldest;
    if (this.#backwards) return;
    this.#runs.length = 0;
    this.#bytes = 0;
    // As many as were asked for, from here.
    this.#until = historyRange(this.#history, { oldest, newest: this.#ledger.newest }).to;
  }

  #finish(): void {
    const { oldest, newest } = this.#ledger;
    const more = this.#backwards
      ? this.#until >= oldest
      : this.#from <= newest && this.#history.start !== undefined;
    this.#ready([encodePage(this.#to, this.#runs, { oldest, more })]);
  }
}
