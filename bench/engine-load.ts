// The storage engine without a server, as a load like the others.
import { removeFolder } from './alive.ts';
import { Child } from './child.ts';
import type { EngineResult, EngineTask } from './engine.ts';
import type { Measure } from './loads.ts';
import { makePlace, type Outcome, type Setup } from './setup.ts';

export async function engineAlone(
  { inFlight }: Extract<Measure, { how: 'engine' }>,
  setup: Setup,
): Promise<Outcome> {
  const { folder } = await makePlace(setup);
  const task: EngineTask = { directory: folder, inFlight, spanMs: setup.seconds * 1_000 };
  const child = new Child<EngineResult>('./engine.ts', task, setup.pinning, 'server');
  try {
    const { perSecond, cpuUs } = await child.next();
    return { kind: 'measured', figures: { messagesPerSecond: perSecond, messageUs: cpuUs } };
  } finally {
    await child.kill();
    removeFolder(folder);
  }
}
