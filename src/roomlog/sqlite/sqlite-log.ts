// The durable engine as the core sees it: what was appended and is not decided, and what is committed.
import { LOG_ID_BYTES } from '../../protocol/limits.ts';
import type {
  AppendFailure,
  Outcome,
  Proposal,
  ReadRequest,
  ReadResult,
  Retention,
  RoomHead,
  RoomListener,
  RoomLog,
  RoomName,
  Seq,
} from '../roomlog.ts';
import { Appends, failed } from './appends.ts';
import { decodeOutcomes } from './batch.ts';
import type { StorageEvent } from './events.ts';
import type { FromReader, FromWriter } from './messages.ts';
import { apply, headOf, type OpenRoom, openRoom } from './open-room.ts';
import { isWorthAsking, Reads, waitAfter } from './reads.ts';
import { type ReaderThread, type Threads, threads, type WriterThread } from './threads.ts';

export interface SqliteLogOptions {
  /** The data directory; the caller holds its lock. */
  readonly directory: string;
  /** Everything is kept when absent. */
  readonly retention?: Retention;
  /** Space on the disk below which nothing is written. Default 64 MiB. */
  readonly reserveBytes?: number;
  /** How fast everything is verified in the background; 0 = not at all. Default 1 MiB. */
  readonly scrubBytesPerSecond?: number;
  /** Wall time, milliseconds since 1970. */
  readonly now: () => number;
  /** Calls back behind the current turn of the event loop. */
  readonly defer: (callback: () => void) => void;
  /** So many unpredictable bytes. */
  readonly random: (length: number) => Uint8Array;
  readonly observe?: (event: StorageEvent) => void;
}

const RESERVE_BYTES_DEFAULT = 67_108_864;
const SCRUB_BYTES_DEFAULT = 1_048_576;
const TICK_MS = 30_000;

/**
 * Neither waits for the disk nor touches it: the writer's thread writes, the reader's thread reads. Invariants:
 * outcomes are told in the order of the appends; what is told as stored is durable and can be read.
 */
export class SqliteLog implements RoomLog {
  readonly durability = 'disk';
  /** Names the deployment: made with the log, 16 bytes. */
  readonly serverId: Uint8Array;
  readonly #options: SqliteLogOptions;
  readonly #writer: WriterThread;
  readonly #reader: ReaderThread;
  readonly #reads: Reads;
  readonly #rooms = new Map<RoomName, OpenRoom>();
  readonly #byNumber = new Map<number, OpenRoom>();
  readonly #appends: Appends;
  #nextRoom: number;
  /** Nothing is written any more: a thread has broken down. */
  #isBroken = false;
  #canRead = true;
  readonly #ticking: NodeJS.Timeout;
  /** Reads without a result. */
  #unanswered = 0;
  readonly #onAnswered: Array<() => void> = [];
  #onSettled: Array<() => void> = [];
  #onClosed: (() => void) | undefined;

  /** @throws LogError; the system's error */
  static async open(options: SqliteLogOptions, by: Threads = threads): Promise<SqliteLog> {
    const settings = {
      directory: options.directory,
      retention: options.retention ?? {},
      reserveBytes: options.reserveBytes ?? RESERVE_BYTES_DEFAULT,
      scrubBytesPerSecond: options.scrubBytesPerSecond ?? SCRUB_BYTES_DEFAULT,
    };
    const writing = by.startWriter(settings, (message) => {
      if (message.did === 'observe') options.observe?.(message.event);
    });
    const reading = by.startReader(settings, writing);
    // When the writer fails that is told below, and once.
    reading.catch(() => undefined);
    const { thread, start } = await writing;
    try {
      return new SqliteLog(options, thread, await reading, start);
    } catch (error) {
      thread.send({ do: 'close' });
      await thread.ended;
      throw error;
    }
  }

