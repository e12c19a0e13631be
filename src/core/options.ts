// What may be configured of the core, and the defaults.
import { WINDOW_BYTES_MIN } from '../protocol/limits.ts';

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
}

export type Settings = Required<Omit<HubOptions, 'serverId'>>;

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
    ...options,
  };
}
