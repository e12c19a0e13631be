// Everything that is told about what happens, and where to.
import type { AppendFile } from '../followers/append-file.ts';
import type { TroubleListener } from '../followers/retry.ts';
import type { OperatorObserve } from '../observe/operator-event.ts';
import { type LineSink, OperatorLog } from '../observe/operator-log.ts';
import { RefusalCount } from '../observe/refusal-count.ts';
import { throttle, throttleFailures } from '../observe/throttle.ts';
import { reasonOf } from '../texts/start-error.ts';
import { BoundedSink, openOperatorLog } from './logs.ts';
import type { ServerSettings } from './options.ts';

export interface Telling {
  readonly observe: OperatorObserve;
  readonly refusals: RefusalCount;
  readonly operatorFile: AppendFile | undefined;
}

/** @throws StartError when the operator log can not be written */
export async function openTelling(settings: ServerSettings, monotonic: () => number): Promise<Telling> {
  const { operatorLog, observe: outside } = settings;
  let operatorFile: AppendFile | undefined;
  let sink: LineSink | undefined;
  const all: OperatorObserve = (event) => {
    log?.observe(event);
    outside(event);
  };
  if (typeof operatorLog === 'string') {
    const listener = tellTrouble(operatorLog, all);
    operatorFile = await openOperatorLog(operatorLog, listener, settings.operatorLogFiles);
    sink = new BoundedSink(operatorFile, (count) => all({ event: 'log-dropped', count }));
  } else if (operatorLog !== false) {
    sink = operatorLog;
  }
  const log = sink && new OperatorLog(sink);
  const throttled = throttle(monotonic, throttleFailures(monotonic, all));
  const refusals = new RefusalCount(throttled);
  return { observe: (event) => refusals.observe(event), refusals, operatorFile };
}

export function tellTrouble(path: string, observe: OperatorObserve): TroubleListener {
  return {
    onTrouble: (error) => observe({ event: 'log-trouble', path, reason: reasonOf(error) }),
    onRecovered: (retries) => observe({ event: 'log-recovered', path, retries }),
  };
}
