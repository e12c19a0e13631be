// Who could not read for a while learns in the end what is true, and nobody has a queue.
import { expect, test } from 'vitest';
import { Mode } from '../../src/protocol/index.ts';
import { type RawClient, Rig } from './rig.ts';

/** The number of listeners that this client was told last. */
function listenersSeenBy(client: RawClient): number | undefined {
  let seen: number | undefined;
  for (const { kind } of client.frames) {
    const system = kind?.$case === 'system' ? kind.value.kind : undefined;
    if (system?.$case === 'roster' || system?.$case === 'presence') seen = system.value.listeners;
  }
  return seen;
}

function listen(rig: Rig, count: number): RawClient[] {
  return Array.from({ length: count }, () => {
    const listener = rig.client('');
    listener.join('lobby', { mode: Mode.QUIET });
    return listener;
  });
}

test.each([1, 64, 65, 100])(
  'KTG-8.17 after %i signals that nobody read, the newest state is known',
  (count) => {
    const rig = new Rig();
    const alice = rig.client('alice', 'lobby');
    alice.accepts = false;
    alice.say('lobby', 'the transport is full behind this');
    expect(listenersSeenBy(alice)).toBe(0);
    listen(rig, count);
    expect(listenersSeenBy(alice)).toBe(0);
    alice.accepts = true;
    alice.session.writable();
    rig.clock.run();
    expect(listenersSeenBy(alice)).toBe(count);
  },
);

test('KTG-8.17 who only listens is counted in and out, however it goes', () => {
  const rig = new Rig();
  const alice = rig.client('alice', 'lobby');
  const [one, other] = listen(rig, 2);
  expect(listenersSeenBy(alice)).toBe(2);
  one?.session.lost();
  rig.clock.run();
  expect(listenersSeenBy(alice)).toBe(1);
  other?.session.finish();
  rig.clock.run();
  expect(listenersSeenBy(alice)).toBe(0);
  expect(listenersSeenBy(rig.client('bob', 'lobby'))).toBe(0);
});
