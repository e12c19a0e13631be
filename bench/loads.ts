// Every load: what it is, who can take part, what is shown of it. One table, and the only place that knows them.
import type { FigureName } from './figures.ts';
import type { Transport } from './link.ts';

/** What a server must be able to do to take part in a load. */
export type Ability =
  | 'fan-out'
  | 'rooms'
  | 'membership'
  | 'durable'
  | 'replay'
  | 'transports'
  | 'engine'
  | 'start';

/** How a load is made and measured. Of a crowd the numbers are people; rates are messages a second in all. */
export type Measure =
  | {
      readonly how: 'paced';
      readonly readers: number;
      readonly senders: number;
      readonly rate: number;
      /** Readers besides, who join and then never read. */
      readonly stopped: number;
    }
  | {
      readonly how: 'closed';
      readonly readers: number;
      readonly senders: number;
      readonly rooms: number;
      /** Messages under way at most, in all. */
      readonly window: number;
      /** As many at least; more when a run would be too short. */
      readonly messages: number;
    }
  | { readonly how: 'hold'; readonly readers: number; readonly rooms: number; readonly atOnce: boolean }
  | { readonly how: 'append'; readonly senders: number; readonly inFlight: number }
  | { readonly how: 'replay'; readonly joiners: number }
  | { readonly how: 'startup'; readonly data: 'empty' | 'large' | 'killed' }
  | { readonly how: 'transport'; readonly transport: Transport; readonly flood: boolean }
  | { readonly how: 'engine'; readonly inFlight: number };

export interface Load {
  readonly name: string;
  /** Loads of one kind: a word that chooses all of them. */
  readonly group: string;
  readonly about: string;
  readonly needs: Ability;
  readonly measure: Measure;
  /** Columns of its table, in order. */
  readonly figures: readonly FigureName[];
  /** Part of `--quick` when no load is named. */
  readonly isQuick: boolean;
}

const FAN_OUT: readonly FigureName[] = [
  'cpuUs',
  'userUs',
  'perSecond',
  'p50Ms',
  'p99Ms',
  'serverBusy',
  'loadBusy',
];
const SENDERS = 4;

type Rest = Partial<Pick<Load, 'isQuick' | 'figures' | 'group'>>;

function paced(name: string, readers: number, rate: number, rest: Rest = {}): Load {
  const about = `${readers} readers, ${rate} messages/s: ${(readers * rate) / 1_000} k deliveries/s`;
  const measure = { how: 'paced', readers, senders: SENDERS, rate, stopped: 0 } as const;
  return { name, group: name, about, needs: 'fan-out', measure, figures: FAN_OUT, isQuick: false, ...rest };
}

function closed(
  name: string,
  size: { readers: number; window: number; messages: number },
  rest: Rest = {},
): Load {
  const { readers, window, messages } = size;
  // A sender of ours may have 64 messages on the way: as many senders as the window needs.
  const senders = Math.max(SENDERS, window / 64);
  const about = `${readers} readers, at most ${window} messages in flight, at least ${messages} of them`;
  const measure = { how: 'closed', senders, rooms: 1, ...size } as const;
  return { name, group: name, about, needs: 'fan-out', measure, figures: FAN_OUT, isQuick: false, ...rest };
}

function append(senders: number, inFlight: number, rest: Rest = {}): Load {
  const each = inFlight === 1 ? 'one message' : `${inFlight} messages`;
  return {
    name: inFlight === 1 ? `append-${senders}` : `append-${senders}x${inFlight}`,
    group: 'append',
    about: `${senders} sender${senders === 1 ? '' : 's'}, each with ${each} on the way to a durable acknowledgement`,
    needs: 'durable',
    measure: { how: 'append', senders, inFlight },
    figures: [
      'messagesPerSecond',
      'p50Ms',
      'p99Ms',
      'messageUs',
      'commitUs',
      'commits',
      'perCommit',
      'loadBusy',
    ],
    isQuick: false,
    ...rest,
  };
}

function replay(joiners: number): Load {
  return {
    name: `replay-${joiners}`,
    group: 'replay',
    about: `a room of 1 M entries (quick: 100 k), from its start, to ${joiners === 1 ? 'one late joiner' : `${joiners} late joiners at once`}`,
    needs: 'replay',
    measure: { how: 'replay', joiners },
    figures: [
      'entriesPerSecond',
      'seconds',
      'entryUs',
      'entries',
      'rssMiB',
      'loopLateMs',
      'serverBusy',
      'loadBusy',
    ],
    isQuick: false,
  };
}

