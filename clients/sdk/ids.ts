// Ids of messages: UUIDv7, ascending within one client, so that the server's index stays fast.
import { asUuid7, limits } from '../../src/protocol/index.ts';
import type { SdkClock } from './transport.ts';

/** The 12 bits behind the version: a counter within one millisecond that starts in its lower half. */
const COUNTER_MAX = 0xfff;
const COUNTER_START_MAX = 0x7ff;

/** Makes ids. Each is larger, as bytes, than every one before it, whatever the clock does. */
export class Ids {
  readonly #clock: SdkClock;
  readonly #random: (length: number) => Uint8Array;
  #time = 0;
  #counter = 0;

  constructor(clock: SdkClock, random: (length: number) => Uint8Array) {
    this.#clock = clock;
    this.#random = random;
  }

  next(): Uint8Array {
    const random = this.#random(limits.ENTRY_ID_BYTES - 6);
    const now = Math.max(0, Math.floor(this.#clock.now()));
    if (now > this.#time) {
      this.#time = now;
      this.#counter = readUint16(random) & COUNTER_START_MAX;
    } else if (this.#counter < COUNTER_MAX) {
      this.#counter++;
    } else {
      // More ids than the counter holds, or a clock that went back: borrow the next millisecond.
      this.#time++;
      this.#counter = readUint16(random) & COUNTER_START_MAX;
    }
    return this.#layOut(random);
  }

  #layOut(random: Uint8Array): Uint8Array {
    const id = new Uint8Array(limits.ENTRY_ID_BYTES);
    id[6] = this.#counter >> 8;
    id[7] = this.#counter & 0xff;
    id.set(random.subarray(2), 8);
    return asUuid7(id, this.#time);
  }
}

function readUint16(bytes: Uint8Array): number {
  return ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
}
