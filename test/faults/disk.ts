// The disk that a loss of power leaves: what was synced, and chance decides about the rest.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Random } from '../support/random.ts';
import type { Recorded } from './journal.ts';

/**
 * What becomes of writes that no sync covers:
 *
 * - `none`: all are lost;
 * - `prefix`: they reach the disk in order, up to some moment, the last one torn;
 * - `subset`: each sector of each of them by itself, as a disk that reorders does it;
 * - `all`: none is lost.
 */
export type Unsynced = 'none' | 'prefix' | 'subset' | 'all';

/**
 * When names are on the disk. `journal`: in order, and with the next sync of any file, as ext4, XFS and Btrfs do it.
 * `strict`: with a sync of their directory, the least that POSIX promises.
 */
export type Names = 'journal' | 'strict';

export interface Weather {
  readonly unsynced: Unsynced;
  readonly names: Names;
  /** What the disk writes as one: bytes. */
  readonly sector: 512 | 4096;
  /** How much of what is not synced survives a `subset`. */
  readonly share: number;
}

export function weatherOf(random: Random): Weather {
  return {
    unsynced: random.pick(['none', 'none', 'prefix', 'subset', 'subset', 'subset', 'all']),
    names: random.chance(0.7) ? 'journal' : 'strict',
    sector: random.pick([512, 4096]),
    share: random.pick([0.1, 0.5, 0.9]),
  };
}

type Write = Extract<Recorded, { is: 'written' | 'truncated' | 'allocated' }>;
type Naming = Extract<Recorded, { is: 'created' | 'unlinked' | 'renamed' | 'made' }>;

/** A file, whatever it is called: where it was in the shadow, and what has been done to it since. */
class File {
  readonly base: string | undefined;
  readonly mode: number;
  readonly writes: Array<Write & { lost: boolean }> = [];
  /** Writes up to this number are on the disk, but for those marked as lost. */
  durable = 0;

  constructor(base: string | undefined, mode: number) {
    this.base = base;
    this.mode = mode;
  }
}

/** What one loss of power did. */
export interface Loss {
  /** Changes in the journal. */
  readonly changes: number;
  /** Writes that no sync covered, and how many of them were lost wholly or in part. */
  readonly unsynced: number;
  readonly dropped: number;
  /** Creations, renames and removals that did not survive. */
  readonly namesLost: number;
}

/** Owns: the shadow, a folder that holds what is surely on the disk. */
export class Disk {
  readonly #live: string;
  readonly #shadow: string;

  /** @param live the data directory as it is before the server starts; @param shadow a folder to be made */
  constructor(live: string, shadow: string) {
    this.#live = live;
    this.#shadow = shadow;
    cpSync(live, shadow, { recursive: true });
  }

