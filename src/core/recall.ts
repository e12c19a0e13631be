// Finds out the names of those who are gone: only the hash is kept, and what was said.
import { sameBytes } from '../protocol/bytes.ts';
import { Mark } from '../protocol/gen/kentongan/v1/kentongan.ts';
import { PREFIX_BYTES } from '../protocol/limits.ts';
import { decodeStored } from './answers.ts';
import type { Room } from './room.ts';
import type { User } from './user.ts';

/** So much of what was said last is looked at; who has said nothing in it has no name. */
const RECALL_BYTES = 65_536;

/** One after the other: after a start there may be thousands, and the first one who reads does not wait for all. */
export class Recall {
  readonly #waiting: Array<readonly [room: Room, gone: User]> = [];
  #underWay = false;

  /** Whose name is found gets it later, never within this call. */
  ask(room: Room, gone: User): void {
    this.#waiting.push([room, gone]);
    if (!this.#underWay) this.#next();
  }

  #next(): void {
    const next = this.#waiting.shift();
    this.#underWay = next !== undefined;
    if (next === undefined) return;
    const [{ ledger }, gone] = next;
    const { oldest, newest } = ledger;
    // An empty range has an answer, too.
    const range = { from: oldest, to: newest, bytesMax: RECALL_BYTES, keep: 'last' } as const;
    ledger.readRange(range, (result) => {
      if (result.status === 'run') nameFrom(result.bytes, gone);
      this.#next();
    });
  }
}

function nameFrom(run: Uint8Array, gone: User): void {
  for (const entry of framesOf(run)) {
    const { author } = decodeStored(entry);
    // Who has come again meanwhile has a name.
    const isWanted = gone.name === '' && author !== undefined && sameBytes(author.user, gone.id);
    if (isWanted) gone.becomes(author.name, author.mark === Mark.BOUND ? Mark.BOUND : Mark.GUEST);
  }
}

function* framesOf(run: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(run.buffer, run.byteOffset, run.length);
  for (let at = 0; at < run.length; ) {
    const end = at + PREFIX_BYTES + view.getUint32(at);
    yield run.subarray(at, end);
    at = end;
  }
}
