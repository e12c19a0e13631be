// Finds out the name of somebody who is gone: only the hash is kept, and what was said.
import { sameBytes } from '../protocol/bytes.ts';
import { Mark } from '../protocol/gen/kentongan/v1/kentongan.ts';
import { PREFIX_BYTES } from '../protocol/limits.ts';
import { decodeStored } from './answers.ts';
import type { Room } from './room.ts';
import type { User } from './user.ts';

/** So much of what was said last is looked at; who has said nothing in it has no name. */
const RECALL_BYTES = 65_536;

export function recallName({ ledger }: Room, gone: User): void {
  const { oldest, newest } = ledger;
  if (newest < oldest) return;
  ledger.readRange({ from: oldest, to: newest, bytesMax: RECALL_BYTES, keep: 'last' }, (result) => {
    if (result.status !== 'run') return;
    for (const entry of framesOf(result.bytes)) {
      const { author } = decodeStored(entry);
      // Who has come again meanwhile has a name.
      const isWanted = gone.name === '' && author !== undefined && sameBytes(author.user, gone.id);
      if (isWanted) gone.becomes(author.name, author.mark === Mark.BOUND ? Mark.BOUND : Mark.GUEST);
    }
  });
}

function* framesOf(run: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(run.buffer, run.byteOffset, run.length);
  for (let at = 0; at < run.length; ) {
    const end = at + PREFIX_BYTES + view.getUint32(at);
    yield run.subarray(at, end);
    at = end;
  }
}
