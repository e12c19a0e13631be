// Owns what was appended and has no outcome: what is with the writer, and what goes to it next.
import type { AppendFailure, Outcome, Proposal } from '../roomlog.ts';
import { type Append, appendBytes, encodeAppends } from './batch.ts';
import type { ToWriter } from './messages.ts';
import type { OpenRoom } from './open-room.ts';

/** What goes to the writer in one message at most. */
const MESSAGE_BYTES_MAX = 1_048_576;

/** Invariant: messages are decided in their order, or all of one epoch have failed. */
export class Appends {
  readonly #send: (message: ToWriter, give: readonly ArrayBuffer[]) => void;
  readonly #now: () => number;
  /** The rooms of the appends of each message that is with the writer. */
  readonly #sent: Array<readonly OpenRoom[]> = [];
  #batch: Array<{ readonly room: OpenRoom; readonly proposal: Proposal }> = [];
  #epoch = 0;

  constructor(send: (message: ToWriter, give: readonly ArrayBuffer[]) => void, now: () => number) {
    this.#send = send;
    this.#now = now;
  }

  /** Takes an append; true: it is the first one since the last flush. */
  add(room: OpenRoom, proposal: Proposal): boolean {
    room.undecided.push(proposal.member);
    return this.#batch.push({ room, proposal }) === 1;
  }

  /** Gives everything to the writer. */
  flush(): void {
    let bytes = 0;
    let appends: Append[] = [];
    let rooms: OpenRoom[] = [];
    const send = (): void => {
      const encoded = encodeAppends(appends);
      this.#sent.push(rooms);
      this.#send({ do: 'append', epoch: this.#epoch, now: this.#now(), appends: encoded }, [
        encoded.buffer as ArrayBuffer,
      ]);
      [bytes, appends, rooms] = [0, [], []];
    };
    for (const { room, proposal } of this.#batch.splice(0)) {
      if (bytes > MESSAGE_BYTES_MAX) send();
      appends.push({ room: room.number, proposal });
      rooms.push(room);
      bytes += appendBytes(proposal);
    }
    if (appends.length > 0) send();
  }

  /** The outcomes of the oldest message, room by room. */
  decided(outcomes: readonly Outcome[]): Map<OpenRoom, Outcome[]> {
    const rooms = this.#sent.shift() ?? [];
    const lists = new Map<OpenRoom, Outcome[]>();
    for (const [i, outcome] of outcomes.entries()) {
      const room = rooms[i];
      if (room === undefined) continue;
      if (room.ignored > 0) {
        room.ignored--;
        continue;
      }
      const list = lists.get(room);
      if (list === undefined) lists.set(room, [outcome]);
      else list.push(outcome);
    }
    return lists;
  }

  /** The writer decides nothing of what it has got until now. */
  dropSent(epoch: number): void {
    this.#epoch = epoch;
    this.#sent.length = 0;
  }

  /** Takes all appends of a room back. How many they were: what the writer says of them is not heard. */
  takeBack(room: OpenRoom): number {
    const all = room.undecided.length;
    const kept = this.#batch.filter((each) => each.room !== room);
    room.ignored += all - (this.#batch.length - kept.length);
    this.#batch = kept;
    room.undecided = [];
    return all;
  }
}

/** So many outcomes of one kind. */
export function failed(count: number, failure: AppendFailure): Outcome[] {
  return Array.from({ length: count }, () => ({ status: 'failed', failure }));
}
