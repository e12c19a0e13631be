// Everything there is: time, chance, the disk, one server process at a time, and all connections to it.
import { createHash } from 'node:crypto';
import type { Dial, SdkClock } from '../../clients/sdk/index.ts';
import type { Follower } from '../../src/core/follower.ts';
import { nodeCrypto } from '../../src/server/node-ports.ts';
import { Hub } from '../../src/core/hub.ts';
import type { Ports } from '../../src/core/ports.ts';
import { LINGER_MS } from '../../src/protocol/limits.ts';
import { EventQueue } from '../support/event-queue.ts';
import { Random } from '../support/random.ts';
import { SimLog } from './engine.ts';
import { Folds } from './fold.ts';
import { Judge } from './judge.ts';
import { Link, type LinkWorld, type Met } from './link.ts';
import { NamesDisk, SimNames } from './names.ts';
import type { Identity } from './person.ts';
import type { Plan } from './plan.ts';
import { Reader } from './reader.ts';
import { Store } from './store.ts';
import { SessionTap } from './tap.ts';
import { userOf } from './user.ts';

/** One life of the server. */
interface Process {
  readonly hub: Hub;
  readonly log: SimLog;
  alive: boolean;
}

/** How somebody comes. */
export interface Way {
  /** Sends anything: what is no frame is not followed, and no answer is missed. */
  readonly wild: boolean;
  /** Not by TLS. */
  readonly plain: boolean;
}

/** Wall time at the start of every run, milliseconds since 1970. */
const EPOCH_MS = 1_795_000_000_000;
const DEFER_US_MAX = 40;

export class World implements LinkWorld {
  readonly plan: Plan;
  readonly queue: EventQueue;
  readonly random: Random;
  readonly store: Store;
  readonly names = new NamesDisk();
  readonly judge: Judge;
  readonly folds = new Folds();
  readonly taps = new Map<Link, SessionTap>();
  readonly trace: string[] | undefined;
  readonly #wild = new Map<Link, boolean>();
  readonly #labels = new Map<Link, string>();
  #process: Process | undefined;
  #reader: Reader | undefined;
  #calm = false;
  #touched = false;
  #hash = 0;
  #wallOffsetMs = 0;
  #links = 0;

  constructor(plan: Plan, options: { readonly traced: boolean }) {
    const random = new Random(plan.seed, 1);
    this.plan = plan;
    this.trace = options.traced ? [] : undefined;
    this.queue = new EventQueue(random.fork(1));
    this.random = random.fork(2);
    this.store = new Store(random.fork(3));
    this.judge = new Judge(
      this.store,
      plan.hub,
      (name) => this.names.userOf(name),
      () => this.monotonicMs,
      (kind, detail) => this.note(kind, () => detail),
    );
  }

  get monotonicMs(): number {
    return this.queue.now / 1000;
  }

  get wallMs(): number {
    return EPOCH_MS + this.#wallOffsetMs + Math.floor(this.monotonicMs);
  }

  get calm(): boolean {
    return this.#calm;
  }

  get hub(): Hub | undefined {
    return this.#process?.hub;
  }

  get log(): SimLog | undefined {
    return this.#process?.log;
  }

  get reader(): Reader | undefined {
    return this.#reader;
  }

