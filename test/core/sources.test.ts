// What is limited by where it comes from (docs/protocol.md §14).
import { describe, expect, test } from 'vitest';
import { authorOfMember } from '../../src/core/members.ts';
import { DAY_MS, MINUTE_MS, Quota } from '../../src/core/sources.ts';
import { FaultCode } from '../../src/protocol/index.ts';
import { faultsOf, kindOf, Rig } from './rig.ts';

/** The details of the only fault among what one Hello is answered with. */
function refusalOf(frames: ReturnType<Rig['client']>['frames']): { code: number; retryAfterMs: number } {
  const faults = frames.flatMap(({ kind }) => {
    const system = kind?.$case === 'system' ? kind.value.kind : undefined;
    return system?.$case === 'fault' ? [system.value] : [];
  });
  const [fault, ...more] = faults;
  if (fault === undefined || more.length > 0) throw new Error(`${faults.length} faults`);
  return fault;
}

describe('Hellos that fail', () => {
  const ATTEMPTS = 6;

  /** Asks for a name that is taken, so often, and never twice on one connection. */
  function guess(rig: Rig, times: number, source: string): number[] {
    return Array.from({ length: times }, () =>
      faultsOf(rig.client(undefined, undefined, source).hello('budi')),
    ).flat();
  }

  test('are answered unread once there were too many from one source, on whatever connection', () => {
    const rig = new Rig({ attemptsPerMinute: ATTEMPTS });
    rig.client('budi');
    expect(guess(rig, ATTEMPTS, 'here')).toEqual(Array(ATTEMPTS).fill(FaultCode.NAME_TAKEN));
    rig.clock.advance(20_000);
    const client = rig.client(undefined, undefined, 'here');
    const fault = refusalOf(client.hello('budi'));
    expect(fault).toMatchObject({
      code: FaultCode.RATE_LIMITED,
      retryAfterMs: MINUTE_MS - 20_000,
      limit: ATTEMPTS,
    });
    // Who is right is told no more than who is wrong.
    expect(faultsOf(client.hello('free'))).toEqual([FaultCode.RATE_LIMITED]);
    expect(client.ended).toBe(false);
    rig.clock.advance(0.9 * fault.retryAfterMs);
    rig.clock.advance(0.1 * fault.retryAfterMs);
    expect(rig.client(undefined, undefined, 'here').hello('free').map(kindOf)).toContain('welcome');
  });

  test('are no concern of other sources', () => {
    const rig = new Rig({ attemptsPerMinute: ATTEMPTS });
    rig.client('budi');
    guess(rig, 3 * ATTEMPTS, 'here');
    expect(guess(rig, 1, 'there')).toEqual([FaultCode.NAME_TAKEN]);
    expect(rig.client(undefined, undefined, 'there').hello('tini').map(kindOf)).toContain('welcome');
  });

  test('do not count what is no guess', () => {
    const rig = new Rig({ attemptsPerMinute: ATTEMPTS });
    for (let i = 0; i < 3 * ATTEMPTS; i++) {
      const client = rig.client();
      expect(faultsOf(client.hello('tini', { versionMin: 7, versionMax: 7 }))).toEqual([FaultCode.VERSION]);
      client.session.lost();
    }
    expect(rig.client().hello('tini').map(kindOf)).toContain('welcome');
  });

  test('still end the connection after a few', () => {
    const rig = new Rig({ attemptsPerMinute: 2, hellosMax: 4 });
    rig.client('budi');
    const client = rig.client();
    for (let i = 0; i < 4; i++) client.hello('budi');
    expect(faultsOf(client.frames)).toEqual([
      FaultCode.NAME_TAKEN,
      FaultCode.NAME_TAKEN,
      FaultCode.RATE_LIMITED,
      FaultCode.RATE_LIMITED,
      FaultCode.UNEXPECTED,
    ]);
    expect(client.ended).toBe(true);
  });

  test('0 lifts the limit', () => {
    const rig = new Rig({ attemptsPerMinute: 0 });
    rig.client('budi');
    expect(new Set(guess(rig, 500, 'here'))).toEqual(new Set([FaultCode.NAME_TAKEN]));
  });
});

describe('a quota', () => {
  test('remembers a bounded number of sources, and forgets the oldest first', () => {
    const quota = new Quota(1, DAY_MS);
    for (let i = 0; i < 25_000; i++) quota.count(`source ${i}`, i);
    expect(quota.size).toBeLessThanOrEqual(10_000);
    expect(() => quota.assertLeft('source 24999', 25_000)).toThrow('too fast');
    expect(() => quota.assertLeft('source 0', 25_000)).not.toThrow();
  });

  test('forgets what is over', () => {
    const quota = new Quota(1, MINUTE_MS);
    for (let i = 0; i < 1_000; i++) quota.count(`source ${i}`, 0);
    quota.count('late', MINUTE_MS);
    expect(quota.size).toBe(1);
  });
});

describe('names of lost sessions', () => {
  const HELD = 3;

  /** So many come, enter the class, and are lost, one a second. */
  function lose(rig: Rig, count: number, source: string, from = 0): void {
    for (let i = from; i < from + count; i++) {
      rig.client(`${source}-${i}`, 'class', source).session.lost();
      rig.clock.advance(1_000);
    }
  }

  function heldNames(rig: Rig): string[] {
    const room = rig.hub.rooms.get('class');
    return Array.from(room?.members.values() ?? [], (member) => authorOfMember(member).name);
  }

  test('are held up to a number for each source: then the grace of the longest held ends', () => {
    const rig = new Rig({ heldPerSource: HELD });
    const ani = rig.client('ani', 'class');
    lose(rig, HELD, 'here');
    lose(rig, HELD, 'there');
    expect(heldNames(rig)).toEqual(['ani', 'here-0', 'here-1', 'here-2', 'there-0', 'there-1', 'there-2']);
    lose(rig, 2, 'here', HELD);
    expect(heldNames(rig)).toEqual(['ani', 'here-2', 'there-0', 'there-1', 'there-2', 'here-3', 'here-4']);
    const leaves = ani.frames.filter((frame) => kindOf(frame) === 'leave' && frame.seq > 0);
    expect(leaves.map(({ author }) => author?.name)).toContain('here-0');
    expect(rig.client().hello('here-0').map(kindOf)).toContain('welcome');
    rig.clock.advance(60_000);
    expect(heldNames(rig)).toEqual(['ani']);
  });

  test('who comes back is not counted any more', () => {
    const rig = new Rig({ heldPerSource: HELD });
    const tini = rig.client('tini', 'class', 'here');
    const { secret } = tini;
    for (let i = 0; i < 10; i++) {
      const again = rig.client(undefined, undefined, 'here');
      again.secret = secret;
      again.hello('tini');
      again.join('class');
      again.session.lost();
    }
    lose(rig, HELD - 1, 'here');
    expect(heldNames(rig)).toEqual(['tini', 'here-0', 'here-1']);
  });

  test('private rooms end with the grace', () => {
    const rig = new Rig({ heldPerSource: 1 });
    const ani = rig.client('ani');
    const tini = rig.client('tini', undefined, 'here');
    tini.join('@ani');
    tini.session.lost();
    expect(rig.hub.users.byName('tini')).toBeDefined();
    lose(rig, 1, 'here');
    expect(rig.hub.users.byName('tini')).toBeUndefined();
    expect(faultsOf(ani.join('@tini'))).toEqual([FaultCode.NO_RECIPIENT]);
  });
});
