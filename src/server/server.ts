// One running server: everything that it owns, from the start to the end.
import { ControlSocket } from '../control/socket.ts';
import { PLAIN } from '../config/defaults.ts';
import type { Hub } from '../core/hub.ts';
import { closeLog, openParts, type Parts, type Undo } from './parts.ts';
import { labCode } from './access.ts';
import { controlHandler } from './control-handler.ts';
import { reload } from './reloading.ts';
import type { ServerSettings } from './options.ts';
import { reasonOf, StartError } from '../texts/start-error.ts';
import type { ServerStatus } from '../control/status.ts';

/** Clients of a stopping server come back after this and up to twice this. */
const RETRY_AFTER_MS = 2_000;
const POLL_MS = 10;
/** What the files for people get at least, however little time the clients are given. */
const FILES_MS = 1_000;
/** A disk that takes longer over the last checkpoint may never end it. */
const LOG_CLOSE_MS = 5_000;

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

  get fingerprint(): string {
    return this.#parts.listener.fingerprint;
  }

  /** The code of a lab, which everybody in the room may see. */
  get labCode(): { readonly code: string; readonly expiresAt: number } | undefined {
    const { settings, invites, clock } = this.#parts;
    return settings.lab ? labCode(invites, clock.now()) : undefined;
  }

  /** Whether whoever comes in has to know something: a password, too, or a code alone. */
  get asks(): 'nothing' | 'code' | 'password' {
    const { admission } = this.#parts;
    if (admission.hasPassword) return 'password';
    return admission.isDemanding ? 'code' : 'nothing';
  }

  status(): ServerStatus {
    const { hub, version, log, loop, directory, settings, storage, refusals } = this.#parts;
    const { listener, invites, connections, clock } = this.#parts;
    const { rooms, ...counts } = hub.status();
    const { rss, heapUsed } = process.memoryUsage();
    return {
      version,
      pid: process.pid,
      uptimeMs: Math.round(performance.now() - this.#startedAt),
      address: this.address,
      port: this.port,
      data: directory.path,
      engine: settings.engine,
      durability: log.durability,
      storage: storage?.status(),
      plain: settings.net.plain ?? PLAIN,
      fingerprint: listener.fingerprint,
      asks: this.asks,
      membersOnly: settings.membersOnly,
      ...counts,
      transports: listener.sessions,
      boundNames: hub.boundNames().length,
      invites: invites.all().filter(({ expiresAt }) => expiresAt > clock.now()).length,
      limits: { ...settings.limits, connections },
      // The names of private rooms are for their two members, unless the operator has said otherwise to all.
      rooms: rooms
        .filter((room) => !room.private || settings.logPrivate)
        .map(({ private: _private, ...room }) => room),
      privateRooms: rooms.filter((room) => room.private).length,
      loopDelayMs: loop.read(),
      refusals: refusals.read(),
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

  /** Erases what an entry says. Rejects with the reason, an `EraseRefusal`. */
  erase(room: string, of: number): Promise<{ seq: number }> {
    return new Promise((resolve, reject) => {
      this.#parts.hub.erase(room, of, (result) => {
        if ('refusal' in result) {
          reject(new Error(result.refusal));
          return;
        }
        this.#parts.observe({ event: 'erased', room, of, seq: result.seq });
        resolve({ seq: result.seq });
      });
    });
  }

  /** Reads the certificate, its key and the password again. */
  reload(): void {
    reload(this.#parts);
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
    const { hub, listener, observe, chatFile, operatorFile, log, clock, loop, measure, directory } =
      this.#parts;
    const deadline = performance.now() + drainMs;
    observe({ event: 'stopping' });
    listener.stop();
    const delivered = await within(drainMs, drained(hub));
    listener.close();
    const filesDeadline = Math.max(deadline, performance.now() + FILES_MS);
    const written = await this.#chatLogDone(filesDeadline);
    // What is held is held: from here on nobody's time runs out.
    clock.stop();
    const { names, invites } = this.#parts;
    const closing = [closeLog(log), names.close(), invites.close()];
    const closed = await within(LOG_CLOSE_MS, Promise.all(closing));
    const left = Math.max(0, filesDeadline - performance.now());
    const flushed = (await chatFile?.close(left)) ?? true;
    const complete = delivered && written && flushed && closed;
    observe({ event: 'stopped', complete });
    await operatorFile?.close(Math.max(FILES_MS, left));
    this.#control?.close();
    loop.stop();
    measure.stop();
    directory.release();
    return complete;
  }

  async #listenForControl(): Promise<void> {
    const { path } = this.#parts.directory;
    try {
      this.#control = await ControlSocket.listen(path, controlHandler(this, this.#parts));
    } catch (error) {
      throw new StartError('start.control', { path, reason: reasonOf(error) });
    }
  }

  #tellStart(): void {
    const { observe, version, settings } = this.#parts;
    const { address, port, data, durability } = this;
    const { engine } = settings;
    observe({ event: 'started', version, pid: process.pid, address, port, data, engine, durability });
  }

  /** Entries that the chat log has yet to write. */
  #chatLogLag(): number {
    const { chatLog, hub } = this.#parts;
    if (chatLog === undefined) return 0;
    return hub
      .status()
      .rooms.filter((room) => !room.damaged && chatLog.wants(room.room, room.private))
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

function drained(hub: Hub): Promise<void> {
  return new Promise((resolve) => {
    hub.drain(RETRY_AFTER_MS, resolve);
  });
}

/** False: not in time. */
function within(ms: number, done: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), Math.max(0, ms));
    void done.then(() => {
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
