// The judge itself: what it must not overlook, and what it must not take for a breach.
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { encodeBody, frameOf } from '../../src/protocol/frame.ts';
import { LOG_ID_BYTES } from '../../src/protocol/limits.ts';
import { Random } from '../support/random.ts';
import { drawPlan } from './plan.ts';
import type { StoredRoom } from './store.ts';
import { judgeLogs } from './verdict.ts';
import { World } from './world.ts';

const ROOM = 'lobby';
const NOW = 1_795_000_000_000;

describe('nothing is stored twice', () => {
  let world: World;
  let room: StoredRoom;

  beforeEach(() => {
    world = new World(drawPlan(1, new Random(1, 0)), { traced: false });
    room = world.store.create(ROOM, new Uint8Array(LOG_ID_BYTES).fill(7), undefined);
    world.store.rooms.set(ROOM, room);
  });

  /** Stores a line of one speaker under an id; a retry has the same, and is found if the first is kept. */
  function say(index: number, id = `id ${index}`): void {
    const idBytes = createHash('sha256').update(id).digest().subarray(0, 16);
    const text = { $case: 'text', value: `p4/${ROOM}/${index} ...` } as const;
    const chat = frameOf(
      { $case: 'chat', value: { content: text, replyTo: 0 } },
      { room: ROOM, id: idBytes },
    );
    room.commit({ id: idBytes, digest: new Uint8Array(32).fill(index), body: encodeBody(chat) }, NOW);
  }

  /** An old copy of the disk takes the room's place. */
  function rollBackTo(seq: number): void {
    world.store.remove(ROOM);
    room = room.copyAt(seq, 1);
    world.store.rooms.set(ROOM, room);
  }

  function verdict(): string | undefined {
    judgeLogs(world, []);
    const { violation } = world.judge;
    return violation && `${violation.rule}: ${violation.detail}`;
  }

  test('a retry of what is kept is no new entry', () => {
    say(0);
    say(0);
    expect(room.newest).toBe(1);
    expect(verdict()).toBeUndefined();
  });

  test('the same line under another id is a breach', () => {
    say(0);
    say(0, 'another');
    expect(verdict()).toBe('nothing is stored twice: lobby #2 p4/lobby/0 ..., first #1');
  });

  test('a retry that retention overtook is none', () => {
    say(0);
    say(1);
    room.truncate(3);
    say(0);
    expect(room.newest).toBe(3);
    expect(verdict()).toBeUndefined();
  });

  test('what goes only after the second time excuses nothing', () => {
    say(0);
    say(0, 'another');
    room.truncate(2);
    expect(verdict()).toBe('nothing is stored twice: lobby #2 p4/lobby/0 ..., first #1');
  });

  test('a third time is measured against the second', () => {
    say(0);
    room.truncate(2);
    say(0);
    say(0, 'another');
    expect(verdict()).toBe('nothing is stored twice: lobby #3 p4/lobby/0 ..., first #2');
  });

  test('an old copy of the disk remembers what retention had taken by then', () => {
    say(0);
    say(1);
    room.truncate(3);
    say(0);
    say(1);
    say(2);
    rollBackTo(4);
    say(3);
    expect(verdict()).toBeUndefined();
  });

  test('retention goes on with an old copy of the disk where it was', () => {
    say(0);
    say(1);
    say(2);
    room.truncate(3);
    rollBackTo(2);
    say(0);
    expect(room.newest).toBe(3);
    expect(verdict()).toBeUndefined();
  });

  test('an old copy of the disk excuses nothing that was stored twice', () => {
    say(0);
    say(0, 'another');
    room.truncate(3);
    rollBackTo(2);
    // The log that is no more would be found guilty, too.
    world.store.former.length = 0;
    expect(verdict()).toBe('nothing is stored twice: lobby #2 p4/lobby/0 ..., first #1');
  });
});
