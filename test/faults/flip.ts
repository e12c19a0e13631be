// Bits that turn over on the disk, files that are cut or gone: it is noticed, or it makes no difference.
import {
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
  closeSync,
  cpSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../support/random.ts';
import { audit } from './auditor.ts';
import type { Campaign, Figures, Run } from './campaign.ts';
import { Progress } from './progress.ts';
import { runKentongan, Server } from './server.ts';
import {
  differenceOf,
  type Engine,
  engineOf,
  idsOf,
  type Look,
  lookInto,
  type RoomContent,
} from './specimen.ts';
import { World } from './world.ts';

/** A directory to be damaged, and what is in it. */
interface Specimen {
  readonly name: 'stopped' | 'killed';
  readonly directory: string;
  readonly rooms: ReadonlyMap<string, RoomContent>;
  /** How many entries of each room anybody has seen or has a receipt for: what was under way may be lost. */
  readonly known: ReadonlyMap<string, number>;
  readonly ids: ReadonlyMap<string, readonly Uint8Array[]>;
}

/** `late`: an old id was forgotten, which only `log verify` and the scrub notice. */
type Outcome = 'refused' | 'reported' | 'unchanged' | 'late' | 'silent';

/** So many lines are said before the damage, and some that are under way then. */
const LINES = 1_200;
/** A whole server is started for one case in so many. */
const SERVER_EVERY = 25;

const LOOK_MS_MAX = 10_000;

/** What is done, how often in a hundred, and to which directory. */
const HARMS = [
  { name: 'bit in log.db', per: 60, to: 'either' },
  { name: 'bit in the WAL', per: 20, to: 'killed' },
  { name: 'log.db cut', per: 6, to: 'stopped' },
  { name: 'WAL cut', per: 6, to: 'killed' },
  { name: 'bit in log.mark', per: 4, to: 'either' },
  { name: 'WAL gone', per: 1, to: 'killed' },
  { name: 'log.db gone', per: 1, to: 'either' },
  { name: 'log.mark gone', per: 1, to: 'either' },
  { name: 'log.db overwritten in part', per: 1, to: 'either' },
] as const;
type Harm = (typeof HARMS)[number];

export const flip: Campaign = {
  name: 'flip',
  about:
    'single bits, cuts and removals in log.db, its WAL and log.mark: refused, reported, or without effect',
  quick: 60,
  full: 1_700,
  run: harmAll,
};

async function harmAll(run: Run): Promise<Figures> {
  const { random, findings, cycles } = run;
  const progress = new Progress('cases');
  const engine = await engineOf(run.tree);
  const specimens = [await prepare(run, engine, 'stopped'), await prepare(run, engine, 'killed')] as const;
  const counts = new Map<string, Record<Outcome, number>>();
  const directory = join(run.fast, 'case');
  for (let done = 0; done < cycles; done++) {
    const harm = nthHarm(done);
    const specimen = harm.to === 'either' ? random.pick(specimens) : specimens[harm.to === 'stopped' ? 0 : 1];
    copy(specimen.directory, directory);
    const what = damage(directory, harm, random);
    const kept = join(run.fast, 'kept');
    copy(directory, kept);
    findings.during = `case ${done + 1}, ${specimen.name}, ${what}: `;
    const before = findings.total;
    const byServer = done % SERVER_EVERY === SERVER_EVERY - 1;
    const outcome = byServer
      ? await outcomeOfServer(run, specimen, directory)
      : await outcomeOf(run, engine, specimen, directory, kept);
    if (findings.total > before) keep(kept, `${run.seed}-${done + 1}`);
    const row = counts.get(harm.name) ?? { refused: 0, reported: 0, unchanged: 0, late: 0, silent: 0 };
    row[outcome]++;
    counts.set(harm.name, row);
    progress.tell(`${done + 1} of ${cycles}; ${findings.summary}, silent ${findings.count('silent')}`);
  }
  progress.end();
  return Object.fromEntries([
    ['cases', cycles],
    ...[...counts].map(([name, { refused, reported, unchanged, late, silent }]) => [
      name,
      `${refused} refused, ${reported} reported, ${unchanged} without effect, ${late} found by verify alone, ${silent} silent`,
    ]),
  ]) as Figures;
}

/** Every kind of harm comes in its share, however few cases there are. */
function nthHarm(index: number): Harm {
  let at = (index * 61) % 100;
  for (const harm of HARMS) {
    at -= harm.per;
    if (at < 0) return harm;
  }
  return HARMS[0];
}

/** A directory in which 20 people have talked. */
async function prepare(run: Run, engine: Engine, name: Specimen['name']): Promise<Specimen> {
  const { random, findings, options, tree, folder, fast } = run;
  const world = new World({ tree, random: random.fork(name.length), findings, flags: options.flags });
  const directory = join(folder, name);
  try {
    if (!(await world.start())) throw new Error('no server');
    await world.gather();
    world.talk(2);
    while (world.receipts < LINES) await sleep(1);
    if (name === 'stopped') {
      await world.settle();
      await world.judge();
      await world.stop();
    } else await world.kill();
    cpSync(world.data, directory, { recursive: true, filter: (path) => !path.endsWith('.sock') });
  } finally {
    await world.remove();
  }
  // In a copy: whoever opens a log may write to it.
  const copied = join(fast, 'case');
  copy(directory, copied);
  const look = await lookInto(engine, copied);
  if (look.is === 'refused' || look.reported.length > 0) {
    throw new Error(`what was ${name} is damaged before anything was done to it: ${JSON.stringify(look)}`);
  }
  const known = new Map([...world.books].map(([room, { newest }]) => [room, newest] as const));
  for (const [room, content] of look.rooms) world.bookOf(room).judge(content);
  return { name, directory, rooms: look.rooms, known, ids: idsOf(look.rooms) };
}

function copy(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { mode: 0o700 });
  for (const name of readdirSync(from)) {
    if (name.startsWith('log.') && !name.endsWith('-shm')) copyFileSync(join(from, name), join(to, name));
  }
}

