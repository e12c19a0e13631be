// What a server is made of, opened in order.
import { existsSync } from 'node:fs';
import { Hub } from '../core/hub.ts';
import { askServer } from '../control/client.ts';
import { type DataDirectory, takeDataDirectory } from './data-directory.ts';
import type { ChatFile } from '../followers/chat-file.ts';
import { ChatLog } from '../followers/chat-log.ts';
import { type Access, openAccess } from './access.ts';
import { connectionsWithin, descriptorsMax } from './descriptors.ts';
import { assertTwoFiles, openChatFile } from './logs.ts';
import { LoopDelayMeasure, LoopDelayMonitor } from './loop-delay.ts';
import type { Port } from '../net/port.ts';
import { openTelling, tellTrouble, type Telling } from './telling.ts';
import type { OperatorObserve } from '../observe/operator-event.ts';
import { openEngine } from './engine.ts';
import { NodeClock, nodeCrypto } from './node-ports.ts';
import type { RoomLog } from '../roomlog/roomlog.ts';
import type { ServerSettings } from './options.ts';
import type { StorageWatch } from './storage-watch.ts';
import { reasonOf, StartError } from '../texts/start-error.ts';
import { startListening } from './listening.ts';
import { machineNames, ownTlsPaths, takeTls } from './tls-files.ts';
import { readVersion } from '../version.ts';

/** The parts of a running server. */
export interface Parts extends Telling, Access {
  readonly settings: ServerSettings;
  readonly version: string;
  readonly clock: NodeClock;
  readonly directory: DataDirectory;
  readonly log: RoomLog;
  readonly storage: StorageWatch | undefined;
  readonly hub: Hub;
  readonly listener: Port;
  /** How many connections there may be. */
  readonly connections: number;
  readonly chatFile: ChatFile | undefined;
  readonly chatLog: ChatLog | undefined;
  readonly loop: LoopDelayMonitor;
  readonly measure: LoopDelayMeasure;
}

/** One step back. */
export type Undo = () => unknown;

/**
 * Opens everything but the status socket. What has to be undone when a later step fails is pushed to `undo`.
 * @throws StartError
 */
export async function openParts(settings: ServerSettings, undo: Undo[]): Promise<Parts> {
  if (typeof settings.log === 'string' && typeof settings.operatorLog === 'string') {
    assertTwoFiles(settings.log, settings.operatorLog);
  }
  const version = readVersion();
  const clock = new NodeClock();
  undo.push(() => clock.stop());
  const directory = await takeOrTell(settings.data);
  undo.push(() => directory.release());
  const telling = await openTelling(settings, () => clock.monotonic());
  const { observe, operatorFile } = telling;
  undo.push(() => operatorFile?.close(1_000));
  const chatFile =
    settings.log === false
      ? undefined
      : await openChatFile(settings.log, tellTrouble(settings.log, observe), settings.logFiles);
  undo.push(() => chatFile?.close(0));
  const access = await openAccess(settings, directory.path, () => clock.now(), observe);
  const connections = placesFor(settings, observe);
  const engine = await openEngine(settings, directory.path, clock, observe);
  undo.push(() => closeLog(engine.log));
  const { log, storage } = engine;
  const ports = { clock, crypto: nodeCrypto, observe, names: access.names };
  const hub = new Hub(log, ports, {
    connectionsMax: connections,
    ...settings.core,
    software: `kentongan ${version}`,
    rooms: settings.rooms,
    graceMs: settings.graceMs,
    logsPrivate: settings.logPrivate,
    admission: access.admission,
    ...(engine.serverId === undefined ? {} : { serverId: engine.serverId }),
  });
  const chatLog = chatFile && followWithLog(chatFile, hub, settings, clock);
  const skipped = chatLog?.skipped ?? 0;
  if (chatFile !== undefined && skipped > 0) {
    observe({ event: 'log-position-lost', path: chatFile.path, count: skipped });
  }
  const listener = await openPort(settings, directory.path, connections, hub, observe);
  const loop = new LoopDelayMonitor();
  undo.push(() => loop.stop());
  const measure = new LoopDelayMeasure();
  const opened = { log, storage, hub, listener, chatFile, chatLog, loop, measure, connections };
  return { settings, version, clock, directory, ...telling, ...access, ...opened };
}

/** How many connections there may be: as many as are wanted, but for what the process may open. */
function placesFor({ limits: { connections: wanted } }: ServerSettings, observe: OperatorObserve): number {
  const descriptors = descriptorsMax();
  const connections = connectionsWithin(wanted, descriptors);
  if (descriptors !== undefined && connections < wanted) {
    observe({ event: 'connections-capped', wanted, connections, descriptors });
  }
  return connections;
}

/** @throws StartError */
async function openPort(
  { host, port, net, tls }: ServerSettings,
  data: string,
  connections: number,
  hub: Hub,
  observe: OperatorObserve,
): Promise<Port> {
  const names = net.names ?? [];
  const { cert: path } = ownTlsPaths(data);
  const hadCertificate = tls.cert !== undefined || existsSync(path);
  const taken = takeTls(data, tls, names);
  const listener = await startListening({
    host,
    port,
    ...net,
    names: [...machineNames(), ...names],
    limits: { ...net.limits, connections },
    tls: taken,
    accept: (connection) => hub.accept(connection),
    onStranger: (address) => observe({ event: 'stranger', address }),
    onNoPlace: (address) => observe({ event: 'no-place', address }),
    onPlainRefused: (address) => observe({ event: 'plain-refused', address }),
    onTlsError: (address, reason) => observe({ event: 'tls-failed', address, reason }),
    onError: (error) => observe({ event: 'listener-failed', reason: reasonOf(error) }),
  });
  if (!hadCertificate) observe({ event: 'certificate-made', path });
  return listener;
}

/** The cursor that writes chat.log, where an earlier process has stopped. */
function followWithLog(file: ChatFile, hub: Hub, settings: ServerSettings, clock: NodeClock): ChatLog {
  const chatLog = new ChatLog({
    file,
    logsPrivate: settings.logPrivate,
    isDurable: hub.log.durability === 'disk',
    now: () => clock.now(),
  });
  hub.follow(chatLog);
  return chatLog;
}

/** Everything that was appended is decided, and nothing of the log is open. */
export function closeLog(log: RoomLog): Promise<void> {
  return new Promise((resolve) => {
    log.close(resolve);
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
