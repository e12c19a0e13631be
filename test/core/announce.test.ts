// What the operator says to a room: stored as everything else, or refused by the right name.
import { expect, test } from 'vitest';
import { kindOf, Rig } from './rig.ts';
import { ScriptedLog } from './scripted-log.ts';

type Result = { seq: number } | { fault: string };

function scripted(): { rig: Rig; log: ScriptedLog; announce: (room: string, text: string) => Result[] } {
  const rig = new Rig({}, (clock) => new ScriptedLog(clock));
  const announce = (room: string, text: string): Result[] => {
    const results: Result[] = [];
    rig.hub.announce(room, text, (result) => results.push(result));
    return results;
  };
  return { rig, log: rig.log as ScriptedLog, announce };
}

test('a refusal says which fault it is', () => {
  const { rig, log, announce } = scripted();
  expect(announce('nowhere', 'x')).toEqual([{ fault: 'NO_SUCH_ROOM' }]);
  expect(announce('lobby', '')).toEqual([{ fault: 'BAD_FIELD' }]);
  expect(announce('lobby', 'x'.repeat(16_385))).toEqual([{ fault: 'TEXT_TOO_LONG' }]);
  log.auto = false;
  const failed = announce('lobby', 'x');
  log.fail('lobby', 'STORAGE_FULL');
  rig.clock.run();
  expect(failed).toEqual([{ fault: 'STORAGE_FULL' }]);
});

test('a server that stops says nothing new, and delivers what it has said', () => {
  const { rig, log, announce } = scripted();
  const alice = rig.client('alice', 'lobby');
  log.auto = false;
  const said = announce('lobby', 'makan siang');
  let isDrained = false;
  rig.hub.drain(1, () => {
    isDrained = true;
  });
  rig.clock.run();
  expect([isDrained, alice.ended]).toEqual([false, false]);
  expect(announce('lobby', 'too late')).toEqual([{ fault: 'DRAINING' }]);
  log.commit('lobby');
  rig.clock.run();
  expect(said).toEqual([{ seq: 2 }]);
  expect(alice.frames.map(kindOf)).toContain('notice');
  expect(isDrained).toBe(true);
});

test('a server that stops does not wait for an announcement that nobody hears', () => {
  const { rig, log, announce } = scripted();
  rig.client('alice');
  log.auto = false;
  announce('lobby', 'to an empty room');
  let isDrained = false;
  rig.hub.drain(1, () => {
    isDrained = true;
  });
  log.commit('lobby');
  rig.clock.run();
  expect(isDrained).toBe(true);
});
