// What people do, and what happens to them, while things go wrong.
import { Mode } from '../../src/protocol/index.ts';
import type { Random } from '../support/random.ts';
import type { Person, Seat } from './person.ts';
import type { World } from './world.ts';

const SECOND_US = 1_000_000;

/** One person's life. Who is `staying` is there when everything has settled. */
export class Life {
  readonly person: Person;
  readonly staying: boolean;
  readonly #world: World;
  readonly #random: Random;
  readonly #mode: Mode;
  readonly #peers: readonly string[];

  constructor(world: World, random: Random, person: Person, peers: readonly string[]) {
    this.#world = world;
    this.#random = random;
    this.person = person;
    this.#peers = peers;
    this.staying = random.chance(0.75);
    const quiet = person.beside || person.identity.name === '' || random.chance(world.plan.quiet);
    this.#mode = quiet ? Mode.QUIET : random.chance(0.05) ? Mode.SEND_ONLY : Mode.MEMBER;
  }

  begin(): void {
    this.#arrive();
    this.#next();
    this.#nextCut();
  }

  /** Things no longer go wrong: the program runs if its owner stays, and ends if not. */
  conclude(): void {
    const { person } = this;
    person.link?.stall(false);
    person.client?.resume();
    if (!this.staying) {
      if (this.#random.chance(0.5)) person.close();
      else person.kill(false);
      return;
    }
    if (!person.running) this.#arrive();
    else if (person.seats.length === 0) this.#enter();
  }

  /** Somebody who stays but could not get in, or gave up, tries again. */
  persist(): void {
    if (this.staying && !this.person.running && this.#random.chance(0.5)) this.#arrive();
  }

  #arrive(): void {
    if (this.person.running) return;
    if (this.person.client !== undefined) this.person.close();
    this.person.start(() => this.#enter());
  }

  /** Takes a seat in the rooms where it was, and in some others. */
  #enter(): void {
    const { plan } = this.#world;
    const known = [...this.person.memory.keys()].filter((room) => !room.startsWith('@'));
    const wanted = new Set([...known, this.#random.pick(plan.rooms)]);
    for (const room of plan.rooms) if (this.#random.chance(0.3)) wanted.add(room);
    for (const room of wanted) this.#sit(room);
  }

  #sit(room: string): void {
    const mode = room.startsWith('~') || room.startsWith('@') ? Mode.MEMBER : this.#mode;
    const last = mode === Mode.SEND_ONLY ? 0 : this.#random.pick([0, 0, 0, 3, 200]);
    this.person.join(room, mode, last);
  }

  #next(): void {
    const { plan, queue } = this.#world;
    queue.after(this.#random.between(1, 2 * plan.paceMs) * 1000, () => {
      if (this.#world.calm) return;
      this.#act();
      this.#next();
    });
  }

  #act(): void {
    const { person } = this;
    const random = this.#random;
    if (!person.running) {
      if (random.chance(0.6)) this.#arrive();
      return;
    }
    if (random.chance(0.2)) person.remember();
    const seats = person.seats.filter(({ state }) => state === 'in');
    const seat = seats.length === 0 ? undefined : random.pick(seats);
    if (seat === undefined) {
      if (random.chance(0.5)) this.#sit(random.pick(this.#world.plan.rooms));
      return;
    }
    this.#actInRoom(seat, random.float());
  }

  #actInRoom(seat: Seat, dice: number): void {
    const { person } = this;
    const random = this.#random;
    // Who has no name can only read.
    const readsOnly = person.identity.name === '' && (dice < 0.55 || (dice >= 0.71 && dice < 0.78));
    if (readsOnly) person.history(seat);
    else if (dice < 0.55) this.#talk(seat);
    else if (dice < 0.62) this.#stall();
    else if (dice < 0.68) person.history(seat);
    else if (dice < 0.71) person.listRooms();
    else if (dice < 0.78) this.#whisper();
    else if (dice < 0.83) this.#sit(random.pick(this.#world.plan.rooms));
    else if (dice < 0.88) person.leave(seat);
    else if (dice < 0.92) this.#repeat(seat);
    else if (dice < 0.97) {
      if (random.chance(0.5)) person.remember();
      person.kill(random.chance(0.4));
    } else person.close();
  }

  #talk(seat: Seat): void {
    const { textBytesMax } = this.#world.plan;
    const long = this.#random.chance(0.5) ? textBytesMax - 60 : 20;
    for (let i = this.#random.pick([1, 1, 2, 3, 8]); i > 0; i--) {
      this.person.say(seat, this.#random.below(Math.max(1, long)));
    }
  }

  /** A screen that is frozen, or a machine that is busy, for a while. */
  #stall(): void {
    const { person } = this;
    const { client, link } = person;
    const us = this.#random.float() * this.#random.pick([0.3, 2, 12]) * SECOND_US;
    if (this.#random.chance(0.5)) {
      client?.pause();
      this.#world.queue.after(us, () => {
        this.#world.touch();
        client?.resume();
      });
    } else {
      link?.stall(true);
      this.#world.queue.after(us, () => link?.stall(false));
    }
  }

  #whisper(): void {
    const { person } = this;
    const room = `@${this.#random.pick(this.#peers)}`;
    person.join(room, Mode.MEMBER, this.#random.pick([0, 10]), (seat) => this.#talk(seat));
  }

  /** Says an old line once more, as a program does that is not sure. */
  #repeat(seat: Seat): void {
    const room = seat.view?.room;
    // On another disk it would be stored again, at a later place.
    if (room === undefined || this.#world.plan.lostDisks > 0) return;
    const last = this.person.lines
      .in(room)
      .findLast(({ state, id }) => state === 'acked' && id !== undefined);
    if (last?.id === undefined || last.log?.at(last.seq) === undefined) return;
    this.person.sayTwice(seat, last);
  }

  #nextCut(): void {
    const { plan, queue } = this.#world;
    if (plan.cuts === 0) return;
    const us = (plan.troubleMs * 1000 * 2 * this.#random.float()) / plan.cuts;
    queue.after(us, () => {
      if (this.#world.calm) return;
      this.#cut();
      this.#nextCut();
    });
  }

  #cut(): void {
    const { link } = this.person;
    if (link?.alive !== true) return;
    this.#world.judge.totals.cuts++;
    const dice = this.#random.float();
    if (dice < 0.7) link.reset();
    else link.silence(this.#random.pick(['both', 'up', 'down']));
  }
}
