// Reads rooms from the first entry to the newest, as any client could.
import { FaultCode, type Frame, frameOf, hexOf, Mode, Reason, Status } from '../../src/protocol/index.ts';
import type { Reading } from './book.ts';
import { type Caller, Wire } from './wire.ts';

export type Audit =
  | ({ readonly is: 'whole' } & Reading)
  /** The oldest entries are gone. */
  | { readonly is: 'cut'; readonly oldest: number }
  | { readonly is: 'refused'; readonly code: number }
  | { readonly is: 'broken'; readonly reason: string };

const NOBODY: Caller = { name: '', secret: new Uint8Array(0), beside: false };
const READ_MS_MAX = 60_000;
const LOG_ID_BYTES = 16;

/**
 * Reads one room.
 * @param member for a private room: one of its two users
 */
export function audit(
  port: number,
  room: string,
  member?: { name: string; secret: Uint8Array },
): Promise<Audit> {
  return new Promise((resolve) => {
    const caller = member === undefined ? NOBODY : { ...member, beside: true };
    const reader = new RoomReader(port, room, caller, (outcome) => {
      // What comes after the first outcome is of no effect, the end of the connection among it.
      resolve(outcome);
      clearTimeout(late);
      reader.close();
    });
    const late = setTimeout(() => reader.giveUp(), READ_MS_MAX);
  });
}

/** Owns: one connection, for one reading. */
class RoomReader {
  readonly #wire: Wire;
  readonly #room: string;
  readonly #onDone: (audit: Audit) => void;
  readonly #payloads: Uint8Array[] = [];
  #logId = '';
  #newest = -1;

  constructor(port: number, room: string, caller: Caller, onDone: (audit: Audit) => void) {
    this.#room = room;
    this.#onDone = onDone;
    this.#wire = new Wire(port, caller, {
      // Which log it is, is told to everyone who asks for nothing.
      onWelcome: () => this.#join(new Uint8Array(LOG_ID_BYTES)),
      onFrame: (frame, payload) => this.#take(frame, payload),
      onPing: () => undefined,
      onEnd: (end) => onDone({ is: 'broken', reason: JSON.stringify(end) }),
    });
  }

  close(): void {
    this.#wire.cut();
  }

  giveUp(): void {
    this.#onDone({
      is: 'broken',
      reason: `only ${this.#payloads.length} of ${this.#newest} entries in ${READ_MS_MAX / 1000} s`,
    });
  }

  #join(logId: Uint8Array): void {
    const value = { have: { logId, seq: 0, check: 0 }, last: 0, mode: Mode.QUIET };
    this.#wire.send({ ...frameOf({ $case: 'join', value }, { room: this.#room }), ref: 1 });
  }

  #take(frame: Frame, payload: Uint8Array): void {
    if (frame.seq !== 0) {
      this.#takeEntry(frame, payload);
      return;
    }
    const system = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
    if (system?.$case === 'fault') this.#onDone({ is: 'refused', code: system.value.code });
    if (system?.$case === 'gap') this.#onDone({ is: 'cut', oldest: system.value.next });
    if (system?.$case === 'left') {
      // Found damaged while it was read: the same as a refusal.
      const isQuarantined = system.value.reason === Reason.QUARANTINED;
      const why = { is: 'broken', reason: 'put out of the room' } as const;
      this.#onDone(isQuarantined ? { is: 'refused', code: FaultCode.ROOM_QUARANTINED } : why);
    }
    if (system?.$case !== 'joined') return;
    const { status, logId, first, newest, oldest } = system.value;
    if (status === Status.NEW_LOG && this.#logId === '') {
      this.#logId = hexOf(logId);
      this.#join(logId);
      return;
    }
    this.#newest = newest;
    if (oldest > 1 || first > 1) this.#onDone({ is: 'cut', oldest: Math.max(first, oldest) });
    else this.#look();
  }

  #takeEntry(frame: Frame, payload: Uint8Array): void {
    // The stream of the first Join, before the second one is answered.
    if (this.#newest < 0) return;
    if (frame.seq !== this.#payloads.length + 1) {
      this.#onDone({ is: 'broken', reason: `#${frame.seq} came behind #${this.#payloads.length}` });
      return;
    }
    this.#payloads.push(Buffer.from(payload));
    this.#look();
  }

  #look(): void {
    if (this.#payloads.length < this.#newest) return;
    this.#onDone({ is: 'whole', logId: this.#logId, payloads: this.#payloads });
  }
}
