// Invite codes that hold, across restarts: <data>/invites.json.
import { join } from 'node:path';
import * as v from 'valibot';
import type { InviteStatus } from '../control/access.ts';
import type { NameFailure } from '../core/ports.ts';
import type { Disk } from '../followers/disk.ts';
import { reasonOf, StartError } from '../texts/start-error.ts';
import { codeDigest, makeCode } from './codes.ts';
import { KeptFile, type KeptFormat, readKept } from './kept-file.ts';

const time = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const ROW = v.object({
  /** For people: the first one is 1. */
  number: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  /** SHA-256 of the code. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  madeAt: time,
  expiresAt: time,
  note: v.string(),
  /** The code itself, only where it is to be shown again: that of a lab. */
  code: v.optional(v.string()),
});
const ROWS = v.array(ROW);

/** One invite, durable. */
export type Invite = Readonly<v.InferOutput<typeof ROW>>;

const FORMAT: KeptFormat<Invite> = {
  format: 'kentongan invites',
  version: 1,
  encode: (invite) => invite,
  decode: (rows) => {
    const { success, output } = v.safeParse(ROWS, rows);
    return success ? new Map(output.map((one) => [one.sha256, one])) : undefined;
  },
};

const INVITES_MAX = 1_000;

export interface InviteRequest {
  readonly now: number;
  readonly expiresMs: number;
  readonly note: string;
  /** Keep the code itself, so that it can be shown again. */
  readonly shown?: boolean;
}

export interface MadeInvite {
  readonly code: string;
  readonly number: number;
  readonly expiresAt: number;
}

/** Owns: invites.json, while its directory is this server's. */
export class Invites {
  readonly #file: KeptFile<Invite>;
  readonly #random: (length: number) => Uint8Array;
  #newest: number;

  private constructor(file: KeptFile<Invite>, random: (length: number) => Uint8Array) {
    this.#file = file;
    this.#random = random;
    this.#newest = Math.max(0, ...this.all().map((one) => one.number));
  }

  /** @throws StartError when there is a file that can not be used */
  static async open(
    data: string,
    disk: Disk,
    random: (length: number) => Uint8Array,
    now: number,
  ): Promise<Invites> {
    const path = join(data, 'invites.json');
    let rows: Awaited<ReturnType<typeof readKept<Invite>>>;
    try {
      rows = await readKept(disk, path, FORMAT);
    } catch (error) {
      throw new StartError('start.invites-read', { path, reason: reasonOf(error) });
    }
    if (typeof rows === 'string') throw new StartError(`start.invites-${rows}`, { path });
    const invites = new Invites(
      new KeptFile({ disk, path, format: FORMAT, rows: rows ?? new Map() }),
      random,
    );
    invites.#current(now);
    return invites;
  }

  /** All of them; of those that have expired at least the newest. */
  all(): readonly Invite[] {
    return [...this.#file.rows.values()];
  }

  /** What an operator is told. */
  list(now: number): InviteStatus[] {
    return this.#current(now).map(({ sha256: _sha256, code: _code, ...told }) => told);
  }

  /** The code that may be shown again and holds for a while yet. */
  shown(now: number, leftMs: number): Invite | undefined {
    return this.all().find(({ code, expiresAt }) => code !== undefined && expiresAt - now > leftMs);
  }

  /** Rejects with an Error whose message is why not: `TOO_MANY_INVITES`, or what the storage says. */
  async make({ now, expiresMs, note, shown = false }: InviteRequest): Promise<MadeInvite> {
    if (this.#current(now).length >= INVITES_MAX) throw new Error('TOO_MANY_INVITES');
    const code = makeCode(this.#random);
    const number = ++this.#newest;
    const sha256 = codeDigest(code).toString('hex');
    const expiresAt = now + expiresMs;
    const invite = { number, sha256, madeAt: now, expiresAt, note, ...(shown ? { code } : {}) };
    await this.#change(sha256, invite);
    return { code, number, expiresAt };
  }

  /**
   * Forgets the invite with this number or code, or `all`. Rejects with what the storage says.
   * @returns how many there were
   */
  async revoke(which: string): Promise<number> {
    const sha256 = codeDigest(which).toString('hex');
    const gone = this.all().filter(
      (one) => which === 'all' || String(one.number) === which.replace('#', '') || one.sha256 === sha256,
    );
    await Promise.all(gone.map((one) => this.#change(one.sha256, undefined)));
    return gone.length;
  }

  close(): Promise<void> {
    return this.#file.settle();
  }

  /**
   * Those that hold, and the newest, which tells that one has to know something here, and how many there have been;
   * the others are forgotten. If that is not kept it is tried again the next time.
   */
  #current(now: number): Invite[] {
    const newest = Math.max(...this.all().map((one) => one.number));
    return this.all().filter((one) => {
      const isKept = one.expiresAt > now || one.number === newest;
      if (!isKept) this.#file.change(one.sha256, undefined, () => {});
      return isKept;
    });
  }

  #change(key: string, row: Invite | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#file.change(key, row, (failure?: NameFailure) => {
        if (failure === undefined) resolve();
        else reject(new Error(failure));
      });
    });
  }
}
