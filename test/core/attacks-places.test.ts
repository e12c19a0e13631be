// One client that takes the places of all.
import { expect, test } from 'vitest';
import { type Frame, FaultCode, frameOf } from '../../src/protocol/index.ts';
import { faultsOf, kindOf, RawClient, Rig } from './rig.ts';

test('KTG-5.14 those who say no Hello keep nobody out who does', () => {
  const rig = new Rig({ unwelcomedMax: 3 });
  const mutes = [rig.client(), rig.client(), rig.client()];
  const alice = rig.client();
  expect(alice.hello('alice').map(kindOf)).toContain('welcome');
  expect(mutes.map(({ frames }) => faultsOf(frames))).toEqual([[FaultCode.HELLO_TIMEOUT], [], []]);
  const bob = rig.client('bob');
  expect(bob.frames.map(kindOf)).toContain('welcome');
  expect(mutes.map(({ ended }) => ended)).toEqual([true, false, false]);
});

test('KTG-5.14 who comes again and again from one address pushes out nobody who comes from another', () => {
  const rig = new Rig({ unwelcomedMax: 4 });
  const slow = new RawClient(rig, 'far away');
  const mutes = Array.from({ length: 20 }, () => new RawClient(rig, 'mallory'));
  expect(slow.ended).toBe(false);
  expect(mutes.filter(({ ended }) => !ended)).toEqual(mutes.slice(-3));
  expect(slow.hello('alice').map(kindOf)).toContain('welcome');
  expect(slow.frames.map(kindOf)).not.toContain('fault');
});

const ROOMS = 300;

function visit(room: string): Frame[] {
  const join = { have: undefined, last: 0, mode: 0 as const };
  const leave = { reason: 0 as const, by: undefined, text: '' };
  return [
    frameOf({ $case: 'join', value: join }, { ref: 7, room }),
    frameOf({ $case: 'leave', value: leave }, { ref: 8, room }),
  ];
}

test('KTG-8.3 rooms that somebody made and left keep nobody from making another', () => {
  const rig = new Rig({ requestRate: 0, roomsMax: ROOMS });
  const alice = rig.client('alice', 'class');
  alice.join('empty');
  for (const text of ['one', 'two', 'three']) alice.say('class', text);
  alice.ask(visit('class')[1] as Frame);
  const mallory = rig.client('mallory');
  for (let i = 0; i < ROOMS + 10; i++) {
    expect(faultsOf(mallory.ask(...visit(`r${i}`)))).toEqual([]);
    mallory.frames.length = 0;
  }
  expect(rig.hub.status().rooms).toHaveLength(ROOMS);
  for (const room of ['lobby', 'class', 'empty']) expect(rig.hub.rooms.get(room)).toBeDefined();
  expect(rig.hub.rooms.get('r0')).toBeUndefined();
  rig.client('bob');
  expect(faultsOf(alice.join('@bob'))).toEqual([]);
});
