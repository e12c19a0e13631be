// The writer's loop: takes what has come while the last commit ran, and commits it.
import { randomBytes } from 'node:crypto';
import { SERVER_ID_BYTES } from '../../protocol/limits.ts';
import { decodeAppends, encodeOutcomes } from './batch.ts';
import { assertBelongs } from './belonging.ts';
import { DiskSpace } from './disk-space.ts';
import type { StorageEvent } from './events.ts';
import { Health } from './health.ts';
import { LogError } from './log-error.ts';
import { Mark, readMark } from './mark.ts';
import type { FromWriter, StartFailure, StoredRoom, ThreadSettings, ToWriter } from './messages.ts';
import { databaseIn, openForWriting } from './schema.ts';
import { checkAtStart, type LogAtStart } from './startup.ts';
import { Tables } from './tables.ts';
import { type Batch, Writer } from './writer.ts';

/** One transaction takes so many bytes and a message more at most. */
const COMMIT_BYTES_MAX = 1_048_576;
/** How often it is looked whether something can be tidied that could not be before. */
const TIDY_MS = 1_000;

/** Where messages come from and go to: a thread's port. */
export interface WriterPort {
  send(message: FromWriter, give?: readonly ArrayBuffer[]): void;
  next(): ToWriter | undefined;
  /** Nothing comes any more: the thread ends. */
  end(): void;
}

function open(settings: ThreadSettings, port: WriterPort): { writer: Writer; start: FromWriter } {
  const { directory, retention, reserveBytes } = settings;
  const file = databaseIn(directory);
  const known = readMark(directory);
  assertBelongs(directory, known);
  const database = openForWriting(file);
  try {
    const tables = new Tables(database);
    const stored = tables.meta('server_id');
    const serverId = stored ?? known?.serverId ?? new Uint8Array(randomBytes(SERVER_ID_BYTES));
    if (stored === undefined) tables.putMeta('server_id', serverId);
    const observe = (event: StorageEvent): void => port.send({ did: 'observe', event });
    const health = new Health(new DiskSpace(directory, reserveBytes), observe);
    const mark = Mark.open(directory, serverId, (error) => health.fail(error));
    const found = checkAtStart(database, mark);
    const writer = new Writer({
      tables,
      mark,
      health,
      retention,
      observe,
      onDamaged: (room) => port.send({ did: 'damage', room }),
      onTruncated: (room, oldest) => port.send({ did: 'truncate', room, oldest }),
    });
    restore(writer, found, mark);
    tell(found, port);
    // Also those that a damaged room hides.
    const numbers = [...mark.slots.keys(), ...tables.rooms().map(({ room }) => room)];
    return { writer, start: { did: 'start', serverId, ...roomsOf(found, numbers) } };
  } catch (error) {
    database.close();
    throw error;
  }
}

function restore(writer: Writer, { rooms, removed }: LogAtStart, mark: Mark): void {
  for (const { row, damage } of rooms) {
    const slot = mark.slots.get(row.room);
    const checkpointed = slot === undefined || slot === 'unreadable' ? 0 : slot.checkpointed;
    writer.restore(row, damage !== undefined, checkpointed);
  }
  for (const room of removed) writer.resumeRemoval(room);
}

function tell({ rooms, unreadableMarks, isMarkMissing }: LogAtStart, port: WriterPort): void {
  const unreadable = isMarkMissing ? rooms.length : unreadableMarks.length;
  if (unreadable > 0) port.send({ did: 'observe', event: { event: 'mark-unreadable', rooms: unreadable } });
  for (const { damage } of rooms) {
    if (damage !== undefined) port.send({ did: 'observe', event: { event: 'room-damaged', ...damage } });
  }
}

function roomsOf(
  { rooms, removed }: LogAtStart,
  taken: Iterable<number>,
): { rooms: StoredRoom[]; nextRoom: number } {
  const stored = rooms.map(({ row, members, damage }): StoredRoom => {
    const { room, name, logId, pair, newest, newestTime, oldest } = row;
    return { room, name, logId, pair, newest, newestTime, oldest, members, isDamaged: damage !== undefined };
  });
  const numbers = [...stored.map(({ room }) => room), ...removed, ...taken];
  return { rooms: stored, nextRoom: numbers.reduce((max, room) => Math.max(max, room), 0) + 1 };
}

