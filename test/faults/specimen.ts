// What a data directory says about itself when the engine opens it: everything that can be read, and what is
// refused or reported.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { decodeFrame, hexOf, payloadsOf } from '../../src/protocol/index.ts';
import type { Outcome, ReadResult, RoomHead, RoomLog } from '../../src/roomlog/roomlog.ts';
import type { StorageEvent } from '../../src/roomlog/sqlite/events.ts';
import type { SqliteLog as Sqlite } from '../../src/roomlog/sqlite/sqlite-log.ts';

/** The engine of one checkout. */
export interface Engine {
  open(directory: string, observe: (event: StorageEvent) => void): Promise<RoomLog>;
}

export interface RoomContent {
  readonly logId: string;
  /** Who is in it, in any order. */
  readonly members: readonly string[];
  readonly payloads: readonly Uint8Array[];
}

export type Look =
  /** It is not opened; why, as the operator is told. */
  | { readonly is: 'refused'; readonly why: string }
  | {
      readonly is: 'open';
      /** Rooms whose entries could all be read and whose ids are all known; the others are `reported`. */
      readonly rooms: ReadonlyMap<string, RoomContent>;
      /** Rooms that are said to be damaged, and what else was told. */
      readonly reported: readonly string[];
      /** Ids of which the log did not know any more that it had them. */
      readonly forgotten: readonly string[];
    };

const PAGE_BYTES = 262_144;
const DIGEST = new Uint8Array(32);

/** Loads the engine of a checkout. */
export async function engineOf(tree: string): Promise<Engine> {
  const url = pathToFileURL(join(tree, 'src', 'roomlog', 'sqlite', 'sqlite-log.ts')).href;
  const { SqliteLog } = (await import(url)) as { SqliteLog: typeof Sqlite };
  return {
    open: (directory, observe) =>
      SqliteLog.open({
        directory,
        reserveBytes: 0,
        // What is found must be found without waiting for it.
        scrubBytesPerSecond: 0,
        now: () => Date.now(),
        defer: (callback) => setImmediate(callback),
        random: (length) => crypto.getRandomValues(new Uint8Array(length)),
        observe,
      }),
  };
}

/**
 * Opens a directory, reads all of it, and says each known id again.
 * @param ids the ids that the log must know, by room, in the order of their entries
 */
export async function lookInto(
  engine: Engine,
  directory: string,
  ids: ReadonlyMap<string, readonly Uint8Array[]> = new Map(),
): Promise<Look> {
  const reported: string[] = [];
  let log: RoomLog;
  try {
    log = await engine.open(directory, (event) => reported.push(JSON.stringify(event)));
  } catch (error) {
    return { is: 'refused', why: (error as Error).message };
  }
  const rooms = new Map<string, RoomContent>();
  const forgotten: string[] = [];
  for (const head of log.rooms()) {
    if (head.isDamaged === true) {
      reported.push(`${head.room} is damaged`);
      continue;
    }
    const room = new OpenRoom(log, head);
    const payloads = await room.read();
    const known = (ids.get(head.room) ?? []).slice(0, payloads?.length);
    const unknown = payloads === undefined ? undefined : await room.repeat(known);
    if (payloads === undefined || unknown === undefined || room.isDamaged) {
      reported.push(`${head.room} is damaged`);
      continue;
    }
    for (const text of unknown) forgotten.push(`${head.room}: ${text}`);
    const members = head.members.map(({ user, author }) => `${hexOf(user)} ${hexOf(author)}`).toSorted();
    rooms.set(head.room, { logId: hexOf(head.logId), members, payloads });
  }
  await new Promise<void>((resolve) => {
    log.close(resolve);
  });
  return { is: 'open', rooms, reported, forgotten };
}

/** One room of an open log. */
class OpenRoom {
  readonly #log: RoomLog;
  readonly #head: RoomHead;
  #onOutcomes: (outcomes: readonly Outcome[]) => void = () => undefined;
  isDamaged = false;

