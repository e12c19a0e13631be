// One attack: a server, honest people, a calm time, the attack, and the calm after it, all measured in one run.
import { setTimeout as wait } from 'node:timers/promises';
import { Child } from '../../bench/child.ts';
import type { Transport } from '../../bench/link.ts';
import { shown } from '../../bench/numbers.ts';
import type { MeasuredDelay } from '../../src/control/status.ts';
import { Progress } from '../faults/progress.ts';
import type { Attack, Counts, Scale } from './attack.ts';
import type { AttackerTask, AttackerWord } from './attacker.ts';
import { frames } from './attacks/frames.ts';
import type { CrowdReport } from './crowd.ts';
import type { Findings } from './finding.ts';
import { askDelay, kernelTcpBytes, MIB, Peak, rssBytes } from './measures.ts';
import { keep, letGo, type Live, Scene } from './scene.ts';

export interface Play {
  readonly tree: string;
  readonly folder: string;
  readonly attack: Attack;
  readonly scale: Scale;
  readonly seed: number;
  readonly amount: number;
  readonly transports: readonly Transport[];
  readonly findings: Findings;
  /** More words for `serve`. */
  readonly flags: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  /** The attack begins. */
  readonly onStorm?: () => void;
}

/** What was measured: the cells of a table's row. */
export type Figures = Readonly<Record<string, string | number>>;

const PEOPLE = 20;
const CALM_MS: Readonly<Record<Scale, number>> = { slice: 0, quick: 2_000, full: 20_000 };
/** The place of a lost connection is held so long: else the calm after each attack would take half a minute. */
const GRACE: Readonly<Record<Scale, string>> = { slice: '1s', quick: '1s', full: '5s' };
/** What honest people may wait, and what somebody new may. In a short run 99 of 100 is nearly all of them. */
const LINE_P99_MS_MAX: Readonly<Record<Scale, number>> = { slice: 1_000, quick: 500, full: 250 };
const VISIT_MS_MAX = 1_000;
/** A short run is hardly warm: what is compiled counts as alive. In the test command it is not judged. */
const HEAP_GROWTH_MAX: Readonly<Record<Scale, number>> = {
  slice: Number.POSITIVE_INFINITY,
  quick: 0.2,
  full: 0.05,
};
const BUFFERS_GROWTH_MAX = 64 * MIB;
/** Every server has seen so much of everything before it is measured for the figures that are told. */
const WARM_UP_FRAMES: Readonly<Record<Scale, number>> = { slice: 0, quick: 0, full: 20_000 };

export async function play(options: Play): Promise<Figures> {
  const { tree, folder, attack, scale, findings, seed, transports } = options;
  const scene = new Scene({
    tree,
    folder,
    findings,
    seed,
    people: PEOPLE,
    transports,
    flags: ['--grace', GRACE[scale], ...(attack.flags?.(scale) ?? []), ...options.flags],
    descriptors: attack.descriptors,
    password: attack.password,
    visitors: attack.visitors,
    warning: attack.warning,
    environment: options.environment,
  });
  try {
    await scene.begin();
    return scale === 'slice' ? await unmeasured(options, scene) : await measured(options, scene);
  } finally {
    await scene.end();
  }
}

/** Whether the honest people notice anything, and nothing else. */
async function unmeasured(options: Play, scene: Scene): Promise<Figures> {
  options.onStorm?.();
  const counts = await strike(options, scene, options.amount, 1);
  await scene.report();
  return counts;
}

async function measured(options: Play, scene: Scene): Promise<Figures> {
  const { scale, findings } = options;
  await warmUp(options, scene);
  const before = await scene.live();
  await scene.report();
  const calm = await span(options, scene, () => wait(CALM_MS[scale]));
  const storm = await span(options, scene, () => {
    options.onStorm?.();
    return strike(options, scene, options.amount, 1);
  });
  if (!(await scene.settled())) findings.add('uncut', 'connections or names of attackers did not go away');
  const after = await scene.live();
  judge(options, calm, storm);
  judgeHeap(options, before, after);
  return {
    ...storm.result,
    ...delays(calm.delay, storm.delay),
    ...waits(calm.report, storm.report),
    'RSS before and peak MiB': `${shown(calm.rss / MIB)} ${shown(storm.rss / MIB)}`,
    'kernel peak MiB': Number(shown((storm.kernel - calm.kernelBefore) / MIB)),
    'live heap MiB': `${shown(before.heap / MIB)} → ${shown(after.heap / MIB)}`,
    'buffers MiB': `${shown(before.buffers / MIB)} → ${shown(after.buffers / MIB)}`,
  };
}

interface Span<T> {
  readonly result: T;
  readonly delay: MeasuredDelay | undefined;
  readonly report: CrowdReport;
  readonly rss: number;
  readonly kernel: number;
  readonly kernelBefore: number;
}

