// Verifying one room, step by step, beside a writer that goes on.
import type { DatabaseSync } from 'node:sqlite';
import type { Seq } from '../roomlog.ts';
import type { Damage } from './damage.ts';
import type { RoomRow } from './room-row.ts';

/** What somebody else knows of the room. */
export interface VerifyOptions {
  /** The chain behind this entry, if it is passed, is this one; else the entries are lost. */
  readonly marked?: { readonly seq: Seq; readonly chain: Uint8Array };
}

export class RoomVerifier {
  readonly #row: RoomRow;

  /** @param from the first entry that is verified; at most the whole segment that it is in, more */
  constructor(_database: DatabaseSync, row: RoomRow, _from: Seq, _options: VerifyOptions = {}) {
    this.#row = row;
  }

  /** Verified up to here. */
  get seq(): Seq {
    return this.#row.oldest - 1;
  }

  /** Of segments, read by the last step. */
  get bytesRead(): number {
    return 0;
  }

  /** About 64 KiB of entries, in one short read transaction. After a Damage it may be called again for the rest. */
  step(): 'more' | 'done' | Damage {
    throw new Error('not written yet');
  }
}
