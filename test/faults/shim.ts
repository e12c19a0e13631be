// The harness's end of shim.c: builds it, says to it what is to fail, reads what it has counted.
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('shim.c', import.meta.url));
const CONTROL_BYTES = 4096;

/** What may be made to fail. */
export const FAIL = { sync: 1, write: 2 } as const;
/** Whose operations: those of log.db and what belongs to it, or of chat.log and what belongs to it. */
export const GROUP = { all: 0, log: 1, chat: 2 } as const;
/** The numbers that Linux gives to them. */
export const ERRNO = { EIO: 5, ENOSPC: 28 } as const;

/** The order of `struct control`. */
const FIELDS = [
  'failKinds',
  'failAfter',
  'failTimes',
  'failErrno',
  'clockOffsetNs',
  'syncDelayNs',
  'failGroup',
  'unused',
  'failed',
  'syncs',
  'writes',
  'unmodelled',
] as const;
type Field = (typeof FIELDS)[number];

export interface Failure {
  /** FAIL.…, together. */
  readonly kinds: number;
  readonly nth: number;
  readonly times: number;
  readonly errno: number;
  readonly group: number;
}

/** Compiles the shim into `folder`. @throws Error with what the compiler said */
export function buildShim(folder: string): string {
  const library = join(folder, 'shim.so');
  const words = [
    '-O2',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-shared',
    '-fPIC',
    '-o',
    library,
    SOURCE,
    '-ldl',
    '-pthread',
  ];
  const ran = spawnSync('cc', words, { encoding: 'utf8' });
  if (ran.error !== undefined) {
    throw new Error(`a C compiler is needed (apt-get install gcc libc6-dev): ${ran.error.message}`);
  }
  if (ran.status !== 0) throw new Error(`cc ${words.join(' ')}:\n${ran.stderr}`);
  return library;
}

/** Owns: the control file and the journal of one server after the other. */
export class Shim {
  readonly journal: string;
  readonly #control: number;
  readonly #environment: NodeJS.ProcessEnv;

  /** @param data the data directory, absolute and without symbolic links; @param journals whether changes are written down */
  constructor(library: string, folder: string, data: string, journals: boolean) {
    const control = join(folder, 'shim-control');
    this.journal = join(folder, 'shim-journal');
    writeFileSync(control, new Uint8Array(CONTROL_BYTES));
    this.#control = openSync(control, 'r+');
    this.#environment = {
      LD_PRELOAD: library,
      KENTONGAN_SHIM_DATA: data,
      KENTONGAN_SHIM_CONTROL: control,
      ...(journals ? { KENTONGAN_SHIM_JOURNAL: this.journal } : {}),
      // Changes that go through a ring of the kernel could not be seen.
      UV_USE_IO_URING: '0',
    };
  }

  /** What the server's process needs. */
  get environment(): NodeJS.ProcessEnv {
    return this.#environment;
  }

  /** The `nth` operation of these kinds from now on fails, and those behind it, `times` in all. */
  failFrom(failure: Failure): void {
    this.set('failKinds', 0);
    this.set('failed', 0);
    this.set('failAfter', failure.nth - 1);
    this.set('failTimes', failure.times);
    this.set('failErrno', failure.errno);
    this.set('failGroup', failure.group);
    this.set('failKinds', failure.kinds);
  }

  /** Nothing fails any more. */
  failNoMore(): void {
    this.set('failKinds', 0);
  }

  set(field: Field, value: number | bigint): void {
    const bytes = new DataView(new ArrayBuffer(8));
    bytes.setBigInt64(0, BigInt(value), true);
    writeSync(this.#control, new Uint8Array(bytes.buffer), 0, 8, FIELDS.indexOf(field) * 8);
  }

  get(field: Field): number {
    const bytes = new Uint8Array(8);
    readSync(this.#control, bytes, 0, 8, FIELDS.indexOf(field) * 8);
    return Number(new DataView(bytes.buffer).getBigInt64(0, true));
  }

  /** Bytes that were written down. */
  get journalBytes(): number {
    return statSync(this.journal, { throwIfNoEntry: false })?.size ?? 0;
  }

  forgetJournal(): void {
    rmSync(this.journal, { force: true });
  }

  close(): void {
    closeSync(this.#control);
  }
}