function startup(data: 'empty' | 'large' | 'killed', about: string): Load {
  return {
    name: data === 'empty' ? 'startup' : `startup-${data}`,
    group: 'startup',
    about: `from the start of the process to the first connection, and to the first Welcome of ours: ${about}`,
    needs: data === 'empty' ? 'start' : 'replay',
    measure: { how: 'startup', data },
    figures: ['connectMs', 'welcomeMs', 'startCpuMs', 'rssMiB'],
    isQuick: data === 'empty',
  };
}

function transport(over: Transport, flood: boolean): Load {
  return {
    name: `${over}-${flood ? 'flood' : 'calm'}`,
    group: 'transports',
    about: `200 readers over ${OVER[over]}, ${flood ? 'as many messages as go' : '100 messages/s'}`,
    needs: 'transports',
    measure: { how: 'transport', transport: over, flood },
    figures: ['cpuUs', 'userUs', 'perSecond', 'serverBusy', 'loadBusy', 'rssMiB'],
    isQuick: false,
  };
}

const OVER: Readonly<Record<Transport, string>> = {
  plain: 'plain TCP',
  tls: 'TLS',
  ws: 'a WebSocket',
  wss: 'a secure WebSocket',
};

function engine(inFlight: number): Load {
  return {
    name: `engine-${inFlight}`,
    group: 'engine',
    about: `the storage engine without a network: ${inFlight} append${inFlight === 1 ? '' : 's'} under way`,
    needs: 'engine',
    measure: { how: 'engine', inFlight },
    figures: ['messagesPerSecond', 'messageUs'],
    isQuick: false,
  };
}

export const LOADS: readonly Load[] = [
  paced('steady', 200, 500, { isQuick: true }),
  paced('quarter', 1_000, 250),
  paced('heavy', 1_000, 1_000),
  closed('saturated', { readers: 200, window: 64, messages: 10_000 }, { isQuick: true }),
  closed('ceiling', { readers: 1_000, window: 64, messages: 5_000 }),
  closed('deep', { readers: 1_000, window: 512, messages: 10_000 }),
  {
    name: 'ingest',
    group: 'ingest',
    about: '1,000 senders in 100 rooms with one reader each, at most 1,000 messages in flight',
    needs: 'rooms',
    measure: { how: 'closed', readers: 100, senders: 1_000, rooms: 100, window: 1_000, messages: 50_000 },
    figures: ['messagesPerSecond', 'messageUs', 'p50Ms', 'p99Ms', 'serverBusy', 'loadBusy'],
    isQuick: false,
  },
  append(1, 1),
  append(20, 1, { isQuick: true }),
  append(200, 1),
  append(200, 64),
  replay(1),
  replay(50),
  {
    name: 'join-storm',
    group: 'join-storm',
    about: '2,000 clients join one room at once',
    needs: 'membership',
    measure: { how: 'hold', readers: 2_000, rooms: 1, atOnce: true },
    figures: ['joinSeconds', 'joinUs', 'rssMiB'],
    isQuick: false,
  },
  {
    name: 'idle',
    group: 'idle',
    about: '9,000 connections (quick: 1,000) that say nothing, ten in a room',
    needs: 'fan-out',
    measure: { how: 'hold', readers: 9_000, rooms: 900, atOnce: false },
    figures: ['rssKiB', 'pssKiB', 'kernelKiB', 'idlePercent', 'joinSeconds', 'connections'],
    isQuick: true,
  },
  {
    ...paced('slow-reader', 200, 500),
    about: '200 readers, 500 messages/s, and 200 more who joined and never read',
    measure: { how: 'paced', readers: 200, senders: SENDERS, rate: 500, stopped: 200 },
    figures: ['cpuUs', 'p50Ms', 'p99Ms', 'rssMiB', 'grownMiB', 'kernelMiB', 'serverBusy', 'loadBusy'],
  },
  startup('empty', 'nothing there'),
  startup('large', 'a log of 1 M entries, stopped cleanly'),
  startup('killed', 'the same, killed while 20 senders were sending'),
  ...(['plain', 'tls', 'ws', 'wss'] as const).flatMap((over) => [
    transport(over, false),
    transport(over, true),
  ]),
  ...[1, 64, 10_000].map(engine),
];

/** The loads of these names or groups, in the order of the table. Of a word that is none: the word. */
export function chooseLoads(words: readonly string[]): {
  readonly loads: readonly Load[];
  readonly unknown: readonly string[];
} {
  const known = (word: string): boolean => LOADS.some(({ name, group }) => name === word || group === word);
  return {
    loads: LOADS.filter(({ name, group }) => words.includes(name) || words.includes(group)),
    unknown: words.filter((word) => !known(word)),
  };
}
