// What createServer may be told.
import { resolve } from 'node:path';
import {
  chatLogIn,
  dataIn,
  type Engine,
  ENGINE,
  GRACE_MS,
  LOG_BYTES,
  LOG_FILES,
  operatorLogIn,
  PLAIN,
  type PlainPolicy,
  RESERVE_BYTES,
} from '../config/defaults.ts';
import { LIMIT_KEYS, LIMIT_OPTIONS, type LimitValues, limitValues } from '../config/limits.ts';
import { canonicalName, foldName } from '../core/names.ts';
import type { HubOptions } from '../core/options.ts';
import type { PortOptions } from '../net/port.ts';
import type { OperatorObserve } from '../observe/operator-event.ts';
import type { LineSink } from '../observe/operator-log.ts';
import { DEFAULT_PORT, DEFAULT_ROOM } from '../protocol/index.ts';
import type { Retention } from '../roomlog/roomlog.ts';
import type { LogFiles } from './logs.ts';
import type { TlsSettings } from './tls-files.ts';

/** Every limit (src/config/limits.ts), and: */
export interface ServerOptions extends GivenLimits {
  /** The address to listen on; all of this machine when absent. */
  readonly host?: string | undefined;
  /** 0 = any free one. Default 7660. */
  readonly port?: number | undefined;
  /** From where plain connections are taken: this machine alone (the default), or the whole network. */
  readonly plain?: PlainPolicy | undefined;
  /** A file with the certificate of this server, PEM, and its chain. Default: one that is made, in the data directory. */
  readonly cert?: string | undefined;
  /** A file with the private key of `cert`, PEM. */
  readonly key?: string | undefined;
  /** Names and addresses by which this server is known, beside those of the machine. */
  readonly names?: readonly string[] | undefined;
  /** Origins of other pages that may connect, `https://chat.example`. */
  readonly origins?: readonly string[] | undefined;
  /** A file whose first line everybody has to know. Default: none. */
  readonly passwordFile?: string | undefined;
  /** Only names that are bound to a key get in. Default false. */
  readonly membersOnly?: boolean | undefined;
  /** Keeps an invite code, in plain text, that is asked of everybody and that `status` tells. Default false. */
  readonly lab?: boolean | undefined;
  /** Messages a second by name, in place of `rate`. */
  readonly rateFor?: ReadonlyMap<string, number> | undefined;
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
  /** No file of the operator log gets larger, bytes; 0: any size. Default 64 MiB. */
  readonly operatorLogBytes?: number | undefined;
  /** How many old files of it are kept. Default 10. */
  readonly operatorLogFiles?: number | undefined;
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

type GivenLimits = { readonly [What in keyof LimitValues]?: LimitValues[What] | undefined };

/** Options with their defaults. */
export interface ServerSettings {
  readonly host: string | undefined;
  readonly port: number;
  readonly net: Pick<PortOptions, 'plain' | 'names' | 'origins' | 'limits' | 'handshakeMs'>;
  readonly tls: TlsSettings;
  readonly passwordFile: string | undefined;
  readonly membersOnly: boolean;
  readonly lab: boolean;
  readonly limits: LimitValues;
  readonly data: string;
  readonly log: string | false;
  readonly logPrivate: boolean;
  readonly logFiles: LogFiles;
  readonly operatorLog: string | LineSink | false;
  readonly operatorLogFiles: LogFiles;
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
  const limits = limitsOf(options);
  return {
    host: options.host,
    port: options.port ?? DEFAULT_PORT,
    net: netSettings(options, limits),
    tls: { cert: options.cert, key: options.key },
    passwordFile: options.passwordFile,
    membersOnly: options.membersOnly ?? false,
    lab: options.lab ?? false,
    limits,
    data,
    log: options.log ?? chatLogIn(data),
    logPrivate: options.logPrivate ?? false,
    logFiles: logFiles(options.logBytes, options.logFiles),
    operatorLog: options.operatorLog ?? operatorLogIn(data),
    operatorLogFiles: logFiles(options.operatorLogBytes, options.operatorLogFiles),
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
    core: { ...coreSettings(options, limits), ...options.core },
  };
}

function logFiles(bytesMax = LOG_BYTES, filesMax = LOG_FILES): LogFiles {
  return { bytesMax, filesMax };
}

function limitsOf(options: GivenLimits): LimitValues {
  return limitValues(Object.fromEntries(LIMIT_KEYS.map((key) => [key, options[LIMIT_OPTIONS[key]]])));
}

function netSettings(options: ServerOptions, limits: LimitValues): ServerSettings['net'] {
  const { plain = PLAIN, names = [], origins = [] } = options;
  const { connections, connectionsPerAddress: perAddress, newcomers: silent, handshakeTimeoutMs } = limits;
  return {
    plain,
    names,
    origins,
    limits: { connections, perAddress, silent },
    handshakeMs: handshakeTimeoutMs,
  };
}

/** Idle sessions collect so many seconds of requests that they may make at once. */
const REQUESTS_BURST_SECONDS = 4;

function coreSettings(options: ServerOptions, limits: LimitValues): ServerSettings['core'] {
  const rates = Array.from(
    options.rateFor ?? [],
    ([name, rate]) => [foldName(canonicalName(name)), rate] as const,
  );
  return {
    membersOnly: options.membersOnly ?? false,
    unwelcomedMax: limits.newcomers,
    helloTimeoutMs: limits.helloTimeoutMs,
    hellosMax: limits.hellos,
    attemptsPerMinute: limits.attempts,
    rate: limits.rate,
    burst: limits.burst,
    rateFor: new Map(rates),
    requestRate: limits.requests,
    requestBurst: limits.requests * REQUESTS_BURST_SECONDS,
    roomsPerSession: limits.roomsPerSession,
    roomsMax: limits.roomsMax,
    heldPerSource: limits.heldPerAddress,
    bindingsPerSource: limits.bindingsPerAddress,
    boundNamesMax: limits.boundNamesMax,
    boundTtlMs: limits.boundTtlMs,
    stallMs: limits.stallMs,
    pingIntervalMs: limits.pingIntervalMs,
  };
}
