// What may be configured of the core, and the defaults.
import {
  HELLOS_MAX,
  REQUESTS_WAITING_MAX,
  ROOMS_PER_SERVER_MAX,
  ROOMS_PER_SESSION_MAX,
  WINDOW_BYTES_MIN,
} from '../protocol/limits.ts';
import { DAY_MS } from './sources.ts';

/** Decides on what a Hello brings along to be let in. Asked for every Hello that needs it, with `''` where nothing came. */
export interface Admission {
  /**
   * Whether this is the server's password or an invite code that holds, or nothing is demanded at present (then
   * `''` will do, too). Takes the same time whatever it is.
   */
  admits(password: string): boolean;
}

export interface HubOptions {
  /** Program and version, told to clients. */
  readonly software: string;
  /** Names the deployment, 16 bytes; random when absent. */
  readonly serverId?: Uint8Array;
  /** Public rooms that exist without anybody in them. */
  readonly rooms?: readonly string[];
  /** W of the window rules (KTG-11.1), bytes. */
  readonly windowBytes?: number;
  readonly pingIntervalMs?: number;
  /** How long a Ping may stay unanswered. */
  readonly stallMs?: number;
  /** How long a lost user's memberships and name are held. */
  readonly graceMs?: number;
  /** The same for members that an earlier process left behind. */
  readonly restartGraceMs?: number;
  readonly helloTimeoutMs?: number;
  readonly connectionsMax?: number;
  /** Connections that may be without a Welcome at one time; beyond it the one that is for longest goes. */
  readonly unwelcomedMax?: number;
  /** Private rooms reach followers, too, and everybody is told so. */
  readonly logsPrivate?: boolean;
  /** Who may come in at all; absent: everybody. */
  readonly admission?: Admission | undefined;
  /** Only names that are bound to a key get in; a new one is bound with a password or an invite code alone. */
  readonly membersOnly?: boolean;
  /** Chats a second and session, 0 = any number; and how many may come at once: twice the rate when absent. */
  readonly rate?: number;
  readonly burst?: number;
  /** The same of all other requests. */
  readonly requestRate?: number;
  readonly requestBurst?: number;
  /** History, roster and room-list requests of one session that may wait for its window. */
  readonly requestsWaiting?: number;
  /** Chats a second of sessions with this name, folded, in place of `rate`; twice as many at once. */
  readonly rateFor?: ReadonlyMap<string, number>;
  readonly roomsPerSession?: number;
  /** Public and private rooms in total. */
  readonly roomsMax?: number;
  /** Hellos that may fail in a minute from one source. */
  readonly attemptsPerMinute?: number;
  /** Hellos that one connection may try. */
  readonly hellosMax?: number;
  /** Names that sessions lost from one source may hold. */
  readonly heldPerSource?: number;
  /** Names that may be bound in a day from one source. */
  readonly bindingsPerSource?: number;
  /** Names that may be bound in all. */
  readonly boundNamesMax?: number;
  /** A bound name that is not used for so long is free again. */
  readonly boundTtlMs?: number;
}

export type Settings = Required<Omit<HubOptions, 'serverId' | 'admission'>> & Pick<HubOptions, 'admission'>;

const RATE = 200;
/** What a rate comes with, where nothing else is said: a burst of so many seconds of it. */
export const BURST_SECONDS = 2;

/** The defaults are those of src/config, which core can not import; a test compares them. */
export function settingsOf(options: HubOptions): Settings {
  return {
    rooms: ['lobby'],
    windowBytes: WINDOW_BYTES_MIN,
    pingIntervalMs: 15_000,
    stallMs: 30_000,
    graceMs: 30_000,
    restartGraceMs: 60_000,
    helloTimeoutMs: 10_000,
    connectionsMax: 10_000,
    unwelcomedMax: 128,
    logsPrivate: false,
    membersOnly: false,
    rate: RATE,
    burst: BURST_SECONDS * (options.rate ?? RATE),
    requestRate: 50,
    requestBurst: 200,
    requestsWaiting: REQUESTS_WAITING_MAX,
    rateFor: new Map(),
    roomsPerSession: ROOMS_PER_SESSION_MAX,
    roomsMax: ROOMS_PER_SERVER_MAX,
    attemptsPerMinute: 60,
    hellosMax: HELLOS_MAX,
    heldPerSource: 64,
    bindingsPerSource: 50,
    boundNamesMax: 10_000,
    boundTtlMs: 180 * DAY_MS,
    ...options,
  };
}
