// What an operator takes away: gone for everybody, and nothing else is.
import { expect, test } from 'vitest';
import type { Erased } from '../../src/core/erasing.ts';
import { FaultCode, type Frame, Mode, systemFrame } from '../../src/protocol/index.ts';
import { faultsOf, kindOf, type RawClient, Rig } from './rig.ts';
import { ScriptedLog } from './scripted-log.ts';

const ID = new Uint8Array(16).fill(7);

function erase(rig: Rig, seq: number, room = 'lobby'): Erased[] {
  const results: Erased[] = [];
  rig.hub.erase(room, seq, (result) => results.push(result));
  rig.clock.run();
  return results;
}

function textOf(
  { kind }: Frame | undefined = systemFrame({ $case: 'removed', value: {} }),
): string | undefined {
  return kind?.$case === 'chat' && kind.value.content?.$case === 'text'
    ? kind.value.content.value
    : undefined;
}

function history(client: RawClient): Frame[] {
  const value = { start: undefined, limit: 500 };
  const [page] = client.ask(systemFrame({ $case: 'history', value }, { ref: 9, room: 'lobby' }));
  const kind = page?.kind?.$case === 'system' ? page.kind.value.kind : undefined;
  return kind?.$case === 'page' ? kind.value.entries : [];
}

test('KTG-10.16 what was said is gone for everybody, its place stays, and everybody is told', () => {
  const rig = new Rig();
  const alice = rig.client('alice', 'lobby');
  const bob = rig.client('bob', 'lobby');
  const said = alice.say('lobby', 'my password is hunter2', ID).find((frame) => frame.seq === 3);
  alice.say('lobby', 'and on');
  const before = bob.frames.length;
  expect(erase(rig, 3)).toEqual([{ seq: 5 }]);
  const removal = bob.frames.slice(before).find((frame) => kindOf(frame) === 'removal');
  expect(removal?.kind).toEqual({ $case: 'system', value: { kind: { $case: 'removal', value: { of: 3 } } } });
  expect([removal?.seq, removal?.author]).toEqual([5, undefined]);
  // In a page and in a stream that begins earlier stands the same: the place, and nothing of what was said.
  const late = rig.client('carol').join('lobby', { last: 100 });
  for (const entries of [history(bob), late.filter(({ seq }) => seq > 0)]) {
    expect(entries.map(kindOf)).toEqual(
      ['join', 'join', 'removed', 'chat', 'removal', 'join'].slice(0, entries.length),
    );
    expect(entries[2]).toEqual({
      ...systemFrame({ $case: 'removed', value: {} }),
      room: 'lobby',
      id: ID,
      seq: 3,
      time: said?.time,
      check: said?.check,
    });
  }
});

test('KTG-10.17 a retry of it is still one, and its id still stands for it', () => {
  const rig = new Rig();
  const alice = rig.client('alice', 'lobby');
  alice.say('lobby', 'halo', ID);
  erase(rig, 2);
  const [again] = alice.say('lobby', 'halo', ID);
  const stored = again?.kind?.$case === 'system' ? again.kind.value.kind : undefined;
  expect(stored).toMatchObject({ $case: 'stored', value: { seq: 2, duplicate: true } });
  expect(faultsOf(alice.say('lobby', 'other', ID))).toEqual([FaultCode.ID_REUSED]);
});

test('a position in front of it, at it and behind it holds', () => {
  const rig = new Rig();
  const alice = rig.client('alice', 'lobby');
  for (const text of ['satu', 'dua', 'tiga']) alice.say('lobby', text);
  const joined = rig.client('bob').join('lobby')[0];
  const kind = joined?.kind?.$case === 'system' ? joined.kind.value.kind : undefined;
  if (kind?.$case !== 'joined') throw new Error('not joined');
  const entries = history(alice);
  erase(rig, 3);
  const statuses = entries.slice(0, 4).map(({ seq, check }) => {
    const have = { logId: kind.value.logId, seq, check };
    const [answer] = rig.client(`carol${seq}`).join('lobby', { have, mode: Mode.QUIET });
    const found = answer?.kind?.$case === 'system' ? answer.kind.value.kind : undefined;
    return found?.$case === 'joined' ? found.value.first : answer;
  });
  expect(statuses).toEqual([2, 3, 4, 5]);
});

test('an announcement can be erased; what the members are folded from, and what erased, can not', () => {
  const rig = new Rig();
  rig.client('alice', 'lobby');
  rig.hub.announce('lobby', 'wrong room', () => undefined);
  rig.clock.run();
  expect(erase(rig, 1)).toEqual([{ refusal: 'NOT_ERASABLE' }]);
  expect(erase(rig, 2)).toEqual([{ seq: 3 }]);
  expect(erase(rig, 2)).toEqual([{ refusal: 'ERASED_ALREADY' }]);
  expect(erase(rig, 3)).toEqual([{ refusal: 'NOT_ERASABLE' }]);
  for (const seq of [0, -1, 1.5, 4, Number.NaN])
    expect(erase(rig, seq)).toEqual([{ refusal: 'NO_SUCH_ENTRY' }]);
  expect(erase(rig, 1, 'nowhere')).toEqual([{ refusal: 'NO_SUCH_ROOM' }]);
});

