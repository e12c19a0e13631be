// Any sequence of doings in one room has the effects that the model foretells.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Frame } from '../../src/protocol/index.ts';
import { GRACE_MS, RealRoom, ROOM, type Wire, wordFor } from './real-room.ts';
import { EVERYBODY, type ModelEntry, RoomModel, type Who } from './room-model.ts';

interface Seat {
  readonly wire: Wire;
  /** The entry that came, or will come, first. */
  first: number;
  /** How many frames were heard before. */
  since: number;
}

interface Real {
  readonly room: RealRoom;
  readonly wires: Map<Who, Wire>;
  readonly seats: Map<Who, Seat>;
}

type Command = fc.Command<RoomModel, Real>;

/** An entry in the words of the model. */
function told({ kind, author, id }: Frame): ModelEntry {
  const who = author?.name as Who;
  if (kind?.$case !== 'chat')
    return { what: kind?.$case === 'join' ? 'join' : 'leave', who, text: '', id: 0 };
  const text = kind.value.content?.$case === 'text' ? kind.value.content.value : '';
  return { what: 'chat', who, text, id: id[0] ?? 0 };
}

/** Everybody who is in the room has heard exactly the log from where it came in. */
function compare(model: RoomModel, real: Real): void {
  for (const [who, seat] of real.seats) {
    const entries = seat.wire.heard.slice(seat.since).filter(({ seq }) => seq !== 0);
    expect(
      entries.map(({ seq }) => seq),
      who,
    ).toEqual(model.log.slice(seat.first - 1).map((_, i) => seat.first + i));
    expect(entries.map(told), who).toEqual(model.log.slice(seat.first - 1));
  }
  const status = real.room.hub.status().rooms.find(({ room }) => room === ROOM);
  expect(status?.newest).toBe(model.newest);
  expect(status?.members).toBe(model.members.length);
}

function doing(
  name: string,
  check: (m: RoomModel) => boolean,
  run: (m: RoomModel, r: Real) => void,
): Command {
  return {
    check,
    run: (model, real) => {
      run(model, real);
      real.room.settle();
      compare(model, real);
    },
    toString: () => name,
  };
}

const connect = (who: Who): Command =>
  doing(
    `${who} connects`,
    () => true,
    (model, real) => {
      model.connect(who);
      real.seats.delete(who);
      const old = real.wires.get(who);
      real.wires.set(who, real.room.connect(who));
      expect(old?.isOver ?? true).toBe(true);
    },
  );

const join = (who: Who, last: number): Command =>
  doing(
    `${who} joins, last ${last}`,
    (model) => model.connected.has(who),
    (model, real) => {
      const wire = real.wires.get(who) as Wire;
      const since = wire.heard.length;
      model.join(who);
      const ref = wire.send({ $case: 'join', value: { have: undefined, last, mode: 0 } });
      real.room.settle();
      const first = Math.max(1, model.newest - last + 1);
      expect(wire.answer(ref)).toMatchObject({
        $case: 'joined',
        value: { status: 1, first, newest: model.newest },
      });
      const roster = wire.heard.slice(since).flatMap((frame) => {
        const system = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
        return system?.$case === 'roster' ? system.value.members.map(({ name }) => name) : [];
      });
      expect(roster.toSorted()).toEqual(model.members);
      real.seats.set(who, { wire, first, since: wire.heard.findIndex((frame) => frame.ref === ref) });
    },
  );

const say = (who: Who, text: string, id: number): Command =>
  doing(
    `${who} says ${text} as ${id}`,
    (model) => model.connected.has(who),
    (model, real) => {
      const wire = real.wires.get(who) as Wire;
      const said = model.say(who, text, id);
      const value = { content: { $case: 'text', value: text }, replyTo: 0 } as const;
      const ref = wire.send({ $case: 'chat', value }, { id: new Uint8Array(16).fill(id) });
      real.room.settle();
      if (typeof said === 'string') expect(wordFor(wire.answer(ref))).toBe(said);
      else expect(wire.answer(ref)).toMatchObject({ $case: 'stored', value: said });
    },
  );

const leave = (who: Who): Command =>
  doing(
    `${who} leaves`,
    (model) => model.attached.has(who),
    (model, real) => {
      const wire = real.wires.get(who) as Wire;
      model.leave(who);
      real.seats.delete(who);
      const ref = wire.send({ $case: 'leave', value: { reason: 0, by: undefined, text: '' } });
      real.room.settle();
      expect(wire.answer(ref)).toMatchObject({ $case: 'left', value: { reason: 1, seq: model.newest } });
    },
  );

const lose = (who: Who): Command =>
  doing(
    `${who} is lost`,
    (model) => model.connected.has(who),
    (model, real) => {
      model.lose(who);
      real.seats.delete(who);
      real.wires.get(who)?.lose();
    },
  );

const graceOver = (): Command =>
  doing(
    'the grace is over',
    () => true,
    (model, real) => {
      model.graceOver();
      real.room.pass(GRACE_MS + 1);
    },
  );

const read = (who: Who, seq: number, limit: number): Command =>
  doing(
    `${who} reads ${limit} before ${seq}`,
    (model) => model.attached.has(who),
    (model, real) => {
      const wire = real.wires.get(who) as Wire;
      const ref = wire.ask({ $case: 'history', value: { start: { $case: 'before', value: seq }, limit } });
      real.room.settle();
      const answer = wire.answer(ref);
      const page = answer?.$case === 'page' ? answer.value : undefined;
      const seqs = model.before(seq, limit);
      expect(page?.entries.map((entry) => entry.seq)).toEqual(seqs);
      expect(page?.entries.map(told)).toEqual(seqs.map((each) => model.log[each - 1]));
      expect(page?.more).toBe((seqs[0] ?? 1) > 1);
    },
  );

const who = fc.constantFrom(...EVERYBODY);
const commands = fc.commands(
  [
    who.map(connect),
    who.map(connect),
    fc.tuple(who, fc.nat(4)).map(([each, last]) => join(each, last)),
    fc.tuple(who, fc.nat(4)).map(([each, last]) => join(each, last)),
    fc
      .tuple(who, fc.constantFrom('halo', 'apa kabar'), fc.integer({ min: 1, max: 12 }))
      .map((each) => say(...each)),
    fc
      .tuple(who, fc.constantFrom('halo', 'apa kabar'), fc.integer({ min: 1, max: 12 }))
      .map((each) => say(...each)),
    who.map(leave),
    who.map(lose),
    fc.constant(graceOver()),
    fc
      .tuple(who, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 9 }))
      .map((each) => read(...each)),
  ],
  { maxCommands: 80, size: 'max' },
);

test('a room does what the model foretells', () => {
  fc.assert(
    fc.property(commands, (doings) => {
      fc.modelRun(
        () => ({
          model: new RoomModel(),
          real: { room: new RealRoom(), wires: new Map(), seats: new Map() },
        }),
        doings,
      );
    }),
    { numRuns: 300 },
  );
});
