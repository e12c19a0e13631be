// What a server is made of, opened in order.
import { Hub } from '../core/hub.ts';
import { askServer } from '../control/client.ts';
import { type DataDirectory, takeDataDirectory } from './data-directory.ts';
import type { AppendFile } from '../followers/append-file.ts';
import type { ChatFile } from '../followers/chat-file.ts';
import { ChatLog } from '../followers/chat-log.ts';
import type { TroubleListener } from '../followers/retry.ts';
import { assertTwoFiles, BoundedSink, openChatFile, openLog } from './logs.ts';
import { LoopDelayMeasure, LoopDelayMonitor } from './loop-delay.ts';
import type { Port } from '../net/port.ts';
import { type LineSink, OperatorLog } from '../observe/operator-log.ts';
import { RefusalCount } from '../observe/refusal-count.ts';
import { throttleFailures, throttleRefusals } from '../observe/throttle.ts';
import type { OperatorObserve } from '../observe/operator-event.ts';
import { openEngine } from './engine.ts';
import { NodeClock, nodeCrypto } from './node-ports.ts';
import type { RoomLog } from '../roomlog/roomlog.ts';
import type { ServerSettings } from './options.ts';
import type { StorageWatch } from './storage-watch.ts';
import { reasonOf, StartError } from '../texts/start-error.ts';
import { startListening } from './listening.ts';
import { machineNames, takeTls } from './tls-files.ts';
import { readVersion } from '../version.ts';

/** Refusals that are reported in one second; the rest is counted. */
const REFUSALS_PER_SECOND = 20;

/** Everything that is told about what happens, and where to. */
interface Telling {
  readonly observe: OperatorObserve;
  readonly refusals: RefusalCount;
  readonly operatorFile: AppendFile | undefined;
}

/** The parts of a running server. */
export interface Parts extends Telling {
  readonly settings: ServerSettings;
  readonly version: string;
  readonly clock: NodeClock;
  readonly directory: DataDirectory;
  readonly log: RoomLog;
  readonly storage: StorageWatch | undefined;
  readonly hub: Hub;
  readonly listener: Port;
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
  const telling = await openTelling(settings, clock, undo);
  const { observe } = telling;
  const chatFile =
    settings.log === false
      ? undefined
      : await openChatFile(settings.log, tellTrouble(settings.log, observe), settings.logFiles);
  undo.push(() => chatFile?.close(0));
  const { log, serverId, storage } = await openEngine(settings, directory.path, clock, observe);
  undo.push(() => closeLog(log));
  const hub = new Hub(
    log,
    { clock, crypto: nodeCrypto, observe },
    {
      ...settings.core,
      software: `kentongan ${version}`,
      rooms: settings.rooms,
      graceMs: settings.graceMs,
      logsPrivate: settings.logPrivate,
      ...(serverId === undefined ? {} : { serverId }),
    },
  );
  const chatLog = chatFile && followWithLog(chatFile, hub, settings, clock);
  const skipped = chatLog?.skipped ?? 0;
  if (chatFile !== undefined && skipped > 0) {
    observe({ event: 'log-position-lost', path: chatFile.path, count: skipped });
  }
  const listener = await startListening({
    host: settings.host,
    port: settings.port,
    ...settings.net,
    names: [...machineNames(), ...(settings.net.names ?? [])],
    tls: takeTls(directory.path, settings.tls, settings.net.names ?? []),
    accept: (connection) => hub.accept(connection),
    onStranger: (address) => observe({ event: 'stranger', address }),
    onNoPlace: (address) => observe({ event: 'no-place', address }),
    onError: (error) => observe({ event: 'listener-failed', reason: reasonOf(error) }),
  });
  const loop = new LoopDelayMonitor();
  undo.push(() => loop.stop());
  const measure = new LoopDelayMeasure();
  const opened = { log, storage, hub, listener, chatFile, chatLog, loop, measure };
  return { settings, version, clock, directory, ...telling, ...opened };
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
  const monotonic = (): number => clock.monotonic();
  const throttled = throttleRefusals(REFUSALS_PER_SECOND, monotonic, throttleFailures(monotonic, all));
  const refusals = new RefusalCount(throttled);
  return { observe: (event) => refusals.observe(event), refusals, operatorFile };
}

function tellTrouble(path: string, observe: OperatorObserve): TroubleListener {
  return {
    onTrouble: (error) => observe({ event: 'log-trouble', path, reason: reasonOf(error) }),
    onRecovered: (retries) => observe({ event: 'log-recovered', path, retries }),
  };
}