  /** A number that two runs share only if all happened alike. */
  get fingerprint(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  note(kind: string, detail: () => string): void {
    this.#hash = Math.imul(this.#hash ^ (this.queue.now + kind.length), 0x01000193) ^ (this.#hash >>> 15);
    this.trace?.push(`${this.monotonicMs.toFixed(3).padStart(11)} ${kind.padEnd(6)} ${detail()}`);
  }

  touch(): void {
    this.#touched = true;
  }

  /** Lets things happen until `ms` of virtual time have passed, or something broke. */
  async advance(ms: number): Promise<void> {
    const until = this.queue.now + ms * 1000;
    while (this.judge.violation === undefined && this.#step(until)) {
      if (!this.#touched) continue;
      this.#touched = false;
      // Promises of clients were settled: whoever waits for them comes before anything else.
      await new Promise(setImmediate);
    }
  }

  #step(until: number): boolean {
    try {
      return this.queue.step(until);
    } catch (error) {
      this.judge.broken(
        'nothing throws',
        error instanceof Error ? (error.stack ?? error.message) : String(error),
      );
      return false;
    }
  }

  // The server

  start(): void {
    this.judge.draining = false;
    const random = this.random.fork(7);
    const process: Partial<Process> & { alive: boolean } = { alive: true };
    const log = new SimLog({
      queue: this.queue,
      random: random.fork(1),
      store: this.store,
      judge: this.judge,
      now: () => this.wallMs,
      onCommit: (seq) => this.note('commit', () => String(seq)),
    });
    const hub = new Hub(log, this.#ports(random.fork(2), process), {
      software: 'kentongan sim',
      rooms: this.plan.rooms,
      ...this.plan.hub,
    });
    this.#process = Object.assign(process, { hub, log });
    this.#reader = new Reader(this.queue, random.fork(3), this.store, this.judge, () => process.alive);
    hub.follow(this.#reader satisfies Follower);
    this.note('start', () => '');
  }

  /** Stops in good order: what is under way is stored and answered, connections get their last bytes. */
  restart(downMs: number): void {
    const process = this.#process;
    if (process === undefined) return;
    this.drain(() => {
      process.log.close(() => {
        this.queue.after(1.1 * LINGER_MS * 1_000, () => {
          if (this.#process !== process) return;
          this.#end(process);
          this.judge.restarted();
          this.queue.after(downMs * 1_000, () => this.start());
        });
      });
    });
  }

  drain(onDrained: () => void): void {
    this.note('drain', () => '');
    this.judge.draining = true;
    this.hub?.drain(1_000, onDrained);
  }

  /** kill -9: nothing that the process held in memory is left. */
  crash(): void {
    const process = this.#process;
    if (process === undefined) return;
    this.note('crash', () => '');
    this.judge.totals.crashes++;
    process.log.crash();
    this.#end(process);
    this.judge.restarted();
  }

  #end(process: Process): void {
    process.alive = false;
    this.#process = undefined;
    this.#reader = undefined;
    for (const [link, tap] of this.taps) {
      tap.abandon();
      link.abandon();
      this.forget(link);
    }
  }

  #ports(random: Random, process: { alive: boolean }): Ports {
    return {
      clock: {
        now: () => this.wallMs,
        monotonic: () => this.monotonicMs,
        after: (ms, callback) => this.queue.after(timerUs(ms), () => process.alive && callback()),
        defer: (callback) => {
          this.queue.after(random.below(DEFER_US_MAX), () => process.alive && callback());
        },
      },
      crypto: {
        random: (length) => random.bytes(length),
        sha256: (data) => createHash('sha256').update(data).digest(),
        verify: nodeCrypto.verify,
      },
      names: new SimNames(this.names, this.queue, random.fork(1), {
        mayFail: () => !this.#calm,
        isAlive: () => process.alive,
      }),
      observe: (event) => {
        this.note('event', () => JSON.stringify(event));
        if (event.event === 'name-bound') this.judge.totals.bound++;
        if (event.event === 'defect') this.judge.broken('the server has no defect', event.message);
      },
    };
  }

  /** The full hash of somebody, as the server has it. */
  userOf({ secret, keys }: Identity): string {
    return keys === undefined ? userOf({ secret }) : userOf(keys);
  }

  // Connections

  /** A way to the server for one client. */
  dialer(label: string, way: Way, onLink: (link: Link) => void = () => undefined): Dial {
    return (listener) => {
      const link = new Link(this, `${label}:${++this.#links}`, listener, way.plain);
      this.#wild.set(link, way.wild);
      this.#labels.set(link, `${label}:${this.#links}`);
      onLink(link);
      return link.transport;
    };
  }

  accept(link: Link): Met | 'refused' | 'closed' {
    const process = this.#process;
    if (process === undefined) return 'refused';
    const tap = new SessionTap({
      judge: this.judge,
      folds: this.folds,
      label: this.#labels.get(link) ?? '',
      wild: this.#wild.get(link) ?? false,
      trace: (kind, detail) => this.note(kind, detail),
    });
    this.taps.set(link, tap);
    const server = process.hub.accept(link.connection);
    if (server === undefined) {
      this.forget(link);
      return 'closed';
    }
    return { server, tap };
  }

  forget(link: Link): void {
    this.taps.delete(link);
    this.#wild.delete(link);
    this.#labels.delete(link);
  }

  // The weather

  /** From now on nothing goes wrong by itself. */
  settleDown(): void {
    this.#calm = true;
    for (const link of this.taps.keys()) link.calm();
    this.note('calm', () => '');
  }

  jumpClock(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  /** Time for clients; `leash.dead` cuts them off from it. */
  sdkClock(leash: { readonly dead: boolean }): SdkClock {
    return {
      now: () => this.wallMs,
      monotonic: () => this.monotonicMs,
      after: (ms, callback) =>
        this.queue.after(timerUs(ms), () => {
          if (leash.dead) return;
          this.touch();
          callback();
        }),
    };
  }
}

/** Timers of the real world never fire early, nor in less than a millisecond. */
function timerUs(ms: number): number {
  return Math.max(1_000, Math.ceil(ms * 1_000));
}
