// The storage engine alone, in a process of its own: what appends cost without a network.
import { setTimeout as wait } from 'node:timers/promises';
import { taskOf, tell } from './child.ts';
import { closed, listener, openLog, proposalOf, ROOM } from './make-log.ts';

export interface EngineTask {
  readonly directory: string;
  /** Appends without an outcome. */
  readonly inFlight: number;
  readonly spanMs: number;
}

export interface EngineResult {
  readonly perSecond: number;
  /** CPU of all threads for one append. */
  readonly cpuUs: number;
}

const MADE = 100_000;
const { directory, inFlight, spanMs } = taskOf() as EngineTask;

const log = await openLog(directory);
// Made before: what they cost is not the engine's.
const ready = Array.from({ length: MADE }, (_, n) => proposalOf(n));
let [appended, stored] = [0, 0];
const state = { isOver: false };
const done = Promise.withResolvers<void>();

function more(): void {
  for (; !state.isOver && appended - stored < inFlight; appended++) {
    const proposal = ready[appended % MADE];
    if (proposal === undefined) return;
    log.append(ROOM, appended < MADE ? proposal : { ...proposal, id: laterId(proposal.id, appended) });
  }
  if (state.isOver && stored === appended) done.resolve();
}

/** Greater than all before, as UUIDv7 are. */
function laterId(id: Uint8Array, n: number): Uint8Array {
  const other = Buffer.from(id);
  other.writeUInt32BE(Math.floor(Date.now() / 2 ** 16), 0);
  other.writeUInt16BE(Date.now() % 2 ** 16, 4);
  other.writeUInt32BE(n, 12);
  return other;
}

log.open(
  ROOM,
  listener((outcomes) => {
    stored += outcomes.length;
    more();
  }),
);
const [at, cpu] = [performance.now(), process.cpuUsage()];
more();
await wait(spanMs);
state.isOver = true;
await done.promise;
const { user, system } = process.cpuUsage(cpu);
const perSecond = (stored / (performance.now() - at)) * 1_000;
tell({ perSecond, cpuUs: (user + system) / stored } satisfies EngineResult);
await closed(log);
process.disconnect();
