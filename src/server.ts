// One running server: everything that it owns, from the start to the end.
import { ControlSocket } from './control.ts';
import { Hub } from './core/hub.ts';
import { askServer } from './control-client.ts';
import { type DataDirectory, takeDataDirectory } from './data-directory.ts';
import type { AppendFile, AppendFileListener } from './followers/append-file.ts';
import { ChatLog } from './followers/chat-log.ts';
import { assertTwoFiles, BoundedSink, openLog } from './logs.ts';
import { LoopDelayMonitor } from './loop-delay.ts';
import type { TcpListener } from './net/tcp.ts';
import { type LineSink, OperatorLog } from './observe-log.ts';
import { throttleRefusals } from './observe-throttle.ts';
import type { OperatorObserve } from './operator-event.ts';
import { NodeClock, nodeCrypto } from './ports-node.ts';
import { MemoryLog } from './roomlog/memory.ts';
import type { RoomLog } from './roomlog/roomlog.ts';
import type { ServerSettings } from './server-options.ts';
import { reasonOf, StartError } from './start-error.ts';
import { startListening } from './start-listening.ts';
import type { ServerStatus } from './status.ts';
import { readVersion } from './version.ts';

/** Refusals that are reported in one second; the rest is counted. */
const REFUSALS_PER_SECOND = 20;
/** Clients of a stopping server come back after this and up to twice this. */
const RETRY_AFTER_MS = 2_000;
const POLL_MS = 10;

/** Everything that is told about what happens, and where to. */
interface Telling {
  readonly observe: OperatorObserve;
  readonly operatorFile: AppendFile | undefined;
}

/** The parts of a server, each with its end. */
interface Parts extends Telling {
  readonly settings: ServerSettings;
  readonly version: string;
  readonly clock: NodeClock;
  readonly directory: DataDirectory;
  readonly log: RoomLog;
  readonly hub: Hub;
  readonly listener: TcpListener;
  readonly chatFile: AppendFile | undefined;
  readonly chatLog: ChatLog | undefined;
  readonly loop: LoopDelayMonitor;
}

type Undo = () => unknown;

/**
 * Owns: the data directory's lock, the logs, the port, the status socket, the timers.
 *
 * ```
 * start() ──► RUNNING ──close()──► CLOSING ──delivered, or out of patience──► CLOSED
 * ```
 */
export class ChatServer {
  readonly #parts: Parts;
  readonly #startedAt = performance.now();
  #control: ControlSocket | undefined;
  #closing: Promise<boolean> | undefined;
  readonly address: string;
  readonly port: number;

  private constructor(parts: Parts) {
    this.#parts = parts;
    const { host, port } = parts.listener.address;
    this.address = host;
    this.port = port;
  }

  /** @throws StartError; nothing is left open then */
  static async start(settings: ServerSettings): Promise<ChatServer> {
    const undo: Undo[] = [];
    try {
      const server = new ChatServer(await openParts(settings, undo));
      undo.push(() => server.#parts.listener.close());
      await server.#listenForControl();
      server.#tellStart();
      return server;
    } catch (error) {
      for (const step of undo.toReversed()) await step();
      throw error;
    }
  }

  get data(): string {
    return this.#parts.directory.path;
  }

  get durability(): 'memory' | 'disk' {
    return this.#parts.log.durability;
  }

  get version(): string {
    return this.#parts.version;
  }

  status(): ServerStatus {
    const { hub, version, log, loop, directory, settings } = this.#parts;
    const { rooms, ...counts } = hub.status();
    const { rss, heapUsed } = process.memoryUsage();
    return {
      version,
      pid: process.pid,
      uptimeMs: Math.round(performance.now() - this.#startedAt),
      address: this.address,
      port: this.port,
      data: directory.path,
      durability: log.durability,
      ...counts,
      // The names of private rooms are for their two members, unless the operator has said otherwise to all.
      rooms: rooms
        .filter((room) => !room.private || settings.logPrivate)
        .map(({ private: _private, ...room }) => room),
      privateRooms: rooms.filter((room) => room.private).length,
      loopDelayMs: loop.read(),
      memory: { rssBytes: rss, heapUsedBytes: heapUsed },
      chatLog: this.#chatLogStatus(),
    };
  }

  /** Says something to a room as the server. Rejects with the name of the fault. */
  announce(room: string, text: string): Promise<{ seq: number }> {
    return new Promise((resolve, reject) => {
      this.#parts.hub.announce(room, text, (result) => {
        if ('fault' in result) {
          reject(new Error(result.fault));
          return;
        }
        this.#parts.observe({ event: 'announced', room, seq: result.seq });
        resolve({ seq: result.seq });
      });
    });
  }

  /** Opens the log files again, after somebody has moved them away. */
  reopenLogs(): void {
    this.#parts.chatFile?.reopen();
    this.#parts.operatorFile?.reopen();
    this.#parts.observe({ event: 'logs-reopened' });
  }

  /** Stops; see `Server.close`. */
  close(drainMs: number): Promise<boolean> {
    this.#closing ??= this.#close(drainMs);
    return this.#closing;
  }

