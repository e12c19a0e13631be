// A real directory under a disk that stops, fails and forgets.
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Disk, type DiskFile, type FileState, nodeDisk } from '../../src/followers/disk.ts';
import type { Random } from '../support/random.ts';

/** A file as a power cut would leave it. */
interface Inode {
  /** What the last sync has made safe. */
  durable: Buffer;
  /** Bytes that a failed sync has given up: no later one makes them safe unless they are written again. */
  lost: { from: number; to: number };
}

export interface CrashPlan {
  /** The operation that is the last one; it happens not at all, in part, or wholly, and never ends. */
  readonly dieAt: number;
  /** How likely each operation fails, 0 to 1. */
  readonly failing: number;
}

/**
 * One directory; `crash` makes of it what the next process finds. Content survives a power cut up to the last
 * sync, and, by chance, some of what came later; names survive up to the last sync of the directory, and, by
 * chance, some of the first changes after it. Files keep their identity, because each has a second name.
 */
export class CrashDisk implements Disk {
  readonly directory: string;
  readonly #shadow: string;
  readonly #random: Random;
  readonly #inodes = new Map<string, Inode>();
  #namesDurable = new Map<string, string>();
  #namesSince: Array<Map<string, string>> = [];
  #plan: CrashPlan = { dieAt: Number.POSITIVE_INFINITY, failing: 0 };
  #life = 0;
  readonly #open: DiskFile[] = [];
  #last: Promise<unknown> = Promise.resolve();
  operations = 0;
  /** What was done, for a failing test. */
  readonly journal: string[] = [];
  died: Promise<void>;
  isDead = false;
  #die: () => void = () => undefined;