  private constructor(
    options: SqliteLogOptions,
    writer: WriterThread,
    reader: ReaderThread,
    { serverId, rooms, nextRoom }: FromWriter & { did: 'start' },
  ) {
    this.#options = options;
    this.#writer = writer;
    this.#reader = reader;
    this.serverId = serverId;
    this.#nextRoom = nextRoom;
    this.#appends = new Appends((message, give) => writer.send(message, give), options.now);
    this.#reads = new Reads((message) => reader.send(message));
    for (const room of rooms) this.#add(openRoom(room));
    writer.onMessage((message) => this.#onWriter(message));
    reader.onMessage((message) => this.#onReader(message));
    writer.onFailed((error) => this.#break(error));
    reader.onFailed((error) => {
      this.#canRead = false;
      this.#break(error);
      this.#reads.answerAll(UNREADABLE);
    });
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
    this.#ticking.unref();
  }

  rooms(): readonly RoomHead[] {
    return [...this.#rooms.values()].filter(({ newest, isDamaged }) => newest > 0 || isDamaged).map(headOf);
  }

  open(name: RoomName, listener: RoomListener, pair?: readonly [Uint8Array, Uint8Array]): RoomHead {
    let room = this.#rooms.get(name);
    if (room === undefined) {
      const logId = this.#options.random(LOG_ID_BYTES);
      const joined = pair === undefined ? null : Buffer.concat(pair);
      const spec = { room: this.#nextRoom++, name, logId, pair: joined };
      const none = { newest: 0, newestTime: 0, oldest: 1, members: [], isDamaged: false };
      room = openRoom({ ...spec, ...none });
      this.#add(room);
      this.#writer.send({ do: 'open', spec });
    }
    room.listener = listener;
    return headOf(room);
  }

  append(name: RoomName, proposal: Proposal): void {
    const room = this.#openRoom(name);
    if (this.#appends.add(room, proposal)) this.#options.defer(() => this.#flush());
  }

  read(request: ReadRequest, onResult: (result: ReadResult) => void): void {
    const room = this.#rooms.get(request.room);
    const { from, bytesMax, keep = 'first' } = request;
    const to = Math.min(request.to ?? Number.POSITIVE_INFINITY, room?.newest ?? 0);
    this.#unanswered++;
    const answer = (result: ReadResult): void => {
      this.#unanswered--;
      onResult(result);
      this.#tellAnswered();
    };
    if (room === undefined || this.#refusalOf(room, from) !== undefined || from > to) {
      // What holds when it is told counts.
      this.#options.defer(() => answer(this.#refusalOf(room, from) ?? { status: 'end' }));
    } else this.#ask(room, { room: room.number, from, to, bytesMax, keep }, answer);
  }

  pin(name: RoomName, follower: string, seq: Seq): void {
    const room = this.#rooms.get(name);
    if (room === undefined || room.pins.get(follower) === seq) return;
    room.pins.set(follower, seq);
    this.#writer.send({ do: 'pin', room: room.number, floor: Math.min(...room.pins.values()) });
  }

  remove(name: RoomName): void {
    const room = this.#rooms.get(name);
    if (room === undefined) return;
    this.#rooms.delete(name);
    this.#byNumber.delete(room.number);
    this.#flush();
    this.#writer.send({ do: 'remove', room: room.number });
  }

  /** Calls back when everything that was called until now is done, retention included. */
  whenSettled(onSettled: () => void): void {
    this.#flush();
    this.#whenAnswered(() => {
      this.#onSettled.push(onSettled);
      this.#tick();
      this.#writer.send({ do: 'settle' });
    });
  }

  close(onClosed: () => void): void {
    this.#flush();
    clearInterval(this.#ticking);
    this.#onClosed = onClosed;
    if (this.#isBroken) this.#stop();
    else this.#whenAnswered(() => this.#reader.send({ do: 'close' }));
  }

  /** The writer has no clock of its own. */
  #tick(): void {
    this.#writer.send({ do: 'tick', now: this.#options.now() });
  }

  // Rooms

  #add(room: OpenRoom): void {
    this.#rooms.set(room.name, room);
    this.#byNumber.set(room.number, room);
  }

  #openRoom(name: RoomName): OpenRoom {
    const room = this.#rooms.get(name);
    if (room === undefined) throw new Error(`room is not open: ${name}`);
    return room;
  }

  #isOpen(room: OpenRoom): boolean {
    return this.#byNumber.get(room.number) === room;
  }

  #refusalOf(room: OpenRoom | undefined, from: Seq): ReadResult | undefined {
    if (room === undefined || !this.#isOpen(room)) return { status: 'failed', failure: 'NO_SUCH_ROOM' };
    if (room.isDamaged || !this.#canRead) return { status: 'failed', failure: 'ROOM_QUARANTINED' };
    return from < room.oldest ? { status: 'truncated', oldest: room.oldest } : undefined;
  }

  #ask(
    room: OpenRoom,
    request: Parameters<Reads['ask']>[0],
    answer: (result: ReadResult) => void,
    attempt = 1,
  ): void {
    this.#reads.ask(request, (page) => {
      // What happened meanwhile counts.
      const late = this.#refusalOf(room, request.from);
      if (late !== undefined) answer(late);
      else if (page.status === 'run') answer(page);
      else if (page.status === 'later' && isWorthAsking(page, attempt, this.#onClosed !== undefined)) {
        setTimeout(() => this.#ask(room, request, answer, attempt + 1), waitAfter(attempt));
      } else if (page.status === 'later' && !page.isAbsent) {
        answer({ status: 'failed', failure: 'NO_SUCH_ROOM' });
      } else {
        const { from, to } = request;
        const damage = page.status === 'damaged' ? page.damage : ({ from, to, kind: 'missing' } as const);
        this.#writer.send({ do: 'damage', room: room.number, damage: { ...damage, room: room.name } });
        answer({ status: 'failed', failure: 'ROOM_QUARANTINED' });
      }
    });
  }

  /** Calls back when no read is under way: at once, if so. */
  #whenAnswered(onAnswered: () => void): void {
    this.#onAnswered.push(onAnswered);
    this.#tellAnswered();
  }

  #tellAnswered(): void {
    while (this.#unanswered === 0) {
      const tell = this.#onAnswered.shift();
      if (tell === undefined) return;
      tell();
    }
  }

