// A History while retention takes entries away (docs/protocol.md, KTG-10.11).
import { expect, test } from 'vitest';
import { type Frame, frameOf } from '../../src/protocol/index.ts';
import { type RawClient, Rig } from './rig.ts';
import { ScriptedLog } from './scripted-log.ts';

function history(ref: number, start: { after: number } | { before: number }, limit: number): Frame {
  const value =
    'after' in start
      ? { start: { $case: 'after' as const, value: start.after }, limit }
      : { start: { $case: 'before' as const, value: start.before }, limit };
  return frameOf({ $case: 'system', value: { kind: { $case: 'history', value } } }, { ref, room: 'lobby' });
}

function pageOf(client: RawClient, ref: number): { seqs: number[]; oldest: number; more: boolean } {
  for (const frame of client.frames) {
    const system = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
    if (frame.ref !== ref || system?.$case !== 'page') continue;
    const { entries, oldest, more } = system.value;
    return { seqs: entries.map(({ seq }) => seq), oldest, more };
  }
  throw new Error(`no page for ${ref}`);
}

test('KTG-10.12 after an entry come the nearest ones that are left, however many went meanwhile', () => {
  const logs: ScriptedLog[] = [];
  const rig = new Rig({}, (clock) => {
    const log = new ScriptedLog(clock);
    logs.push(log);
    return log;
  });
  const alice = rig.client('alice', 'lobby');
  for (let i = 0; i < 200; i++) alice.say('lobby', 'x'.repeat(900));
  alice.send(history(8, { after: 2 }, 3));
  // Behind the turn in which it is asked for, before it is read: all of it is gone.
  rig.clock.defer(() => logs[0]?.truncate('lobby', 40_000));
  rig.clock.run();
  const { seqs, oldest, more } = pageOf(alice, 8);
  expect(oldest).toBeGreaterThan(10);
  expect(seqs).toEqual([oldest, oldest + 1, oldest + 2]);
  expect(more).toBe(true);
});