  constructor(root: string, random: Random) {
    this.directory = join(root, 'data');
    this.#shadow = join(root, 'shadow');
    mkdirSync(this.directory);
    mkdirSync(this.#shadow);
    this.#random = random;
    this.died = new Promise(() => undefined);
  }

  /** A new process begins; what an old one still does comes to nothing. */
  async begin(plan: CrashPlan): Promise<void> {
    await this.#closeAll();
    this.#plan = plan;
    this.#life++;
    this.operations = 0;
    this.isDead = false;
    this.died = new Promise((resolve) => {
      this.#die = resolve;
    });
    this.journal.push(`-- process ${this.#life}`);
  }

  /** Nothing fails any more in this process. */
  calm(): void {
    this.#plan = { ...this.#plan, failing: 0 };
  }

  /** The power goes, too. */
  cutPower(): void {
    const names = this.#random.chance(0.5)
      ? this.#namesDurable
      : (this.#namesSince[this.#random.below(this.#namesSince.length + 1)] ?? this.#namesDurable);
    for (const [id, inode] of this.#inodes) {
      const now = readFileSync(this.#shadowOf(id));
      const left = this.#left(inode, now);
      inode.durable = left;
      inode.lost = { from: 0, to: 0 };
      writeFileSync(this.#shadowOf(id), left);
    }
    for (const name of readdirSync(this.directory)) unlinkSync(join(this.directory, name));
    for (const [name, id] of names) linkSync(this.#shadowOf(id), join(this.directory, name));
    this.#namesDurable = new Map(names);
    this.#namesSince = [];
    this.journal.push(`-- power cut: ${[...names.keys()].join(' ')}`);
  }

  async end(): Promise<void> {
    this.#life++;
    await this.#closeAll();
    rmSync(dirname(this.directory), { recursive: true, force: true });
  }

  /** Somebody else moves a file. */
  moved(from: string, to: string): Promise<void> {
    return this.#alone(async () => {
      await nodeDisk.rename(from, to);
      await this.#noteNames();
    });
  }

  open(path: string): Promise<DiskFile> {
    return this.#do(`open ${basename(path)}`, async () => {
      const file = await nodeDisk.open(path);
      this.#open.push(file);
      const { id } = await file.state();
      if (!this.#inodes.has(id)) {
        this.#inodes.set(id, { durable: Buffer.alloc(0), lost: { from: 0, to: 0 } });
        linkSync(path, this.#shadowOf(id));
        await this.#noteNames();
      }
      return new CrashFile(file, id, this, this.#life);
    });
  }

  async state(path: string): Promise<FileState | undefined> {
    const state = await this.#do(`state ${basename(path)}`, () => nodeDisk.state(path));
    return state && { ...state, links: state.links - 1 };
  }

  readWhole(path: string): Promise<Uint8Array | undefined> {
    return this.#do(`read ${basename(path)}`, () => nodeDisk.readWhole(path));
  }

  names(directory: string): Promise<readonly string[]> {
    return this.#do('names', () => nodeDisk.names(directory));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#do(`rename ${basename(from)} ${basename(to)}`, async () => {
      await nodeDisk.rename(from, to);
      await this.#noteNames();
    });
  }

  remove(path: string): Promise<void> {
    return this.#do(`remove ${basename(path)}`, async () => {
      await nodeDisk.remove(path);
      await this.#noteNames();
    });
  }

  syncDirectory(): Promise<void> {
    return this.#do('sync directory', async () => {
      this.#namesDurable = await this.#names();
      this.#namesSince = [];
    });
  }

  resolve(path: string): Promise<string> {
    return Promise.resolve(path);
  }

  // For its files

  /** Does it, unless it is the last operation, or fails. `part` is what may happen of it then. */
  async act<T>(
    life: number,
    what: string,
    act: () => Promise<T>,
    part: () => Promise<unknown> = act,
  ): Promise<T> {
    if (life !== this.#life || this.isDead) return never();
    const number = ++this.operations;
    if (number >= this.#plan.dieAt) {
      this.isDead = true;
      const done = this.#random.below(3);
      if (done === 1) await this.#alone(part);
      if (done === 2) await this.#alone(act);
      this.journal.push(`${number} ${what} (dead, ${['before', 'within', 'behind'][done]} it)`);
      this.#die();
      return never();
    }
    if (this.#random.chance(this.#plan.failing)) {
      const done = this.#random.chance(0.5);
      this.journal.push(`${number} ${what} (fails, ${done ? 'in part' : 'at once'})`);
      if (done) await this.#alone(part);
      throw Object.assign(new Error(`${what} fails`), { code: this.#random.pick(['ENOSPC', 'EIO']) });
    }
    this.journal.push(`${number} ${what}`);
    return this.#alone(act);
  }

  synced(id: string): void {
    const inode = this.#inodes.get(id);
    if (inode === undefined) return;
    inode.durable = readFileSync(this.#shadowOf(id));
    inode.durable.fill(0, inode.lost.from, inode.lost.to);
  }

  gaveUp(id: string): void {
    const inode = this.#inodes.get(id);
    const size = readFileSync(this.#shadowOf(id)).length;
    if (inode !== undefined) inode.lost = { from: Math.min(inode.durable.length, size), to: size };
  }

  truncated(id: string, length: number): void {
    const lost = this.#inodes.get(id)?.lost;
    if (lost === undefined) return;
    lost.to = Math.min(lost.to, length);
    lost.from = Math.min(lost.from, length);
  }

  get random(): Random {
    return this.#random;
  }

  #do<T>(what: string, act: () => Promise<T>): Promise<T> {
    return this.act(this.#life, what, act);
  }

  /** What a power cut leaves of a file: at least what was synced, at most what was written, perhaps zeros. */
  #left({ durable, lost }: Inode, now: Buffer): Buffer {
    if (!now.subarray(0, durable.length).equals(durable)) return this.#random.pick([durable, now]);
    const to = durable.length + this.#random.below(now.length - durable.length + 1);
    const left = Buffer.from(now.subarray(0, to));
    left.fill(0, Math.min(lost.from, to), Math.min(lost.to, to));
    if (this.#random.chance(0.3)) left.fill(0, durable.length);
    return left;
  }

  /** One thing at a time. */
  #alone<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#last.then(act);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #closeAll(): Promise<void> {
    for (const file of this.#open.splice(0)) await file.close().catch(() => undefined);
  }

  async #noteNames(): Promise<void> {
    this.#namesSince.push(await this.#names());
  }

  async #names(): Promise<Map<string, string>> {
    const names = new Map<string, string>();
    for (const name of readdirSync(this.directory)) {
      const state = await nodeDisk.state(join(this.directory, name));
      if (state !== undefined) names.set(name, state.id);
    }
    return names;
  }

  #shadowOf(id: string): string {
    return join(this.#shadow, id.replace(':', '-'));
  }
}

class CrashFile implements DiskFile {
  readonly #file: DiskFile;
  readonly #id: string;
  readonly #disk: CrashDisk;
  readonly #life: number;

  constructor(file: DiskFile, id: string, disk: CrashDisk, life: number) {
    this.#file = file;
    this.#id = id;
    this.#disk = disk;
    this.#life = life;
  }

  state(): Promise<FileState> {
    return this.#do('state', async () => {
      const state = await this.#file.state();
      return { ...state, links: state.links - 1 };
    });
  }

  read(from: number, length: number): Promise<Uint8Array> {
    return this.#do('read', () => this.#file.read(from, length));
  }

  write(bytes: Uint8Array): Promise<number> {
    const some = bytes.subarray(0, this.#disk.random.below(bytes.length + 1));
    return this.#do(
      `write ${bytes.length} to ${this.#id}`,
      () => this.#file.write(this.#disk.random.chance(0.1) && some.length > 0 ? some : bytes),
      () => this.#file.write(some),
    );
  }

  truncate(length: number): Promise<void> {
    return this.#do(`truncate ${this.#id} to ${length}`, async () => {
      await this.#file.truncate(length);
      this.#disk.truncated(this.#id, length);
    });
  }

  sync(): Promise<void> {
    return this.#do(
      `sync ${this.#id}`,
      () => Promise.resolve(this.#disk.synced(this.#id)),
      () => Promise.resolve(this.#disk.gaveUp(this.#id)),
    );
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #do<T>(what: string, act: () => Promise<T>, part?: () => Promise<unknown>): Promise<T> {
    return this.#disk.act(this.#life, what, act, part);
  }
}

function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}
