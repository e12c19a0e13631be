// What one person said in one room, and what became of it: the person's own bookkeeping.
import { hexOf } from '../support/hex.ts';
import type { Judge } from './judge.ts';
import type { StoredRoom } from './store.ts';

export interface Line {
  readonly room: string;
  /** Its place among everything this person said in this room. */
  readonly index: number;
  readonly text: string;
  /** Chosen by the person, so that it can be said again; or by the SDK. */
  readonly id: Uint8Array | undefined;
  state: 'sent' | 'acked' | 'unknown' | 'refused';
  /** Where, once acknowledged, and in which log. */
  seq: number;
  log: StoredRoom | undefined;
}

/** Marks every text: who said it where, and the how-manieth it was. */
const TEXT = /^(.+)\/(.+)\/(\d+) \.*$/su;

/** Reads the mark of a text, if it has one. */
export function markOf(text: string): { readonly speaker: string; readonly index: number } | undefined {
  const match = TEXT.exec(text);
  return match === null ? undefined : { speaker: `${match[1]}/${match[2]}`, index: Number(match[3]) };
}

export class Lines {
  readonly #speaker: string;
  readonly #byRoom = new Map<string, Line[]>();

  /** @param speaker unique among all speakers */
  constructor(speaker: string) {
    this.#speaker = speaker;
  }

  all(): Line[] {
    return [...this.#byRoom.values()].flat();
  }

  in(room: string): readonly Line[] {
    return this.#byRoom.get(room) ?? [];
  }

  /** A new line; `padding` makes it longer. */
  add(room: string, id: Uint8Array | undefined, padding: number): Line {
    const lines = this.#byRoom.get(room) ?? [];
    this.#byRoom.set(room, lines);
    const index = lines.length;
    const text = `${this.#speaker}/${room}/${index} ${'.'.repeat(padding)}`;
    const line: Line = { room, index, text, id, state: 'sent', seq: 0, log: undefined };
    lines.push(line);
    return line;
  }

  /** Lines that a returning program says again, in order, before anything new. */
  unfinished(room: string): readonly Line[] {
    return this.in(room).filter(({ state, id }) => state === 'sent' && id !== undefined);
  }

  /** Nobody waits for these any more: they may be stored or not. */
  forget(room: string): void {
    for (const line of this.in(room)) if (line.state === 'sent') line.state = 'unknown';
  }

  /** The program was killed: what has no id of its own can not be said again. */
  killed(): void {
    for (const line of this.all()) if (line.state === 'sent' && line.id === undefined) line.state = 'unknown';
  }

  acked(
    line: Line,
    receipt: { seq: number; id: Uint8Array; room: string; time: number },
    judge: Judge,
  ): void {
    const stored = judge.room(receipt.room);
    const entry = stored?.at(receipt.seq);
    const where = `${line.text.slice(0, 40)} at ${receipt.room} #${receipt.seq}`;
    judge.check(receipt.room === line.room, 'a receipt names the room', () => where);
    judge.check(entry !== undefined, 'acknowledged means durable', () => where);
    judge.check(entry?.id === hexOf(receipt.id), 'a receipt says where', () => where);
    judge.check(entry?.time === receipt.time, 'a receipt says when', () => where);
    judge.check(line.state !== 'acked', 'a send has one outcome', () => where);
    line.state = 'acked';
    line.seq = receipt.seq;
    line.log = stored;
  }
}