  constructor(log: RoomLog, head: RoomHead) {
    this.#log = log;
    this.#head = head;
    const { room, pair } = head;
    log.open(
      room,
      {
        onOutcomes: (outcomes) => this.#onOutcomes(outcomes),
        onTruncated: () => undefined,
        onDamaged: () => {
          this.isDamaged = true;
        },
      },
      pair,
    );
  }

  /** The payloads of all entries; undefined: reading was refused. */
  async read(): Promise<Uint8Array[] | undefined> {
    const payloads: Uint8Array[] = [];
    const { newest, oldest } = this.#head;
    for (let from = oldest; from <= newest; ) {
      const result = await this.#page(from);
      if (result.status === 'failed') return undefined;
      if (result.status !== 'run') throw new Error(`${this.#head.room} #${from}: ${result.status}`);
      for (const payload of payloadsOf(result.bytes)) payloads.push(Uint8Array.from(payload));
      from = result.last + 1;
    }
    return payloads;
  }

  #page(from: number): Promise<ReadResult> {
    return new Promise((resolve) => {
      this.#log.read({ room: this.#head.room, from, bytesMax: PAGE_BYTES }, resolve);
    });
  }

  /** Says every id once more: what is wrong with the answers; undefined: it was refused. */
  async repeat(ids: readonly Uint8Array[]): Promise<string[] | undefined> {
    if (ids.length === 0) return [];
    const outcomes = await this.#append(ids);
    if (outcomes.some(({ status }) => status === 'failed')) return undefined;
    return outcomes.flatMap((outcome, index) => {
      const seq = index + 1;
      if (outcome.status === 'stored') return [`the id of #${seq} was stored again`];
      if (outcome.status === 'duplicate' && outcome.seq !== seq)
        return [`the id of #${seq} is said to be #${outcome.seq}`];
      return [];
    });
  }

  #append(ids: readonly Uint8Array[]): Promise<Outcome[]> {
    return new Promise((resolve) => {
      const all: Outcome[] = [];
      this.#onOutcomes = (outcomes) => {
        all.push(...outcomes);
        if (all.length >= ids.length) resolve(all);
      };
      for (const id of ids) this.#log.append(this.#head.room, { id, digest: DIGEST, body: id });
    });
  }
}

/** The ids of a log's entries, by room. */
export function idsOf(rooms: ReadonlyMap<string, RoomContent>): Map<string, Uint8Array[]> {
  return new Map(
    [...rooms].map(
      ([room, { payloads }]) => [room, payloads.map((payload) => decodeFrame(payload).id)] as const,
    ),
  );
}

/**
 * How two contents differ, in words; undefined: not at all.
 * @param before what was there, and how much of it anybody knew
 */
export function differenceOf(
  before: { readonly rooms: ReadonlyMap<string, RoomContent>; readonly known: ReadonlyMap<string, number> },
  after: ReadonlyMap<string, RoomContent>,
  reported: ReadonlySet<string>,
): string | undefined {
  for (const [room, content] of before.rooms) {
    const other = after.get(room);
    if (other === undefined) {
      if (reported.has(room)) continue;
      return `${room} is gone`;
    }
    if (other.logId !== content.logId) return `${room} has another log_id`;
    const { length } = other.payloads;
    if (length > content.payloads.length || length < (before.known.get(room) ?? 0)) {
      return `${room} has ${length} entries instead of ${content.payloads.length}`;
    }
    const at = content.payloads.findIndex(
      (payload, index) => Buffer.compare(payload, other.payloads[index] ?? payload) !== 0,
    );
    if (at >= 0) return `${room} #${at + 1} is another`;
    if (other.members.join() !== content.members.join()) return `${room} has other members`;
  }
  for (const room of after.keys()) if (!before.rooms.has(room)) return `${room} came from nowhere`;
  return undefined;
}