  // Appends and their outcomes

  #flush(): void {
    if (this.#isBroken) this.#options.defer(() => this.#failAll('STORAGE_READ_ONLY'));
    else this.#appends.flush();
  }

  #onWriter(message: FromWriter): void {
    switch (message.did) {
      case 'append':
        this.#decided(decodeOutcomes(message));
        break;
      case 'fail':
        this.#appends.dropSent(message.epoch);
        this.#failAll(message.failure);
        break;
      case 'truncate':
        this.#truncated(message.room, message.oldest);
        break;
      case 'damage':
        this.#damaged(message.room);
        break;
      case 'observe':
        this.#options.observe?.(message.event);
        break;
      case 'settle':
        this.#onSettled.shift()?.();
        break;
      case 'close':
        void this.#writer.ended.then(() => this.#onClosed?.());
        break;
      default:
    }
  }

  #decided(outcomes: readonly Outcome[]): void {
    for (const [room, list] of this.#appends.decided(outcomes)) {
      // A listener before this one may have removed the room.
      if (!this.#isOpen(room)) continue;
      for (const outcome of list) apply(room, outcome);
      // A damaged room: what stands behind fails with it.
      if (list.at(-1)?.status === 'failed')
        list.push(...failed(this.#appends.takeBack(room), 'ROOM_QUARANTINED'));
      room.listener?.onOutcomes(list);
    }
  }

  /** Everything that has no outcome yet fails: in every room, in order. */
  #failAll(failure: AppendFailure): void {
    for (const room of [...this.#rooms.values()]) {
      const count = this.#appends.takeBack(room);
      room.ignored = 0;
      if (count > 0 && this.#isOpen(room)) room.listener?.onOutcomes(failed(count, failure));
    }
  }

  #truncated(number: number, oldest: Seq): void {
    const room = this.#byNumber.get(number);
    if (room === undefined) return;
    room.oldest = oldest;
    room.listener?.onTruncated(oldest);
  }

  #damaged(number: number): void {
    const room = this.#byNumber.get(number);
    if (room === undefined || room.isDamaged) return;
    room.isDamaged = true;
    const count = this.#appends.takeBack(room);
    if (count > 0) room.listener?.onOutcomes(failed(count, 'ROOM_QUARANTINED'));
    if (this.#isOpen(room)) room.listener?.onDamaged();
  }

  #onReader(message: FromReader): void {
    if (message.did === 'read') this.#reads.answer(message.read, message.page);
    else if (message.did === 'close') this.#writer.send({ do: 'close' });
    else if (message.did === 'find-damage') {
      const room = this.#rooms.get(message.damage.room);
      if (room !== undefined) this.#writer.send({ do: 'damage', room: room.number, damage: message.damage });
    }
  }

  /** A thread has broken down: nothing is written any more, and nobody knows more than what was told. */
  #break(error: Error): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#options.observe?.({ event: 'storage-failed', reason: error.message });
    this.#appends.dropSent(0);
    this.#failAll('STORAGE_READ_ONLY');
    if (this.#onClosed !== undefined) this.#stop();
  }

  #stop(): void {
    this.#reader.stop();
    this.#writer.stop();
    void Promise.all([this.#reader.ended, this.#writer.ended]).then(() => this.#onClosed?.());
  }
}

const UNREADABLE = { status: 'damaged', damage: { room: '', from: 0, to: 0, kind: 'unreadable' } } as const;
