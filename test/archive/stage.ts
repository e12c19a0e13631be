// A data directory on the real disk, filled by the real engine.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Work } from '../../src/archive/work.ts';
import { Author, encodeBody, type Frame, frameOf, Mark, Reason } from '../../src/protocol/index.ts';
import type { MemberChange, Outcome, Proposal, RoomName, Seq } from '../../src/roomlog/roomlog.ts';
import { databaseIn, openForReading } from '../../src/roomlog/sqlite/schema.ts';
import { entriesOf, segmentOf } from '../../src/roomlog/sqlite/segment.ts';
import { SqliteLog } from '../../src/roomlog/sqlite/sqlite-log.ts';
import { Tables } from '../../src/roomlog/sqlite/tables.ts';
import { inlineThreads } from '../roomlog/sqlite/inline-threads.ts';

const sha256 = (data: Uint8Array): Uint8Array => createHash('sha256').update(data).digest();

/** 2026-11-22T12:00:00Z */
export const START = Date.UTC(2026, 10, 22, 12);
export const PRIVATE_ROOM = `~${'a'.repeat(26)}`;

/** The hash of somebody's secret. */
export function userOf(name: string): Uint8Array {
  return sha256(Buffer.from(name));
}

export function authorOf(name: string): Author {
  return { name, user: userOf(name).subarray(0, 8), mark: Mark.GUEST, plain: true };
}

/** One second later with every commit. */
export class Filling {
  readonly #log: SqliteLog;
  readonly #outcomes: Outcome[] = [];
  readonly #tick: () => void;

  constructor(log: SqliteLog, tick: () => void) {
    this.#log = log;
    this.#tick = tick;
  }

  open(room: RoomName): void {
    const pair: [Uint8Array, Uint8Array] | undefined = room.startsWith('~')
      ? [userOf('alice'), userOf('bob')]
      : undefined;
    this.#log.open(
      room,
      {
        onOutcomes: (outcomes) => void this.#outcomes.push(...outcomes),
        onTruncated: () => undefined,
        onDamaged: () => undefined,
      },
      pair,
    );
  }

  chat(room: RoomName, name: string, text: string, replyTo = 0): void {
    this.#append(room, { $case: 'chat', value: { content: { $case: 'text', value: text }, replyTo } }, name);
  }

  join(room: RoomName, name: string): void {
    const member = { user: userOf(name), author: Author.encode(authorOf(name)).finish() };
    const value = { have: undefined, last: 0, mode: 0 } as const;
    this.#append(room, { $case: 'join', value }, name, { op: 'join', member });
  }

  leave(room: RoomName, name: string): void {
    const value = { reason: Reason.LEFT, by: undefined, text: '' };
    this.#append(room, { $case: 'leave', value }, name, { op: 'leave', user: userOf(name) });
  }

  propose(room: RoomName, proposal: Proposal): void {
    this.#log.append(room, proposal);
  }

  /** What the appends since the last call came to. */
  async commit(): Promise<Outcome[]> {
    await new Promise<void>((resolve) => {
      this.#log.whenSettled(resolve);
    });
    this.#tick();
    return this.#outcomes.splice(0);
  }

  #append(room: RoomName, kind: NonNullable<Frame['kind']>, name: string, member?: MemberChange): void {
    const id = Uint8Array.from(randomBytes(16));
    const body = encodeBody(frameOf(kind, { room, author: authorOf(name), id }));
    const digest = sha256(id);
    this.#log.append(room, { id, digest, body, ...(member === undefined ? {} : { member }) });
  }
}

export class Stage {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'kentongan-archive-')));
  now = START;

  /** A data directory in it. */
  get data(): string {
    return join(this.directory, 'data');
  }

  get file(): string {
    return databaseIn(this.data);
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Lets the engine write, and closes it. */
  async fill(write: (filling: Filling) => Promise<void>, directory = this.data): Promise<void> {
    const log = await SqliteLog.open(
      {
        directory,
        reserveBytes: 0,
        scrubBytesPerSecond: 0,
        now: () => this.now,
        defer: (callback) => void setImmediate(callback),
        random: (length) => Uint8Array.from(randomBytes(length)),
      },
      inlineThreads,
    );
    try {
      await write(
        new Filling(log, () => {
          this.now += 1000;
        }),
      );
    } finally {
      await new Promise<void>((resolve) => {
        log.close(resolve);
      });
    }
  }

  /** Fills some other directory. */
  async fillAndRemove(write: (filling: Filling) => Promise<void>, directory: string): Promise<void> {
    try {
      await this.fill(write, directory);
    } finally {
      this.remove();
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Lobby: bob and carol are in, alice has left. A private room of alice and bob. `chats` lines more in the lobby. */
export async function converse(filling: Filling, chats = 10): Promise<void> {
  for (const room of ['lobby', 'physics', PRIVATE_ROOM]) filling.open(room);
  for (const name of ['alice', 'bob', 'carol']) filling.join('lobby', name);
  filling.chat('physics', 'carol', 'F = m·a');
  await filling.commit();
  for (let n = 1; n <= chats; n++) {
    filling.chat('lobby', n % 2 === 0 ? 'alice' : 'bob', `line ${n}`, n % 5 === 0 ? n : 0);
    if (n % 100 === 0) await filling.commit();
  }
  filling.chat(PRIVATE_ROOM, 'alice', 'between us');
  await filling.commit();
  filling.leave('lobby', 'alice');
  await filling.commit();
}

/** Nobody watches. */
export function quietly(signal: AbortSignal = new AbortController().signal): Work {
  return new Work(signal, () => undefined);
}

/** A room as it is in a file: what must not change, whatever is done with it. */
export interface Content {
  readonly logId: string;
  readonly members: readonly string[];
  readonly pair: string | undefined;
  readonly oldest: Seq;
  readonly entries: ReadonlyArray<{ seq: Seq; time: number; id: string; digest: string; body: string }>;
}

export function contentOf(file: string): Record<string, Content> {
  const database = openForReading(file);
  try {
    const tables = new Tables(database);
    return Object.fromEntries(tables.rooms().map((row) => [row.name ?? '', roomContent(tables, row)]));
  } finally {
    database.close();
  }
}

function roomContent(tables: Tables, row: ReturnType<Tables['rooms']>[number]): Content {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const entries: Content['entries'][number][] = [];
  for (const found of tables.segmentsFrom(row.room, 1, Number.MAX_SAFE_INTEGER)) {
    const segment = segmentOf(row.logId, found);
    if (segment === undefined) throw new Error(`segment ${found.first} of ${row.name} is damaged`);
    for (const { key, body, stamp } of entriesOf(segment)) {
      const { seq, time } = stamp;
      entries.push({ seq, time, id: hex(key.id), digest: hex(key.digest), body: hex(body) });
    }
  }
  return {
    logId: hex(row.logId),
    members: tables.members(row.room).map(({ user, author }) => `${hex(user)} ${hex(author)}`),
    pair: row.pair === null ? undefined : hex(row.pair),
    oldest: row.oldest,
    entries,
  };
}