/** What nobody noticed is left to be looked at. */
function keep(directory: string, name: string): void {
  const to = join(tmpdir(), `kentongan-unnoticed-${name}`);
  rmSync(to, { recursive: true, force: true });
  cpSync(directory, to, { recursive: true });
  process.stdout.write(`   kept in ${to}\n`);
}

/** Does it, and says what exactly. */
function damage(directory: string, { name }: Harm, random: Random): string {
  const database = join(directory, 'log.db');
  const wal = join(directory, 'log.db-wal');
  const mark = join(directory, 'log.mark');
  switch (name) {
    case 'bit in log.db':
      return turnBit(database, random);
    case 'bit in the WAL':
      return turnBit(wal, random);
    case 'bit in log.mark':
      return turnBit(mark, random);
    case 'log.db cut':
      return cut(database, random);
    case 'WAL cut':
      return cut(wal, random);
    case 'WAL gone':
      return remove(wal);
    case 'log.db gone':
      return remove(database);
    case 'log.mark gone':
      return remove(mark);
    case 'log.db overwritten in part':
      return overwrite(database, random);
  }
}

function turnBit(path: string, random: Random): string {
  const at = random.below(statSync(path).size);
  const bit = random.below(8);
  const file = openSync(path, 'r+');
  const byte = new Uint8Array(1);
  readSync(file, byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ (1 << bit);
  writeSync(file, byte, 0, 1, at);
  closeSync(file);
  return `bit ${bit} of byte ${at} of ${path.slice(path.lastIndexOf('/') + 1)}`;
}

function cut(path: string, random: Random): string {
  const length = random.below(statSync(path).size);
  truncateSync(path, length);
  return `${path.slice(path.lastIndexOf('/') + 1)} cut at ${length}`;
}

function remove(path: string): string {
  rmSync(path);
  return `${path.slice(path.lastIndexOf('/') + 1)} gone`;
}

/** A page of it becomes zeros, as a disk does that has lost a block. */
function overwrite(path: string, random: Random): string {
  const page = random.below(Math.ceil(statSync(path).size / 4096));
  const file = openSync(path, 'r+');
  writeSync(file, new Uint8Array(4096), 0, 4096, page * 4096);
  closeSync(file);
  return `page ${page} of log.db zeroed`;
}

async function outcomeOf(
  run: Run,
  engine: Engine,
  specimen: Specimen,
  directory: string,
  kept: string,
): Promise<Outcome> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), LOOK_MS_MAX);
  const look = await Promise.race([lookInto(engine, directory, specimen.ids), late.promise]);
  clearTimeout(timer);
  if (look !== undefined) return await judge(run, specimen, look, kept);
  run.findings.add('stuck', `the log neither opens nor refuses within ${LOOK_MS_MAX / 1000} s`);
  return 'refused';
}

async function judge(
  { findings, tree }: Run,
  specimen: Specimen,
  look: Look,
  kept: string,
): Promise<Outcome> {
  if (look.is === 'refused') return 'refused';
  // Every room that can not be read is among what was reported.
  const reported = new Set(look.reported.map((text) => roomIn(text)));
  const difference = differenceOf(specimen, look.rooms, reported);
  if (difference !== undefined) {
    findings.add('silent', `${difference}; reported: ${look.reported.join(' ')}`);
    return 'silent';
  }
  if (look.forgotten.length > 0) {
    if (await verifyFinds(tree, kept)) return 'late';
    findings.add('silent', look.forgotten.slice(0, 3).join(', '));
    return 'silent';
  }
  return look.reported.length > 0 ? 'reported' : 'unchanged';
}

/** Whether `kentongan log verify` says that something is damaged. */
async function verifyFinds(tree: string, directory: string): Promise<boolean> {
  const { code } = await runKentongan(tree, ['log', 'verify', '--data', directory]);
  return code === 1;
}

function roomIn(text: string): string {
  return text.startsWith('{')
    ? ((JSON.parse(text) as { room?: string }).room ?? '')
    : text.replace(/ is damaged$/, '');
}

/** The same by a whole server: it refuses with words, or quarantines rooms, or serves all as it was. */
async function outcomeOfServer(run: Run, specimen: Specimen, directory: string): Promise<Outcome> {
  const { tree, options, findings } = run;
  const operatorLog = join(run.folder, 'operator.log');
  rmSync(operatorLog, { force: true });
  const server = new Server({ tree, data: directory, operatorLog, flags: options.flags });
  if (!(await server.ready())) {
    const { code } = await server.exit;
    if (code !== 1 || !/\w+ \w+ \w+/.test(server.complaint) || /\n\s+at /.test(server.complaint)) {
      findings.add('silent', `the server ended with ${code} and said: ${server.complaint}`);
    }
    return 'refused';
  }
  let outcome: Outcome = 'unchanged';
  for (const [room, content] of specimen.rooms) {
    // Private rooms are for two; the engine alone has looked at them.
    if (room.startsWith('~')) continue;
    const result = await audit(server.port, room);
    if (result.is === 'refused') outcome = 'reported';
    else if (result.is !== 'whole') {
      findings.add('silent', `${room}: ${JSON.stringify(result)}`);
      outcome = 'silent';
    } else {
      const difference = differenceOf(
        { rooms: new Map([[room, content]]), known: specimen.known },
        new Map([[room, { ...content, ...result }]]),
        new Set(),
      );
      if (difference !== undefined) {
        findings.add('silent', difference);
        outcome = 'silent';
      }
    }
  }
  await server.kill();
  return outcome;
}
