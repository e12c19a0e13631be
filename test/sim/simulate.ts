// One run: a seed in, what happened out.
import { keyPairOf } from '../support/key.ts';
import { Random } from '../support/random.ts';
import { Chaos } from './chaos.ts';
import { Impostor } from './impostor.ts';
import type { Totals, Violation } from './judge.ts';
import { type Identity, Person } from './person.ts';
import { drawPlan, type Plan } from './plan.ts';
import { Life } from './script.ts';
import { MANNERS, Stranger } from './stranger.ts';
import { judgeLogs, unsettled } from './verdict.ts';
import { World } from './world.ts';

export interface RunResult {
  readonly seed: number;
  readonly plan: Plan;
  readonly totals: Totals;
  readonly violation: Violation | undefined;
  /** Equal for two runs only if everything happened alike. */
  readonly fingerprint: string;
  readonly trace: readonly string[];
}

/** Longer than every grace, stall and time-out together. */
const SETTLE_MS_MAX = 400_000;
const SETTLE_STEP_MS = 1_000;

/** Runs a seed to its end. Never rejects: what goes wrong is in the result. */
export async function simulate(
  seed: number,
  options: { readonly traced?: boolean } = {},
): Promise<RunResult> {
  const plan = drawPlan(seed, new Random(seed, 0));
  const world = new World(plan, { traced: options.traced === true });
  const random = new Random(seed, 2);
  world.start();
  const people = populate(world, random.fork(1));
  const lives = people.map((person, i) => {
    const peers = people.filter((_, j) => i !== j).map(({ identity }) => identity.name || 'nobody');
    return new Life(world, random.fork(i), person, peers);
  });
  for (const life of lives) {
    world.queue.after(random.float() * plan.troubleMs * 200, () => life.begin());
  }
  for (let i = 0; i < plan.strangers; i++) {
    const stranger = new Stranger(world, random.fork(i), `s${i}`, random.pick(MANNERS));
    world.queue.after(random.float() * plan.troubleMs * 300, () => stranger.visit());
  }
  const victims = people.map(({ identity }) => identity).filter(({ keys }) => keys !== undefined);
  for (let i = 0; i < plan.impostors; i++) {
    const impostor = new Impostor(world, random.fork(i), `i${i}`, victims);
    world.queue.after(random.float() * plan.troubleMs * 300, () => impostor.visit());
  }
  new Chaos(world, random.fork(3)).begin();
  world.judge.totals.clients = plan.people + plan.strangers + plan.impostors;
  await world.advance(plan.troubleMs);
  await settle(world, lives);
  judgeLogs(world, people);
  if (plan.drains && world.judge.violation === undefined) await drain(world);
  const { totals, violation } = world.judge;
  return { seed, plan, totals, violation, fingerprint: world.fingerprint, trace: world.trace ?? [] };
}

function populate(world: World, random: Random): Person[] {
  const people: Person[] = [];
  for (let i = 0; i < world.plan.people; i++) {
    const other = people.length > 0 ? random.pick(people) : undefined;
    const dice = random.float();
    // Half of the guests have no TLS; who has a key has.
    const keys = random.chance(world.plan.keyed) ? keyPairOf(random.bytes(32)) : undefined;
    const plain = keys === undefined && random.chance(0.5);
    let identity: Identity = { name: `u${i}`, secret: random.bytes(32), plain, ...(keys && { keys }) };
    let beside = false;
    // The same name for another user, perhaps in other letters; a second program of the same user; nobody.
    if (other !== undefined && other.identity.name !== '' && dice < 0.06) {
      const { name } = other.identity;
      identity = { ...identity, name: random.chance(0.5) ? name : name.toUpperCase() };
    } else if (other !== undefined && other.identity.name !== '' && dice < 0.12) {
      identity = other.identity;
      beside = true;
    } else if (dice < 0.16) {
      identity = { name: '', secret: new Uint8Array(0), plain };
    }
    people.push(new Person(world, random.fork(i), `p${i}`, identity, beside));
  }
  return people;
}

/** No more faults: everything must come right by itself. */
async function settle(world: World, lives: readonly Life[]): Promise<void> {
  if (world.judge.violation !== undefined) return;
  world.settleDown();
  for (const life of lives) life.conclude();
  let problem: string | undefined = 'not begun';
  for (let ms = 0; ms < SETTLE_MS_MAX && problem !== undefined; ms += SETTLE_STEP_MS) {
    await world.advance(SETTLE_STEP_MS);
    if (world.judge.violation !== undefined) return;
    if (ms % 5_000 === 0) for (const life of lives) life.persist();
    problem = unsettled(world, lives);
  }
  if (problem !== undefined) world.judge.broken('everything settles', problem);
}

async function drain(world: World): Promise<void> {
  let drained = false;
  world.drain(() => {
    drained = true;
  });
  await world.advance(30_000);
  if (!drained) world.judge.broken('a drain ends', '');
  for (const tap of world.taps.values()) {
    if (tap.open) world.judge.broken('a drain ends every session', tap.label);
  }
}
