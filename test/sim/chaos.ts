// What happens to the server while things go wrong.
import type { Random } from '../support/random.ts';
import { userOf } from './user.ts';
import type { World } from './world.ts';

export class Chaos {
  readonly #world: World;
  readonly #random: Random;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
  }

  begin(): void {
    const { plan } = this.#world;
    this.#scatter(plan.crashes, () => this.#crash('nothing'));
    this.#scatter(plan.lostDisks, () => this.#crash(this.#random.pick(['wipe', 'roll back'])));
    this.#scatter(plan.restarts, () => this.#world.restart(this.#random.float() * 3_000));
    this.#scatter(plan.diskTroubles, () => this.#troubleDisk());
    this.#scatter(plan.truncations, () => this.#truncate());
    this.#scatter(plan.clockJumps, () => this.#world.jumpClock(this.#random.between(-90_000, 90_000)));
    this.#scatter(plan.people > 50 ? 0 : 1, () => this.#announce());
    this.#scatter(plan.erasures, () => this.#erase());
    this.#scatter(plan.releases, () => this.#release());
  }

  #scatter(times: number, happen: () => void): void {
    for (let i = 0; i < times; i++) {
      const ms = this.#random.float() * this.#world.plan.troubleMs * 0.95;
      this.#world.queue.after(ms * 1000, () => {
        if (!this.#world.calm) happen();
      });
    }
  }

  #crash(loss: 'nothing' | 'wipe' | 'roll back'): void {
    const world = this.#world;
    if (world.hub === undefined) return;
    world.crash();
    if (loss === 'wipe') world.store.wipe();
    if (loss === 'roll back') world.store.rollBack(this.#random, this.#random.uint32());
    world.judge.restarted();
    world.queue.after(this.#random.float() * 4_000_000, () => {
      world.start();
      // Those who come back now read what lies on the disk; retention may be faster.
      if (world.plan.truncations > 0) this.#truncateSoon(this.#random.between(0, 4));
    });
  }

  #truncateSoon(times: number): void {
    for (let i = 0; i < times; i++) {
      this.#world.queue.after(this.#random.float() * 1_500_000, () => {
        if (!this.#world.calm) this.#truncate();
      });
    }
  }

  #troubleDisk(): void {
    const { log, queue } = this.#world;
    if (log === undefined) return;
    const failure = this.#random.pick(['STORAGE_FULL', 'STORAGE_READ_ONLY'] as const);
    log.health = { state: 'failing', failure, chance: this.#random.pick([0.1, 0.5, 1]) };
    queue.after(this.#random.float() * 5_000_000, () => {
      log.health = { state: 'well' };
    });
  }

  #truncate(): void {
    const { log, store } = this.#world;
    const rooms = [...store.rooms.keys()];
    if (log !== undefined && rooms.length > 0) log.truncate(this.#random.pick(rooms));
  }

  /** Mostly something new, so that many have it in hand and others not yet. */
  #erase(): void {
    const { hub, judge, store } = this.#world;
    const names = [...store.rooms.keys()];
    if (hub === undefined || names.length === 0) return;
    const name = this.#random.pick(names);
    const room = judge.room(name);
    const newest = room?.newest ?? 0;
    const of = this.#random.between(this.#random.chance(0.6) ? Math.max(1, newest - 6) : 1, newest + 1);
    hub.erase(name, of, (result) => {
      if ('refusal' in result) return;
      const { erased } = room?.at(of) ?? {};
      judge.check(erased?.by === result.seq, 'what is erased is gone', () => `${name} #${of}`);
      judge.totals.erasures++;
    });
  }

  #release(): void {
    const { hub, judge } = this.#world;
    const names = hub?.boundNames() ?? [];
    if (hub === undefined || names.length === 0) return;
    const { name, key } = this.#random.pick(names);
    judge.releasing(userOf({ key }));
    hub.releaseName(name, (result) => {
      const isFree = hub.boundNames().every((each) => each.name !== name);
      judge.check(result !== 'released' || isFree, 'a released name is not bound', () => name);
    });
  }

  #announce(): void {
    const { hub, plan, judge } = this.#world;
    const room = this.#random.pick(plan.rooms);
    hub?.announce(room, 'perhatian', (result) => {
      const known = 'fault' in result || judge.room(room)?.at(result.seq) !== undefined;
      judge.check(known, 'acknowledged means durable', () => `announcement ${room}`);
    });
  }
}
