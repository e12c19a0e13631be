// Opens the rooms' log: on disk or in memory.
import { MEMORY_RETAIN_BYTES } from '../config/defaults.ts';
import type { StorageObserve } from '../observe/operator-event.ts';
import { type NodeClock, nodeCrypto } from './node-ports.ts';
import { MemoryLog } from '../roomlog/memory.ts';
import type { RoomLog } from '../roomlog/roomlog.ts';
import { LogError } from '../roomlog/sqlite/log-error.ts';
import { SqliteLog } from '../roomlog/sqlite/sqlite-log.ts';
import type { ServerSettings } from './options.ts';
import { StorageWatch } from './storage-watch.ts';
import { reasonOf, StartError } from '../texts/start-error.ts';

/** An open log, and what is known of the disk below it. */
export interface Engine {
  readonly log: RoomLog;
  /** Names the deployment, where that is kept. */
  readonly serverId: Uint8Array | undefined;
  /** Absent: nothing is on disk. */
  readonly storage: StorageWatch | undefined;
}

/**
 * The caller holds the lock of `directory`.
 * @throws StartError `log.error.…`; nothing is left open then
 */
export async function openEngine(
  settings: ServerSettings,
  directory: string,
  clock: NodeClock,
  observe: StorageObserve,
): Promise<Engine> {
  if (settings.engine === 'memory') {
    return { log: openMemory(settings, clock), serverId: undefined, storage: undefined };
  }
  const storage = new StorageWatch(directory, settings.reserveBytes, observe);
  try {
    const log = await SqliteLog.open({
      directory,
      retention: settings.retention,
      reserveBytes: settings.reserveBytes,
      now: () => clock.now(),
      defer: (callback) => clock.defer(callback),
      random: (length) => nodeCrypto.random(length),
      observe: (event) => storage.observe(event),
    });
    return { log, serverId: log.serverId, storage };
  } catch (error) {
    if (error instanceof LogError) throw new StartError(`log.error.${error.code}`, error.values);
    throw new StartError('log.error.disk', { reason: reasonOf(error) });
  }
}

function openMemory({ retention }: ServerSettings, clock: NodeClock): RoomLog {
  return new MemoryLog({
    crypto: nodeCrypto,
    now: () => clock.now(),
    defer: (callback) => clock.defer(callback),
    after: (ms, callback) => clock.after(ms, callback),
    retention: { ...retention, bytes: retention.bytes ?? MEMORY_RETAIN_BYTES },
  });
}
