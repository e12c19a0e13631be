// A server in this process.
import { ChatServer } from './server/server.ts';
import { serverSettings, type ServerOptions } from './server/options.ts';
import type { ServerStatus } from './control/status.ts';

export type { OperatorEvent } from './observe/operator-event.ts';
export type { ServerOptions } from './server/options.ts';
export { StartError } from './texts/start-error.ts';
export type { RoomStatus, ServerStatus, StorageStatus } from './control/status.ts';

/** A server that listens. */
export interface Server {
  /** The address that it listens on; `::` or `0.0.0.0` for all of this machine. */
  readonly address: string;
  readonly port: number;
  /** The data directory, absolute. */
  readonly data: string;
  readonly version: string;
  /** What a stored message survives: `memory` nothing, `disk` a crash. */
  readonly durability: 'memory' | 'disk';
  /** SHA-256 of the certificate that new connections are shown, 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
  /** What whoever comes in has to know: nothing, an invite code, or one of these and a password. */
  readonly asks: 'nothing' | 'code' | 'password';
  /** The code of a server for a lab, and until when it holds, milliseconds since 1970. */
  readonly labCode: { readonly code: string; readonly expiresAt: number } | undefined;
  status(): ServerStatus;
  /** Says something to a public room as the server. Rejects with an Error whose message is the fault's name. */
  announce(room: string, text: string): Promise<{ seq: number }>;
  /**
   * Erases what an entry says, for everybody and for ever; its place stays. `seq` of the result is that of the entry
   * that says so. Rejects with an Error whose message is why not: `NO_SUCH_ROOM`, `NO_SUCH_ENTRY`, `NOT_ERASABLE`,
   * `ERASED_ALREADY`, or the name of a fault.
   */
  erase(room: string, seq: number): Promise<{ seq: number }>;
  /** Opens the log files again, after somebody has moved them away. */
  reopenLogs(): void;
  /** Reads the certificate, its key and the password again. What can not be read changes nothing, and is told. */
  reload(): void;
  /**
   * Stops: nobody new is let in, what was said is stored, delivered and logged, then every session ends and
   * everything is released. `drain` is how many milliseconds that may take (default 5,000); 0 cuts at once.
   * False: not everything was delivered. A second call waits for the first.
   */
  close(options?: { readonly drain?: number }): Promise<boolean>;
}

const DRAIN_MS = 5_000;

/**
 * Starts a server.
 * @throws StartError when a path can not be written, a port is in use, the data directory is another server's
 */
export async function createServer(options: ServerOptions = {}): Promise<Server> {
  const server = await ChatServer.start(serverSettings(options));
  return {
    address: server.address,
    port: server.port,
    data: server.data,
    version: server.version,
    durability: server.durability,
    get fingerprint() {
      return server.fingerprint;
    },
    get asks() {
      return server.asks;
    },
    get labCode() {
      return server.labCode;
    },
    status: () => server.status(),
    announce: (room, text) => server.announce(room, text),
    erase: (room, seq) => server.erase(room, seq),
    reopenLogs: () => server.reopenLogs(),
    reload: () => server.reload(),
    close: ({ drain = DRAIN_MS } = {}) => server.close(drain),
  };
}
