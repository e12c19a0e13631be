// One run: a load on a server. A failure is an outcome, too.
import { append } from './append.ts';
import { engineAlone } from './engine-load.ts';
import { fanOut } from './fan-out.ts';
import { hold } from './hold.ts';
import type { Load } from './loads.ts';
import { replay } from './replay.ts';
import type { ServerKind } from './servers.ts';
import type { Outcome, Setup } from './setup.ts';
import { startup } from './startup.ts';
import { transport } from './transports.ts';

export async function measure(load: Load, server: ServerKind, setup: Setup): Promise<Outcome> {
  try {
    return await begun(load, server, setup);
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

function begun(load: Load, server: ServerKind, setup: Setup): Promise<Outcome> {
  const how = load.measure;
  switch (how.how) {
    case 'paced':
    case 'closed':
      return fanOut(load, how, server, setup);
    case 'hold':
      return hold(how, server, setup);
    case 'append':
      return append(how, server, setup);
    case 'replay':
      return replay(how, server, setup);
    case 'startup':
      return startup(how, server, setup);
    case 'transport':
      return transport(how, server, setup);
    case 'engine':
      return engineAlone(how, setup);
  }
}