async function warmUp(options: Play, scene: Scene): Promise<void> {
  const { attack, scale } = options;
  if (WARM_UP_FRAMES[scale] > 0) {
    await strike({ ...options, attack: frames }, scene, WARM_UP_FRAMES[scale], 2);
  }
  const own = attack.warmUp?.[scale] ?? 0;
  if (own > 0) await strike(options, scene, own, 0);
  await scene.settled();
}

/** Measures while something happens. */
async function span<T>({ tree }: Play, scene: Scene, happen: () => Promise<T>): Promise<Span<T>> {
  const kernelBefore = kernelTcpBytes();
  await askDelay(tree, scene.data);
  scene.mark();
  const [rss, kernel] = [new Peak(() => rssBytes(scene.server.pid)), new Peak(kernelTcpBytes)];
  try {
    const result = await happen();
    const report = await scene.report();
    return {
      result,
      delay: await askDelay(tree, scene.data),
      report,
      rss: rss.stop(),
      kernel: kernel.stop(),
      kernelBefore,
    };
  } finally {
    rss.stop();
    kernel.stop();
  }
}

/** Lets attackers loose in a process of their own, and waits until they are done. */
async function strike(options: Play, scene: Scene, amount: number, stream: number): Promise<Counts> {
  const { attack, seed, scale, transports, findings } = options;
  const { marker, server } = scene;
  const task: AttackerTask = {
    attack: attack.name,
    port: server.port,
    seed,
    stream,
    amount,
    scale,
    transports,
    marker,
  };
  const child = keep(new Child<AttackerWord>('../test/hostile/attacker.ts', task));
  const progress = new Progress(attack.name);
  let isDone = false;
  const crash = server.exit.then(({ code, signal }): AttackerWord => {
    if (!isDone) findings.add('crash', `the server ended with ${signal ?? code}: ${server.complaint}`);
    return { is: 'done', counts: {} };
  });
  try {
    for (;;) {
      const word = await Promise.race([child.next(), crash]);
      if (word.is === 'done') return word.counts;
      if (word.is === 'found') findings.add(...word.found);
      else progress.tell(`${word.done} of ${amount}`);
    }
  } finally {
    isDone = true;
    progress.end();
    await child.kill();
    letGo(child);
  }
}

function judge({ attack, findings, scale }: Play, calm: Span<void>, storm: Span<Counts>): void {
  const { own, others, visits } = storm.report;
  const worst = Math.max(own.p99, others.p99);
  if (worst > LINE_P99_MS_MAX[scale]) {
    const before = Math.max(calm.report.own.p99, calm.report.others.p99);
    findings.add(
      'late',
      `99 of 100 lines took up to ${shown(worst)} ms (${shown(before)} without the attack)`,
    );
  }
  if (visits.p99 > VISIT_MS_MAX) {
    findings.add('late', `somebody new waited ${shown(visits.p99)} ms: ${slowestOf(storm.report)}`);
  }
  if (attack.memory === undefined) return;
  const { processMiB, kernelMiB } = attack.memory;
  const process = (storm.rss - calm.rss) / MIB;
  const kernel = (storm.kernel - calm.kernelBefore) / MIB;
  if (process > processMiB) findings.add('memory', `it cost the server ${shown(process)} MiB`);
  if (kernel > kernelMiB) findings.add('memory', `it cost the kernel ${shown(kernel)} MiB`);
}

function judgeHeap({ findings, scale }: Play, before: Live, after: Live): void {
  if (after.heap / before.heap - 1 > HEAP_GROWTH_MAX[scale]) {
    findings.add(
      'heap',
      `${shown(before.heap / MIB)} MiB were alive before, ${shown(after.heap / MIB)} after`,
    );
  }
  if (after.buffers - before.buffers > BUFFERS_GROWTH_MAX) {
    findings.add(
      'heap',
      `${shown(before.buffers / MIB)} MiB of buffers before, ${shown(after.buffers / MIB)} after`,
    );
  }
}

function delays(calm: MeasuredDelay | undefined, storm: MeasuredDelay | undefined): Figures {
  if (calm === undefined || storm === undefined) return {};
  return {
    'loop p99.99 ms calm': calm.p9999,
    'loop p99.99 ms attacked': storm.p9999,
    'loop max ms calm': calm.max,
    'loop max ms attacked': storm.max,
    seconds: Math.round(storm.spanMs / 1_000),
  };
}

function slowestOf({ slowest }: CrowdReport): string {
  return slowest === undefined ? 'none' : `${slowest.ms} ${slowest.transport} ${slowest.atMs}`;
}

function waits(calm: CrowdReport, storm: CrowdReport): Figures {
  const of = ({ own, others }: CrowdReport): string => `${shown(own.p99)} ${shown(others.p99)}`;
  return {
    'honest p99 ms calm (own, others)': of(calm),
    'honest p99 ms attacked (own, others)': of(storm),
    'honest max ms attacked': shown(Math.max(storm.own.max, storm.others.max)),
    'lines attacked': storm.lines,
    'deliveries attacked': storm.own.count + storm.others.count,
    'visitors attacked': storm.visits.count,
    'slowest visitor ms, transport, at ms': slowestOf(storm),
  };
}
