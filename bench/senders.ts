// Clients that send as fast as they are acknowledged, and measure how long that takes.
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { asUuid7, Mode } from '../src/protocol/index.ts';
import { taskOf, tell } from './child.ts';
import { ChatTemplate, Lean } from './lean.ts';
import { quantile } from './numbers.ts';

export interface SendersTask {
  readonly port: number;
  readonly senders: number;
  /** Chats of one sender that are not acknowledged. */
  readonly depth: number;
  readonly spanMs: number;
  /** False: random ids instead of UUIDv7. */
  readonly areOrdered: boolean;
}

export interface SendersResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** What part of a core the clients used themselves. */
  readonly busy: number;
}

const WARM_MS = 1_000;
const DEPTH_MAX = 64;
const ID_BYTES = 16;
/** The first number that has two bytes as a varint. */
const REF = 128;

const template = new ChatTemplate('The quick brown fox jumps over the lazy dog, and once again.');
const { port, senders, depth, spanMs, areOrdered } = taskOf() as SendersTask;

const latencies: number[] = [];
let isMeasuring = false;
let isOver = false;

/** Owns: one connection, and when each of its Chats went out. */
class Sender {
  readonly #lean: Lean;
  readonly #sentAt = new Float64Array(DEPTH_MAX);
  readonly joined: Promise<void>;
  #sent = 0;
  #acknowledged = 0;
  #isComing = false;

  constructor(number: number) {
    const joined = Promise.withResolvers<void>();
    this.joined = joined.promise;
    this.#lean = new Lean(port, `s${process.pid}-${number}`, randomBytes(32), {
      onStored: () => this.#stored(),
      onJoined: () => joined.resolve(),
    });
    void this.#lean.welcome.then(() => this.#lean.join(Mode.SEND_ONLY, 0));
  }

  /** One write of all that may go out now. */
  send(): void {
    const count = isOver ? 0 : depth - (this.#sent - this.#acknowledged);
    if (count <= 0) return;
    const bytes = Buffer.allocUnsafe(count * template.length);
    const ids = randomBytes(count * ID_BYTES);
    const now = performance.now();
    const time = Date.now();
    for (let i = 0; i < count; i++) {
      const id = ids.subarray(i * ID_BYTES, (i + 1) * ID_BYTES);
      template.write(
        bytes,
        i * template.length,
        REF + (this.#sent % (2 * DEPTH_MAX)),
        areOrdered ? asUuid7(id, time) : id,
      );
      this.#sentAt[this.#sent++ % DEPTH_MAX] = now;
    }
    this.#lean.link.write(bytes);
  }

  end(): void {
    this.#lean.end();
  }

  #stored(): void {
    const sentAt = this.#sentAt[this.#acknowledged++ % DEPTH_MAX] ?? 0;
    if (isMeasuring) latencies.push(performance.now() - sentAt);
    if (depth === 1) this.send();
    else if (!this.#isComing) {
      // Behind all receipts of this turn: one write, as any client would.
      this.#isComing = true;
      setImmediate(() => {
        this.#isComing = false;
        this.send();
      });
    }
  }
}

const all: Sender[] = [];
for (let number = 0; number < senders; number++) {
  const sender = new Sender(number);
  all.push(sender);
  // A server lets few connections wait for their Welcome at one time.
  if (number % 50 === 49) await sender.joined;
}
await Promise.all(all.map(({ joined }) => joined));
for (const sender of all) sender.send();
await wait(WARM_MS);
tell({ at: 'measuring' });
isMeasuring = true;
const [start, cpu] = [performance.now(), process.cpuUsage()];
await wait(spanMs);
const ms = performance.now() - start;
const { user, system } = process.cpuUsage(cpu);
isMeasuring = false;
isOver = true;
const result: SendersResult = {
  perSecond: (latencies.length / ms) * 1_000,
  p50Ms: quantile(latencies, 0.5),
  p99Ms: quantile(latencies, 0.99),
  maxMs: quantile(latencies, 1),
  busy: (user + system) / 1_000 / ms,
};
tell(result);
process.disconnect();
for (const sender of all) sender.end();
