// Twenty honest people who chat at a human rate, and visitors who come and go, in a process of their own. What is
// lost, doubled, reordered or foreign is told, and how long everything takes.
import { hash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { taskOf, tell } from '../../bench/child.ts';
import type { Transport } from '../../bench/link.ts';
import { quantile } from '../../bench/numbers.ts';
import { Random } from '../support/random.ts';
import type { Found } from './finding.ts';
import { type Company, Honest, type Line } from './honest.ts';

export interface CrowdTask {
  readonly port: number;
  readonly people: number;
  readonly transports: readonly Transport[];
  readonly seed: number;
  /** Stands in everything that is said in private. */
  readonly marker: string;
  readonly password: string;
  /** Whether somebody new comes in now and then. */
  readonly visitors: boolean;
}

export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Since the word before. Milliseconds. */
export interface CrowdReport {
  /** From the write of a line to its author's own copy, and to everybody else's. */
  readonly own: Latency;
  readonly others: Latency;
  /** From the connect of somebody new to being in the room. */
  readonly visits: Latency;
  /** The one of these who waited longest: over what, and how long after the mark it came. */
  readonly slowest: { readonly transport: Transport; readonly ms: number; readonly atMs: number } | undefined;
  readonly lines: number;
  readonly found: readonly Found[];
}

/** `mark`: forget what was measured. `report`: wait until all have everything, tell. `stop`: hang up and end. */
export type CrowdWord = 'mark' | 'report' | 'stop';

/** Somebody says something this often, milliseconds on average, for each person. */
const SAYS_MS = 1_000;
const PRIVATE_PART = 0.25;
const VISIT_MS = 700;
/** Nobody waits longer than this for a line: it is lost. */
const LINE_MS_MAX = 20_000;
const ENTRIES_KEPT = 4_096;
const ROOM = 'lobby';
const NAMES = ['agus', 'bayu', 'citra', 'dewi', 'eko', 'fajar', 'gita', 'hadi', 'indah', 'joko', 'kartika'];
const MORE = ['lestari', 'mega', 'nanda', 'oki', 'putri', 'ratna', 'sari', 'tirta', 'umar', 'wulan', 'yuda'];

const { port, people, transports, seed, marker, password, visitors } = taskOf() as CrowdTask;
const random = new Random(seed);

let found: Found[] = [];
const spans = { own: [] as number[], others: [] as number[], visits: [] as number[] };
let said = 0;
let slowest: CrowdReport['slowest'];
let markedAt = performance.now();
/** What the first one who had it got, of the newest entries. */
const digests = new Map<string, string>();

const company: Company = {
  port,
  password,
  lines: new Map(),
  users: new Map(),
  found: (kind, text) => {
    found.push([kind, text]);
  },
  onHeard: (line, reader) => {
    spans[reader === line.sender ? 'own' : 'others'].push(performance.now() - line.at);
    if (line.missing.size === 0 && line.stored !== 0) forget(line);
  },
  onEntry: (room, seq, payload, reader) => {
    const [key, digest] = [`${room}#${seq}`, hash('sha1', payload)];
    const known = digests.get(key);
    if (known === undefined) {
      digests.set(key, digest);
      const [oldest = ''] = digests.keys();
      if (digests.size > ENTRIES_KEPT) digests.delete(oldest);
    } else if (known !== digest) {
      company.found('foreign', `${key}: ${reader.name} saw something else than others`);
    }
  },
};

/** Lines that everybody has are remembered for a while: they must not come again. */
const finished: string[] = [];
function forget(line: Line): void {
  finished.push(line.id);
  if (finished.length > ENTRIES_KEPT) company.lines.delete(finished.shift() ?? '');
}

function nameOf(number: number): string {
  return [...NAMES, ...MORE][number] ?? `teman${number}`;
}

async function gather(): Promise<Honest[]> {
  const all = Array.from(
    { length: people },
    (_, n) => new Honest(nameOf(n), transports[n % transports.length] ?? 'plain', company),
  );
  await Promise.all(all.map((person) => person.join(ROOM)));
  // Neighbours talk in private.
  for (let n = 0; n + 1 < all.length; n += 2) {
    const [one, other] = [all[n], all[n + 1]];
    if (one === undefined || other === undefined) break;
    one.direct = await one.join(`@${other.name}`);
    other.direct = await other.join(one.direct);
  }
  return all;
}

const everybody = await gather();
const state = { isTalking: true };

async function talk(person: Honest, number: number): Promise<void> {
  const partner = everybody[number ^ 1];
  while (state.isTalking) {
    await wait(-Math.log(1 - random.float()) * SAYS_MS);
    if (!state.isTalking) return;
    said++;
    if (partner !== undefined && person.direct !== '' && random.chance(PRIVATE_PART)) {
      person.say(person.direct, `${marker} ${random.uint32().toString(36)}`, [person, partner]);
    } else {
      person.say(ROOM, `halo semua ${random.uint32().toString(36)}`, everybody);
    }
  }
}

/** Somebody new is let in at once, whatever goes on. */
async function visit(): Promise<void> {
  for (let n = 0; state.isTalking; n++) {
    await wait(VISIT_MS);
    const at = performance.now();
    const visitor = new Honest(`tamu${n % 8}`, transports[n % transports.length] ?? 'plain', company);
    const late = wait(LINE_MS_MAX).then(() => false);
    const isIn = await Promise.race([visitor.join(ROOM).then(() => true), late]);
    const ms = performance.now() - at;
    spans.visits.push(ms);
    if (ms > (slowest?.ms ?? 0)) {
      slowest = { transport: visitor.transport, ms: Math.round(ms), atMs: Math.round(at - markedAt) };
    }
    if (isIn) await Promise.race([visitor.leave(ROOM), late]);
    else company.found('late', 'a visitor was not let in');
    visitor.hangUp();
  }
}

function latency(values: readonly number[]): Latency {
  const [p50, p99, max] = [0.5, 0.99, 1].map((part) => (values.length === 0 ? 0 : quantile(values, part)));
  return { count: values.length, p50: p50 ?? 0, p99: p99 ?? 0, max: max ?? 0 };
}

function mark(): void {
  spans.own = [];
  spans.others = [];
  spans.visits = [];
  said = 0;
  slowest = undefined;
  markedAt = performance.now();
}

/** Waits for what was said until now; what nobody has after so long is lost. */
async function settle(): Promise<void> {
  const now = performance.now();
  const pending = (): Line[] =>
    [...company.lines.values()].filter(
      ({ at, missing, stored }) => at <= now && (missing.size > 0 || stored === 0),
    );
  while (pending().length > 0 && performance.now() - now < LINE_MS_MAX) await wait(20);
  for (const [id, line] of company.lines) {
    if (line.at > now || (line.missing.size === 0 && line.stored !== 0)) continue;
    const what = line.stored === 0 ? 'has no receipt' : `did not reach ${[...line.missing].join(', ')}`;
    company.found('lost', `${line.room}: line ${line.n} of ${line.sender.name} ${what}`);
    company.lines.delete(id);
  }
}

async function report(): Promise<void> {
  await settle();
  tell({
    own: latency(spans.own),
    others: latency(spans.others),
    visits: latency(spans.visits),
    slowest,
    lines: said,
    found,
  } satisfies CrowdReport);
  found = [];
}

process.on('message', (word: CrowdWord) => {
  if (word === 'mark') mark();
  else if (word === 'report') void report();
  else {
    state.isTalking = false;
    for (const person of everybody) person.hangUp();
    process.exit(0);
  }
});

everybody.forEach((person, number) => void talk(person, number));
if (visitors) void visit();
tell({});