test('two who erase the same at the same moment erase it once', () => {
  const rig = new Rig();
  rig.client('alice', 'lobby').say('lobby', 'halo');
  const results: Erased[] = [];
  for (let i = 0; i < 3; i++) rig.hub.erase('lobby', 2, (result) => results.push(result));
  rig.clock.run();
  expect(results).toEqual([{ seq: 3 }, { refusal: 'ERASED_ALREADY' }, { refusal: 'ERASED_ALREADY' }]);
});

test('what could not be stored has erased nothing, and may be tried again', () => {
  const rig = new Rig({}, (clock) => new ScriptedLog(clock));
  const log = rig.log as ScriptedLog;
  const alice = rig.client('alice', 'lobby');
  alice.say('lobby', 'halo');
  log.auto = false;
  const results: Erased[] = [];
  for (let i = 0; i < 2; i++) rig.hub.erase('lobby', 2, (result) => results.push(result));
  rig.clock.run();
  expect([results, log.waiting('lobby')]).toEqual([[], 1]);
  log.fail('lobby', 'STORAGE_FULL');
  rig.clock.run();
  expect(textOf(history(alice)[1])).toBe('halo');
  log.commit('lobby');
  rig.clock.run();
  expect(results).toEqual([{ refusal: 'STORAGE_FULL' }, { seq: 3 }]);
  expect(kindOf(history(alice)[1] as Frame)).toBe('removed');
});

test('a server that stops erases nothing new, and stores what it has begun', () => {
  const rig = new Rig({}, (clock) => new ScriptedLog(clock));
  const log = rig.log as ScriptedLog;
  rig.client('alice', 'lobby').say('lobby', 'halo');
  rig.client('bob', 'lobby').say('lobby', 'halo');
  log.auto = false;
  const results: Erased[] = [];
  rig.hub.erase('lobby', 2, (result) => results.push(result));
  rig.clock.run();
  // Read, but not yet appended when the server begins to stop.
  rig.hub.erase('lobby', 4, (result) => results.push(result));
  let isDrained = false;
  rig.hub.drain(1, () => {
    isDrained = true;
  });
  rig.clock.run();
  expect([results, isDrained]).toEqual([[{ refusal: 'DRAINING' }], false]);
  expect(erase(rig, 4)).toEqual([{ refusal: 'DRAINING' }]);
  log.commit('lobby');
  rig.clock.run();
  expect([results[1], isDrained]).toEqual([{ seq: 5 }, true]);
});

test('who is behind, or waits for a page, is not shown it any more (KTG-10.16)', () => {
  const rig = new Rig();
  const alice = rig.client('alice', 'lobby');
  const bob = rig.client('bob', 'lobby');
  const carol = rig.client('carol', 'lobby');
  for (const client of [bob, carol]) client.answersPings = false;
  for (let n = 0; n < 40; n++) alice.say('lobby', `secret ${n} ${'x'.repeat(16_000)}`);
  // Both have filled their window. What comes next for bob has been read for him; carol asks for a page.
  const value = { start: { $case: 'before' as const, value: 44 }, limit: 3 };
  carol.ask(systemFrame({ $case: 'history', value }, { ref: 9, room: 'lobby' }));
  const had = Math.max(...bob.frames.map(({ seq }) => seq));
  expect(had).toBeGreaterThan(3);
  expect(had).toBeLessThan(20);
  for (const seq of [had + 1, had + 2, 41, 42]) expect(erase(rig, seq)[0]).toHaveProperty('seq');
  for (const client of [bob, carol]) {
    client.answersPings = true;
    for (const { kind } of client.frames.slice()) {
      const ping =
        kind?.$case === 'system' && kind.value.kind?.$case === 'ping' ? kind.value.kind : undefined;
      if (ping !== undefined) client.send(systemFrame({ $case: 'pong', value: ping.value }));
    }
  }
  rig.clock.run();
  const texts = (frames: readonly Frame[]): string[] =>
    frames.flatMap((frame) => textOf(frame)?.split(' ')[1] ?? []);
  const came = bob.frames.filter(({ seq }) => seq > had);
  expect(came.map(({ seq }) => seq)).toEqual(Array.from({ length: 47 - had }, (_, n) => had + 1 + n));
  expect(came.slice(0, 2).map(kindOf)).toEqual(['removed', 'removed']);
  expect(texts(came)).toHaveLength(43 - had - 4);
  const [page] = carol.frames.filter((frame) => kindOf(frame) === 'page');
  const entries = page?.kind?.$case === 'system' ? page.kind.value.kind : undefined;
  expect(entries?.$case === 'page' && entries.value.entries.map(kindOf)).toEqual([
    'removed',
    'removed',
    'chat',
  ]);
});