  async #close(drainMs: number): Promise<boolean> {
    const { hub, listener, observe, chatFile, operatorFile, log, clock, loop, directory } = this.#parts;
    const deadline = performance.now() + drainMs;
    observe({ event: 'stopping' });
    listener.stop();
    const delivered = await drained(hub, deadline);
    listener.close();
    const written = await this.#chatLogDone(deadline);
    await new Promise<void>((resolve) => {
      log.close(resolve);
    });
    const left = Math.max(0, deadline - performance.now());
    const flushed = (await chatFile?.close(left)) ?? true;
    const complete = delivered && written && flushed;
    observe({ event: 'stopped', complete });
    await operatorFile?.close(Math.max(1_000, left));
    this.#control?.close();
    clock.stop();
    loop.stop();
    directory.release();
    return complete;
  }

  async #listenForControl(): Promise<void> {
    const { path } = this.#parts.directory;
    try {
      this.#control = await ControlSocket.listen(path, {
        status: () => this.status(),
        announce: (room, text) => this.announce(room, text),
      });
    } catch (error) {
      throw new StartError('start.control', { path, reason: reasonOf(error) });
    }
  }

  #tellStart(): void {
    const { observe, version } = this.#parts;
    const { address, port, data, durability } = this;
    observe({ event: 'started', version, pid: process.pid, address, port, data, durability });
  }

  /** Entries that the chat log has yet to write. */
  #chatLogLag(): number {
    const { chatLog, hub } = this.#parts;
    if (chatLog === undefined) return 0;
    return hub
      .status()
      .rooms.filter((room) => chatLog.wants(room.room, room.private))
      .reduce((sum, room) => sum + Math.max(0, room.newest - chatLog.written(room.room)), 0);
  }

  #chatLogStatus(): ServerStatus['chatLog'] {
    const { chatFile } = this.#parts;
    if (chatFile === undefined) return undefined;
    return { path: chatFile.path, lag: this.#chatLogLag(), retries: chatFile.retries };
  }

  async #chatLogDone(deadline: number): Promise<boolean> {
    while (this.#chatLogLag() > 0) {
      if (performance.now() >= deadline) return false;
      await pause(POLL_MS);
    }
    return true;
  }
}

async function openParts(settings: ServerSettings, undo: Undo[]): Promise<Parts> {
  if (typeof settings.log === 'string' && typeof settings.operatorLog === 'string') {
    assertTwoFiles(settings.log, settings.operatorLog);
  }
  const version = readVersion();
  const clock = new NodeClock();
  undo.push(() => clock.stop());
  const directory = await takeOrTell(settings.data);
  undo.push(() => directory.release());
  const telling = await openTelling(settings, clock, undo);
  const { observe } = telling;
  const chatFile =
    settings.log === false
      ? undefined
      : await openLog(settings.log, '--log', tellTrouble(settings.log, observe));
  undo.push(() => chatFile?.close(0));
  const log = openEngine(settings, clock);
  const hub = new Hub(
    log,
    { clock, crypto: nodeCrypto, observe },
    {
      ...settings.core,
      software: `kentongan ${version}`,
      rooms: settings.rooms,
      graceMs: settings.graceMs,
      logsPrivate: settings.logPrivate,
    },
  );
  const chatLog =
    chatFile && new ChatLog({ file: chatFile, logsPrivate: settings.logPrivate, now: () => clock.now() });
  if (chatLog !== undefined) hub.follow(chatLog);
  const listener = await startListening({
    host: settings.host,
    port: settings.port,
    accept: (connection) => hub.accept(connection),
    onStranger: (address) => observe({ event: 'stranger', address }),
    onError: (error) => observe({ event: 'listener-failed', reason: reasonOf(error) }),
  });
  const loop = new LoopDelayMonitor();
  undo.push(() => loop.stop());
  return { settings, version, clock, directory, ...telling, log, hub, listener, chatFile, chatLog, loop };
}

function openEngine({ retainBytes }: ServerSettings, clock: NodeClock): RoomLog {
  return new MemoryLog({
    crypto: nodeCrypto,
    now: () => clock.now(),
    defer: (callback) => clock.defer(callback),
    retainBytes,
  });
}

/** The directory; when another server has it, its process id is part of the message. */
async function takeOrTell(path: string): Promise<DataDirectory> {
  try {
    return takeDataDirectory(path);
  } catch (error) {
    if (!(error instanceof StartError) || error.key !== 'start.data-in-use') throw error;
    const reply = await askServer(path, { do: 'status' }).catch(() => undefined);
    if (reply?.ok !== true || !('status' in reply)) throw error;
    throw new StartError('start.data-in-use-by', { path, pid: reply.status.pid });
  }
}

async function openTelling(settings: ServerSettings, clock: NodeClock, undo: Undo[]): Promise<Telling> {
  const { operatorLog, observe: outside } = settings;
  let operatorFile: AppendFile | undefined;
  let sink: LineSink | undefined;
  const all: OperatorObserve = (event) => {
    log?.observe(event);
    outside(event);
  };
  if (typeof operatorLog === 'string') {
    operatorFile = await openLog(operatorLog, '--operator-log', tellTrouble(operatorLog, all));
    undo.push(() => operatorFile?.close(1_000));
    sink = new BoundedSink(operatorFile, (count) => all({ event: 'log-dropped', count }));
  } else if (operatorLog !== false) {
    sink = operatorLog;
  }
  const log = sink && new OperatorLog(sink);
  const observe = throttleRefusals(REFUSALS_PER_SECOND, () => clock.monotonic(), all);
  return { observe, operatorFile };
}

function tellTrouble(path: string, observe: OperatorObserve): AppendFileListener {
  return {
    onTrouble: (error) => observe({ event: 'log-trouble', path, reason: reasonOf(error) }),
    onRecovered: (retries) => observe({ event: 'log-recovered', path, retries }),
  };
}

/** False: not in time. */
function drained(hub: Hub, deadline: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), Math.max(0, deadline - performance.now()));
    hub.drain(RETRY_AFTER_MS, () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
