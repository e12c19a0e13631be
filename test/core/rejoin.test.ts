// A Join of a room in which the session already is moves its place; there is never more than one stream.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Frame, systemFrame } from '../../src/protocol/index.ts';
import { kindOf, Rig } from './rig.ts';

function seqsBehindJoined(frames: readonly Frame[]): number[] {
  const joined = frames.findLastIndex((frame) => kindOf(frame) === 'joined');
  return frames.slice(joined + 1).flatMap(({ seq }) => (seq > 0 ? [seq] : []));
}

test('KTG-8.6 KTG-1.2 behind each Joined comes one contiguous run from its first on, and nothing twice', () => {
  const step = fc.oneof(fc.constant('say' as const), fc.integer({ min: 1, max: 9 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const rig = new Rig();
      const alice = rig.client('alice', 'lobby');
      const bob = rig.client('bob', 'lobby');
      for (const what of steps) {
        if (what === 'say') bob.say('lobby', 'halo');
        else alice.join('lobby', { last: what });
      }
      alice.join('lobby', { last: 3 });
      bob.say('lobby', 'and on');
      bob.say('lobby', 'and on');
      const seqs = seqsBehindJoined(alice.frames);
      const newest = rig.hub.status().rooms.find(({ room }) => room === 'lobby')?.newest ?? 0;
      const first = Math.max(1, newest - 4);
      expect(seqs).toEqual(Array.from({ length: newest - first + 1 }, (_, i) => first + i));
    }),
  );
});

test('KTG-8.6 what a far-behind stream had still to bring is not brought by two', () => {
  const rig = new Rig();
  const bob = rig.client('bob', 'lobby');
  for (let i = 0; i < 20; i++) bob.say('lobby', 'x'.repeat(16_000));
  const alice = rig.client('alice');
  alice.answersPings = false;
  alice.join('lobby', { last: 20 });
  const before = alice.frames.filter(({ seq }) => seq > 0).length;
  expect(before).toBeLessThan(20);
  alice.join('lobby', { last: 20 });
  // Also those that come meanwhile, each in its turn.
  for (let i = 0; i < alice.frames.length; i++) {
    const kind = alice.frames[i]?.kind;
    const ping = kind?.$case === 'system' ? kind.value.kind : undefined;
    if (ping?.$case === 'ping') alice.ask(systemFrame({ $case: 'pong', value: { nonce: ping.value.nonce } }));
  }
  const seqs = seqsBehindJoined(alice.frames);
  expect(seqs).toEqual(seqs.map((_, i) => (seqs[0] ?? 0) + i));
  expect(seqs).toHaveLength(20);
});
