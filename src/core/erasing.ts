// Erases an entry: what was said goes, its place in the log stays (docs/protocol.md §10).
import type { FaultName } from '../protocol/faults.ts';
import type { Frame } from '../protocol/gen/kentongan/v1/kentongan.ts';
import { type Outcome, type Seq, seqOf } from '../roomlog/roomlog.ts';
import { decodeStored } from './answers.ts';
import type { Room } from './room.ts';

/** Why an entry is not erased: as the faults of the protocol are called, and what only an operator is told. */
export type EraseRefusal =
  | FaultName
  /** It never was, is not stored yet, or is gone. */
  | 'NO_SUCH_ENTRY'
  /** The members are the fold of Join and Leave entries, and a Removal says nothing that anybody said. */
  | 'NOT_ERASABLE'
  | 'ERASED_ALREADY';

/** `seq`: the Removal. */
export type Erased = { readonly seq: Seq } | { readonly refusal: EraseRefusal };

/**
 * @param refusal asked before anything is appended: why the room takes nothing at present
 */
export function erase(
  room: Room,
  seq: Seq,
  refusal: () => FaultName | undefined,
  done: (result: Erased) => void,
): void {
  const { ledger } = room;
  const refused = refusal();
  if (refused !== undefined) {
    done({ refusal: refused });
    return;
  }
  if (!Number.isSafeInteger(seq) || seq < ledger.oldest || seq > ledger.newest) {
    done({ refusal: 'NO_SUCH_ENTRY' });
    return;
  }
  const { revision } = ledger;
  ledger.readRange({ from: seq, to: seq, bytesMax: 1 }, (result) => {
    if (result.status === 'failed') done({ refusal: result.failure });
    else if (result.status !== 'run') done({ refusal: 'NO_SUCH_ENTRY' });
    // Somebody else erases, perhaps this very entry: what was read may be of the past.
    else if (ledger.isErasing(seq) || ledger.revision !== revision) {
      ledger.whenDecided(() => erase(room, seq, refusal, done));
    } else append(room, decodeStored(result.bytes), refusal, done);
  });
}

function append(
  room: Room,
  entry: Frame,
  refusal: () => FaultName | undefined,
  done: (result: Erased) => void,
): void {
  const refused = refusal() ?? refusalOf(entry);
  if (refused === undefined) room.erase(entry, (outcome) => done(resultOf(outcome)));
  else done({ refusal: refused });
}

/** Why nobody may erase such an entry. */
export function refusalOf({ kind }: Frame): EraseRefusal | undefined {
  if (kind?.$case === 'chat') return undefined;
  const system = kind?.$case === 'system' ? kind.value.kind?.$case : undefined;
  if (system === 'notice') return undefined;
  return system === 'removed' ? 'ERASED_ALREADY' : 'NOT_ERASABLE';
}

function resultOf(outcome: Outcome): Erased {
  return outcome.status === 'failed' ? { refusal: outcome.failure } : { seq: seqOf(outcome) };
}
