// What createServer may be told.
import { resolve } from 'node:path';
import {
  chatLogIn,
  CONNECTIONS,
  CONNECTIONS_PER_ADDRESS,
  dataIn,
  type Engine,
  ENGINE,
  GRACE_MS,
  HANDSHAKE_MS,
  LOG_BYTES,
  LOG_FILES,
  NEWCOMERS,
  operatorLogIn,
  RESERVE_BYTES,
} from '../config/defaults.ts';
import type { HubOptions } from '../core/options.ts';
import type { PlainPolicy, PortOptions } from '../net/port.ts';
import type { OperatorObserve } from '../observe/operator-event.ts';
import type { LineSink } from '../observe/operator-log.ts';
import { DEFAULT_PORT, DEFAULT_ROOM } from '../protocol/index.ts';
import type { Retention } from '../roomlog/roomlog.ts';
import type { TlsSettings } from './tls-files.ts';

export interface ServerOptions {
  /** The address to listen on; all of this machine when absent. */
  readonly host?: string | undefined;
  /** 0 = any free one. Default 7660. */
  readonly port?: number | undefined;
  /** From where plain connections are taken: this machine alone (the default), or the whole network. */
  readonly plain?: PlainPolicy | undefined;
  /** The certificate of this server, in PEM, with its chain. Default: one that is made, in the data directory. */
  readonly cert?: string | undefined;
  /** The private key of `cert`, in PEM. */
  readonly key?: string | undefined;
  /** Names and addresses by which this server is known, beside those of the machine. */
  readonly names?: readonly string[] | undefined;
  /** Origins of other pages that may connect, `https://chat.example`. */
  readonly origins?: readonly string[] | undefined;
  /** Connections in all. Default 10,000. */
  readonly connections?: number | undefined;
  /** Connections from one address. Default 128. */
  readonly connectionsPerAddress?: number | undefined;
  /** Connections that are no session yet. Default 128. */
  readonly newcomers?: number | undefined;
  /** How long each step to a session may take, milliseconds. Default 5,000. */
  readonly handshakeTimeoutMs?: number | undefined;
  /** The data directory; it is made if need be. Default `./kentongan-data`. */
  readonly data?: string | undefined;
  /** Where chat.log is; false: none. Default: in the data directory. */
  readonly log?: string | false | undefined;
  /** Write private rooms to chat.log, too. Everybody is told so. Default false. */
  readonly logPrivate?: boolean | undefined;
  /** No file of chat.log gets larger, bytes; 0: any size. Default 64 MiB. */
  readonly logBytes?: number | undefined;
  /** How many old files of chat.log are kept. Default 10. */
  readonly logFiles?: number | undefined;
  /** Where the operator log is, or what takes its lines; false: none. Default `operator.log` in the data directory. */
  readonly operatorLog?: string | LineSink | false | undefined;
  /** How long the place of a lost connection is held, milliseconds. Default 30,000. */
  readonly graceMs?: number | undefined;
  /** Where the rooms are kept. `sqlite` (the default): on disk, in the data directory; `memory`: nowhere. */
  readonly engine?: Engine | undefined;
  /** What a room keeps at least, bytes. Default: everything on disk, 64 MiB in memory. */
  readonly retainBytes?: number | undefined;
  /** What a room keeps at least, entries. Default: no limit. */
  readonly retainCount?: number | undefined;
  /** How long a room keeps an entry, milliseconds. Default: for ever. */
  readonly retainAgeMs?: number | undefined;
  /** With less free space on the disk nothing is stored, bytes. Default 64 MiB; 0: all of it may be used. */
  readonly reserveBytes?: number | undefined;
  /** Public rooms that always exist. Default `lobby`. */
  readonly rooms?: readonly string[] | undefined;
  /** Is told everything that the operator log is told. */
  readonly observe?: OperatorObserve | undefined;
  /** Times and limits of the core, for tests of clients. */
  readonly core?: Partial<Omit<HubOptions, 'software' | 'rooms' | 'graceMs' | 'logsPrivate'>> | undefined;
}

/** Options with their defaults. */
export interface ServerSettings {
  readonly host: string | undefined;
  readonly port: number;
  readonly net: Pick<PortOptions, 'plain' | 'names' | 'origins' | 'limits' | 'handshakeMs'>;
  readonly tls: TlsSettings;
  readonly data: string;
  readonly log: string | false;
  readonly logPrivate: boolean;
  readonly logFiles: { readonly bytesMax: number; readonly filesMax: number };
  readonly operatorLog: string | LineSink | false;
  readonly graceMs: number;
  readonly engine: Engine;
  readonly retention: Retention;
  readonly reserveBytes: number;
  readonly rooms: readonly string[];
  readonly observe: OperatorObserve;
  readonly core: NonNullable<ServerOptions['core']>;
}

export function serverSettings(options: ServerOptions): ServerSettings {
  const data = resolve(options.data ?? dataIn(process.cwd()));
  return {
    host: options.host,
    port: options.port ?? DEFAULT_PORT,
    net: netSettings(options),
    tls: { cert: options.cert, key: options.key },
    data,
    log: options.log ?? chatLogIn(data),
    logPrivate: options.logPrivate ?? false,
    logFiles: { bytesMax: options.logBytes ?? LOG_BYTES, filesMax: options.logFiles ?? LOG_FILES },
    operatorLog: options.operatorLog ?? operatorLogIn(data),
    graceMs: options.graceMs ?? GRACE_MS,
    engine: options.engine ?? ENGINE,
    retention: {
      bytes: options.retainBytes,
      entries: options.retainCount,
      ageMs: options.retainAgeMs,
    },
    reserveBytes: options.reserveBytes ?? RESERVE_BYTES,
    rooms: options.rooms ?? [DEFAULT_ROOM],
    observe: options.observe ?? (() => undefined),
    core: options.core ?? {},
  };
}

function netSettings(options: ServerOptions): ServerSettings['net'] {
  const { plain = 'loopback', names = [], origins = [], handshakeTimeoutMs = HANDSHAKE_MS } = options;
  const limits = {
    connections: options.connections ?? CONNECTIONS,
    perAddress: options.connectionsPerAddress ?? CONNECTIONS_PER_ADDRESS,
    silent: options.newcomers ?? NEWCOMERS,
  };
  return { plain, names, origins, limits, handshakeMs: handshakeTimeoutMs };
}