  /** Power is lost: `live` becomes what the disk would hold now. The server is dead. */
  lose(changes: readonly Recorded[], weather: Weather, random: Random): Loss {
    const after = new Aftermath(this.#live, this.#shadow, weather, random);
    for (const change of changes) after.take(change);
    const loss = after.settle();
    this.#restore(after.whereabouts, random);
    return { ...loss, changes: changes.length };
  }

  /** @param whereabouts which file of the shadow is which one of those that are there: it stays the same file */
  #restore(whereabouts: ReadonlyMap<string, string>, random: Random): void {
    // SQLite never syncs its shared memory and makes it anew: whether there is an old one must not matter.
    const old = filesBelow(this.#live).filter((path) => path.endsWith('-shm') && random.chance(0.5));
    const kept = old.map((path) => [path, readFileSync(join(this.#live, path))] as const);
    const aside = `${this.#live}-aside`;
    renameSync(this.#live, aside);
    cpSync(this.#shadow, this.#live, { recursive: true, filter: (path) => statSync(path).isDirectory() });
    chmodSync(this.#live, 0o700);
    for (const name of filesBelow(this.#shadow)) {
      const [from, to] = [join(this.#shadow, name), join(this.#live, name)];
      const was = whereabouts.get(name);
      if (was !== undefined && existsSync(join(aside, was))) renameSync(join(aside, was), to);
      // What is there is overwritten, so that its number in the file system stays.
      writeFileSync(to, readFileSync(from), { mode: statSync(from).mode & 0o777 });
    }
    rmSync(aside, { recursive: true });
    for (const [path, bytes] of kept) {
      // Without the database there is no folder that it could belong to.
      if (existsSync(join(this.#live, path.slice(0, -'-shm'.length)))) {
        writeFileSync(join(this.#live, path), bytes, { mode: 0o600 });
      }
    }
  }
}

/** One loss of power, worked out. */
class Aftermath {
  readonly #live: string;
  readonly #shadow: string;
  readonly #weather: Weather;
  readonly #random: Random;
  /** As the server saw them. */
  readonly #names: Map<string, File>;
  readonly #before: Map<string, File>;
  readonly #inodes = new Map<number, File>();
  readonly #folders = new Map<number, string>();
  readonly #namings: Array<Naming & { file?: File | undefined }> = [];
  readonly #folderDurable = new Map<string, number>();
  #anyDurable = 0;
  /** What has survived. */
  #kept: ReadonlyMap<string, File> = new Map();

  constructor(live: string, shadow: string, weather: Weather, random: Random) {
    this.#live = live;
    this.#shadow = shadow;
    this.#weather = weather;
    this.#random = random;
    this.#names = new Map(filesBelow(shadow).map((path) => [path, new File(path, 0o600)]));
    this.#before = new Map(this.#names);
  }

  take(change: Recorded): void {
    switch (change.is) {
      case 'opened':
        this.#opened(change);
        return;
      case 'created': {
        const file = new File(undefined, change.mode);
        this.#inodes.set(change.inode, file);
        this.#folders.delete(change.inode);
        this.#names.set(this.#inside(change.path), file);
        this.#namings.push({ ...change, file });
        return;
      }
      case 'written':
      case 'truncated':
      case 'allocated':
        this.#fileOf(change.inode).writes.push({ ...change, lost: false });
        return;
      case 'synced':
      case 'sync-failed':
        this.#synced(change);
        return;
      case 'unlinked':
        this.#names.delete(this.#inside(change.path));
        this.#namings.push(change);
        return;
      case 'renamed':
        move(this.#names, this.#inside(change.from), this.#inside(change.to));
        this.#namings.push(change);
        return;
      case 'made':
        this.#namings.push(change);
        return;
    }
  }

  #opened({ inode, path }: Extract<Recorded, { is: 'opened' }>): void {
    const name = this.#inside(path);
    const file = this.#names.get(name);
    if (file !== undefined) {
      this.#inodes.set(inode, file);
      this.#folders.delete(inode);
    } else if (!this.#inodes.has(inode)) {
      this.#folders.set(inode, name);
    }
  }

  #synced({ is, inode, upTo }: Extract<Recorded, { is: 'synced' | 'sync-failed' }>): void {
    const folder = this.#folders.get(inode);
    if (is === 'synced') this.#anyDurable = Math.max(this.#anyDurable, upTo);
    if (folder !== undefined) {
      if (is === 'synced') this.#folderDurable.set(folder, upTo);
      return;
    }
    const file = this.#fileOf(inode);
    if (is === 'synced') {
      file.durable = Math.max(file.durable, upTo);
      return;
    }
    // The kernel has told of the failure and thinks these pages clean: no later sync writes them.
    for (const write of file.writes) {
      if (write.number <= upTo && write.number > file.durable) write.lost = true;
    }
  }

  /** By the name that a file has on the disk: the name that it had for the server. */
  get whereabouts(): ReadonlyMap<string, string> {
    const last = new Map([...this.#names].map(([name, file]) => [file, name] as const));
    const known = [...this.#kept].map(([name, file]) => [name, last.get(file)] as const);
    return new Map(known.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
  }

  /** Makes the shadow what the disk holds. */
  settle(): Omit<Loss, 'changes'> {
    const cut = this.#cut();
    const names = new Map(this.#before);
    const folders: string[] = [];
    let namesLost = 0;
    for (const naming of this.#namings) {
      if (naming.number <= Math.max(cut, this.#durableOf(naming))) this.#rename(names, folders, naming);
      else namesLost++;
    }
    let unsynced = 0;
    let dropped = 0;
    const next = `${this.#shadow}-next`;
    mkdirSync(next, { recursive: true });
    for (const folder of folders) mkdirSync(join(next, folder), { recursive: true });
    for (const [name, file] of names) {
      const counts = this.#write(file, join(next, name));
      unsynced += counts.unsynced;
      dropped += counts.dropped;
    }
    rmSync(this.#shadow, { recursive: true, force: true });
    renameSync(next, this.#shadow);
    this.#kept = names;
    return { unsynced, dropped, namesLost };
  }

  /** Names change in order: everything up to some moment has reached the disk. */
  #cut(): number {
    const last = this.#namings.at(-1)?.number ?? 0;
    const { unsynced } = this.#weather;
    if (unsynced === 'none') return 0;
    return unsynced === 'all' ? last : this.#random.between(0, last);
  }

  #durableOf(naming: Naming): number {
    if (this.#weather.names === 'journal') return this.#anyDurable;
    const path = naming.is === 'renamed' ? naming.to : naming.path;
    const folder = dirname(this.#inside(path));
    return this.#folderDurable.get(folder === '.' ? '' : folder) ?? 0;
  }

  #rename(names: Map<string, File>, folders: string[], naming: Naming & { file?: File | undefined }): void {
    switch (naming.is) {
      case 'created':
        if (naming.file !== undefined) names.set(this.#inside(naming.path), naming.file);
        return;
      case 'unlinked':
        names.delete(this.#inside(naming.path));
        return;
      case 'renamed':
        move(names, this.#inside(naming.from), this.#inside(naming.to));
        return;
      case 'made':
        folders.push(this.#inside(naming.path));
        return;
    }
  }

  #write(file: File, to: string): { unsynced: number; dropped: number } {
    mkdirSync(dirname(to), { recursive: true });
    const from = file.base === undefined ? undefined : join(this.#shadow, file.base);
    if (from !== undefined && file.writes.length === 0) {
      renameSync(from, to);
      return { unsynced: 0, dropped: 0 };
    }
    const content = new Content(from === undefined ? new Uint8Array(0) : readFileSync(from));
    const open = file.writes.filter((write) => write.lost || write.number > file.durable);
    const last = this.#random.below(open.length + 1);
    let seen = 0;
    let dropped = 0;
    for (const write of file.writes) {
      const isOpen = write.lost || write.number > file.durable;
      const parts = isOpen ? this.#survivors(write, seen++, last) : [write];
      if (lengthOf(parts) < lengthOf([write])) dropped++;
      for (const part of parts) content.apply(part);
    }
    writeFileSync(to, content.bytes, { mode: file.mode });
    return { unsynced: open.length, dropped };
  }

  /** What is on the disk of a write that nobody has synced. */
  #survivors(write: Write, index: number, last: number): readonly Write[] {
    const { unsynced, share, sector } = this.#weather;
    switch (unsynced) {
      case 'none':
        return [];
      case 'all':
        return [write];
      case 'prefix':
        if (index < last) return [write];
        if (index > last || write.is !== 'written') return [];
        return sectorsOf(write, sector).slice(0, this.#random.below(8));
      case 'subset':
        if (write.is !== 'written') return this.#random.chance(share) ? [write] : [];
        return sectorsOf(write, sector).filter(() => this.#random.chance(share));
    }
  }

  #fileOf(inode: number): File {
    const file = this.#inodes.get(inode);
    if (file === undefined) throw new Error(`nobody has opened the file ${inode}`);
    return file;
  }

  #inside(path: string): string {
    return relative(this.#live, path);
  }
}

function move(names: Map<string, File>, from: string, to: string): void {
  const file = names.get(from);
  if (file === undefined) return;
  names.delete(from);
  names.set(to, file);
}

/** Bytes written; a change of the size counts as one. */
function lengthOf(writes: readonly Write[]): number {
  return writes.reduce((sum, write) => sum + (write.is === 'written' ? write.bytes.length : 1), 0);
}

/** A write, cut where the disk's sectors end. */
function sectorsOf(write: Extract<Write, { is: 'written' }>, sector: number): Write[] {
  const parts: Write[] = [];
  const end = write.at + write.bytes.length;
  for (let at = write.at; at < end; ) {
    const next = Math.min(end, (Math.floor(at / sector) + 1) * sector);
    parts.push({ ...write, at, bytes: write.bytes.subarray(at - write.at, next - write.at) });
    at = next;
  }
  return parts;
}

/** The bytes of a file that grows. */
class Content {
  #bytes: Uint8Array;
  #length: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#length = bytes.length;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  apply(write: Write): void {
    switch (write.is) {
      case 'written':
        this.#resize(Math.max(this.#length, write.at + write.bytes.length));
        this.#bytes.set(write.bytes, write.at);
        return;
      case 'truncated':
        this.#resize(write.size);
        return;
      case 'allocated':
        this.#resize(Math.max(this.#length, write.size));
        return;
    }
  }

  #resize(length: number): void {
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, this.#bytes.length * 2));
      larger.set(this.bytes);
      this.#bytes = larger;
    }
    // What is cut off does not come back when the file grows again.
    if (length < this.#length) this.#bytes.fill(0, length, this.#length);
    this.#length = length;
  }
}

/** Every file below a folder, by its path from there. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
