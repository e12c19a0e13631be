// Servers, one after the other, on a disk that crashes: for the tests of what they leave.
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hub } from '../../src/core/hub.ts';
import { ChatFile } from '../../src/followers/chat-file.ts';
import { ChatLog } from '../../src/followers/chat-log.ts';
import { MemoryLog } from '../../src/roomlog/memory.ts';
import { NodeClock, nodeCrypto } from '../../src/server/node-ports.ts';
import type { Random } from '../support/random.ts';
import { CrashDisk, type CrashPlan } from './crash-disk.ts';

export const ROOMS = ['a', 'b', 'c'];
/** Room for about ten lines. */
const FILE_BYTES = 900;

/** Servers, one after the other, on one directory, over one log that survives them all. */
export class World {
  readonly disk: CrashDisk;
  /** Room and text of each announcement. */
  readonly said: string[] = [];
  readonly lives: Array<{ readonly operations: number }> = [];
  readonly #random: Random;
  readonly #log: MemoryLog;
  #clock = new NodeClock();
  #away = 0;

  constructor(random: Random) {
    this.#random = random;
    this.disk = new CrashDisk(mkdtempSync(join(tmpdir(), 'kentongan-')), random);
    const { now, defer } = this.#clock;
    // What nobody has pinned is gone at once.
    this.#log = new MemoryLog({ crypto: nodeCrypto, now, defer, retention: { entries: 1 } });
  }

  /** One process, until it dies, or closes when it has said `lines`. */
  async live(lines: number, plan: CrashPlan): Promise<void> {
    await this.disk.begin(plan);
    this.#clock = new NodeClock();
    const opened = await this.#orDeath(this.#open());
    if (opened !== undefined) {
      const { hub, file } = opened;
      for (let i = 0; i < lines && !this.disk.isDead; i++) await this.#something(hub, file);
      this.disk.calm();
      await this.#orDeath(this.#finish(hub, file));
    }
    this.#clock.stop();
    this.lives.push({ operations: this.disk.operations });
    // What was appended is committed, whoever asked for it.
    await ticks(4);
  }

  /** The lines of each file, without their times. */
  readonly files = (): string[][] => {
    const names = readdirSync(this.disk.directory).filter((name) => !name.includes('position'));
    return names.map((name) => {
      const text = readFileSync(join(this.disk.directory, name), 'utf8');
      if (text !== '' && !text.endsWith('\n')) throw new Error(`${name} ends within a line`);
      return text
        .split('\n')
        .slice(0, -1)
        .map((line) => line.replace(/^\S+ /, ''));
    });
  };

  async #open(): Promise<{ hub: Hub; file: ChatFile }> {
    const path = join(this.disk.directory, 'chat.log');
    const options = { bytesMax: FILE_BYTES, filesMax: 1000, disk: this.disk };
    const quick = { retry: { min: 0, max: 0 }, save: { quiet: 0, interval: 0 }, gatherMs: 0 };
    const quiet = { onTrouble: () => undefined, onRecovered: () => undefined };
    for (;;) {
      try {
        const file = await ChatFile.open(path, quiet, { ...options, ...quick });
        const ports = { clock: this.#clock, crypto: nodeCrypto, observe: () => undefined };
        const hub = new Hub(this.#log, ports, { software: 'test', rooms: ROOMS });
        hub.follow(new ChatLog({ file, logsPrivate: false, isDurable: true, now: Date.now }));
        return { hub, file };
      } catch {
        // A server that can not open its log does not start; it is started again.
      }
    }
  }

  async #something(hub: Hub, file: ChatFile): Promise<void> {
    const what = this.#random.float();
    if (what < 0.7) this.#say(hub);
    else if (what < 0.72) file.reopen();
    else if (what < 0.74) await this.#moveAway();
    else await ticks(this.#random.below(12));
    if (this.#random.chance(0.02)) await new Promise((resolve) => setTimeout(resolve, 3));
  }

  #say(hub: Hub): void {
    const room = this.#random.pick(ROOMS);
    const text = 'x'.repeat(this.#random.below(60));
    hub.announce(room, text === '' ? '-' : text, () => undefined);
    this.said.push(`${room} ${text === '' ? '-' : text}`);
  }

  async #moveAway(): Promise<void> {
    const path = join(this.disk.directory, 'chat.log');
    await this.disk.moved(path, `${path}.${10_000 - this.#away++}`).catch(() => undefined);
  }

  async #finish(hub: Hub, file: ChatFile): Promise<void> {
    await new Promise<void>((resolve) => {
      hub.drain(0, resolve);
    });
    // Every entry is given to the file when its cursors are at the head; closing waits for the file.
    while (hub.status().rooms.some(({ room }) => !this.#isFollowed(hub, room))) await ticks(1);
    if (!(await file.close(10_000))) throw new Error('it could not be closed');
  }

  #isFollowed(hub: Hub, name: string): boolean {
    const room = hub.rooms.get(name);
    return room === undefined || [...room.followers].every((cursor) => cursor.isIdle);
  }

  /** What the process does, unless it dies first. */
  #orDeath<T>(done: Promise<T>): Promise<T | undefined> {
    return Promise.race([done, this.disk.died.then(() => undefined)]);
  }
}

async function ticks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