/** Owns: the order of the messages. */
class WriterLoop {
  readonly #writer: Writer;
  readonly #port: WriterPort;
  readonly #timer: NodeJS.Timeout;
  /** Failures so far: see `ToWriter`. */
  #epoch = 0;
  #isSettling = false;
  #isComing = false;
  /** Messages that were taken from the port and not yet dealt with. */
  readonly #inbox: ToWriter[] = [];

  constructor(writer: Writer, port: WriterPort) {
    this.#writer = writer;
    this.#port = port;
    this.#timer = setInterval(() => this.wake(), TIDY_MS);
  }

  take(message: ToWriter): void {
    this.#inbox.push(message);
    this.wake();
  }

  wake(): void {
    if (this.#isComing) return;
    this.#isComing = true;
    setImmediate(() => {
      this.#isComing = false;
      this.#turn();
    });
  }

  #turn(): void {
    const message = this.#next();
    if (message === undefined) {
      if (this.#writer.tidy()) this.wake();
      else if (this.#isSettling) {
        this.#isSettling = false;
        this.#port.send({ did: 'settle' });
      }
      return;
    }
    if (message.do === 'append') this.#commit(message);
    else if (this.#do(message)) return;
    this.wake();
  }

  #next(): ToWriter | undefined {
    return this.#inbox.shift() ?? this.#port.next();
  }

  /** This one and all that have come behind it. */
  #commit(first: ToWriter & { do: 'append' }): void {
    const batches: Batch[] = [];
    let bytes = 0;
    let message: ToWriter | undefined = first;
    for (; message?.do === 'append' && bytes < COMMIT_BYTES_MAX; message = this.#next()) {
      if (message.epoch === this.#epoch)
        batches.push({ now: message.now, appends: decodeAppends(message.appends) });
      bytes += message.appends.length;
    }
    if (message !== undefined) this.#inbox.unshift(message);
    if (batches.length === 0) return;
    const outcomes = this.#writer.commit(batches);
    if (typeof outcomes === 'string') {
      this.#epoch++;
      this.#port.send({ did: 'fail', epoch: this.#epoch, failure: outcomes });
      return;
    }
    for (const each of outcomes) {
      const encoded = encodeOutcomes(each);
      const give = [encoded.numbers.buffer, encoded.framed.buffer] as ArrayBuffer[];
      this.#port.send({ did: 'append', ...encoded }, give);
    }
    // Under constant load there is no better moment.
    this.#writer.tidy();
  }

  /** True: it was the last one. */
  #do(message: Exclude<ToWriter, { do: 'append' }>): boolean {
    const writer = this.#writer;
    switch (message.do) {
      case 'open':
        writer.open(message.spec);
        break;
      case 'pin':
        writer.pin(message.room, message.floor);
        break;
      case 'remove':
        writer.remove(message.room);
        break;
      case 'damage':
        writer.damage(message.room, message.damage);
        break;
      case 'tick':
        writer.tick(message.now);
        break;
      case 'settle':
        this.#isSettling = true;
        break;
      case 'close':
        clearInterval(this.#timer);
        writer.close();
        this.#port.send({ did: 'close' });
        this.#port.end();
        return true;
    }
    return false;
  }
}

/** What is told of an error to another thread. */
function failureOf(error: unknown): StartFailure {
  if (error instanceof LogError) return { code: error.code, values: error.values, message: error.message };
  return { message: error instanceof Error ? error.message : String(error) };
}

/**
 * Opens the log and tells so, or why not. What comes then is given to `take`; undefined when there is no log.
 */
export function startWriterLoop(
  settings: ThreadSettings,
  port: WriterPort,
): { take(message: ToWriter): void } | undefined {
  try {
    const { writer, start } = open(settings, port);
    port.send(start);
    return new WriterLoop(writer, port);
  } catch (error) {
    port.send({ did: 'fail-to-start', error: failureOf(error) });
    port.end();
    return undefined;
  }
}
