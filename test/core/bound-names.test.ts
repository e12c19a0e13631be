// Names that belong to keys: for how long, from where, and until when.
import { describe, expect, test } from 'vitest';
import type { HubOptions } from '../../src/core/options.ts';
import { FaultCode } from '../../src/protocol/index.ts';
import { Disks } from './disks.ts';
import { faultsOf, kindOf, ManualClock, newKey, Rig } from './rig.ts';

const DAY_MS = 86_400_000;
const { AUTH_FAILED, BUSY, KEY_REQUIRED, NAME_BOUND, NAME_HELD, PASSWORD_WRONG, RATE_LIMITED, TLS_REQUIRED } =
  FaultCode;

describe('a bound name', () => {
  test('KTG-7.20 is the key’s after a restart, too', () => {
    const disks = new Disks();
    const pair = newKey();
    disks.start().client().login('Budi', pair);
    const rig = disks.start();
    expect(rig.hub.boundNames()).toMatchObject([{ name: 'Budi', key: pair.key, sessions: 0 }]);
    expect(rig.hub.status().users).toBe(0);
    expect(faultsOf(rig.client().hello('budi'))).toEqual([NAME_BOUND]);
    expect(rig.client().login('budi', pair).map(kindOf)).toContain('welcome');
    expect(disks.names.writes).toBe(1);
  });

  test.each(['STORAGE_FULL', 'STORAGE_READ_ONLY'] as const)(
    'KTG-7.20 that can not be stored (%s) is none',
    (failure) => {
      const disks = new Disks();
      const rig = disks.start();
      const client = rig.client();
      const pair = newKey();
      disks.names.failure = failure;
      expect(faultsOf(client.login('budi', pair))).toEqual([FaultCode[failure]]);
      expect(client.ended).toBe(false);
      expect(rig.hub.boundNames()).toEqual([]);
      expect(rig.hub.status().users).toBe(0);
      disks.names.failure = undefined;
      expect(rig.client().hello('budi').map(kindOf)).toContain('welcome');
      expect(client.login('budi-2', pair).map(kindOf)).toContain('welcome');
    },
  );

  test('is there before its Welcome, not after', () => {
    const disks = new Disks();
    const rig = disks.start();
    disks.names.auto = false;
    const client = rig.client();
    client.login('budi', newKey());
    rig.clock.advance(5_000);
    expect(client.frames.map(kindOf)).toEqual(['challenge']);
    expect(rig.hub.boundNames()).toEqual([]);
    disks.names.decide();
    rig.clock.run();
    expect(client.frames.map(kindOf)).toEqual(['challenge', 'welcome']);
    expect(rig.events.filter(({ event }) => event.startsWith('name-'))).toEqual([
      { event: 'name-bound', name: 'budi', address: 'test' },
    ]);
  });

  test('keeps a stopping server waiting until its release is decided, and no longer', () => {
    const disks = new Disks();
    const rig = disks.start();
    rig.client().login('budi', newKey());
    const other = rig.client();
    other.hello('cici');
    disks.names.auto = false;
    rig.hub.releaseName('budi', () => {});
    rig.hub.drain(1, () => {});
    rig.clock.run();
    expect(other.ended).toBe(false);
    disks.names.failure = 'STORAGE_READ_ONLY';
    disks.names.decide();
    rig.clock.run();
    expect(other.ended).toBe(true);
  });

  test('of two in a file with one name or one key the first one counts', () => {
    const disks = new Disks();
    const [a, b] = [newKey(), newKey()];
    const record = { boundAt: 1_790_000_000_000, usedAt: 1_790_000_000_000, source: 'test' };
    disks.names.bound.set('budi', { ...record, name: 'budi', key: a.key });
    disks.names.bound.set('BUDI', { ...record, name: 'BUDI', key: b.key });
    disks.names.bound.set('tini', { ...record, name: 'tini', key: a.key });
    const rig = disks.start();
    expect(rig.hub.boundNames().map(({ name }) => name)).toEqual(['budi']);
    expect(faultsOf(rig.client().helloWithKey('budi', b))).toEqual([NAME_BOUND]);
    expect(rig.client().login('budi', a).map(kindOf)).toContain('welcome');
  });

  test('KTG-7.23 so many can be bound in a day from one address, and the names that are bound come in', () => {
    const rig = new Rig({ bindingsPerSource: 3 });
    const pairs = [newKey(), newKey(), newKey()];
    for (const [i, pair] of pairs.entries()) {
      expect(rig.client().login(`siswa${i}`, pair).map(kindOf)).toContain('welcome');
    }
    const [fault] = rig.client().helloWithKey('siswa3', newKey());
    expect(fault?.kind).toMatchObject({
      value: { kind: { value: { code: RATE_LIMITED, limit: 3, retryAfterMs: DAY_MS } } },
    });
    for (const [i, pair] of pairs.entries()) {
      expect(rig.client().login(`siswa${i}`, pair).map(kindOf)).toContain('welcome');
    }
    expect(rig.client(undefined, undefined, 'elsewhere').login('siswa3', newKey()).map(kindOf)).toContain(
      'welcome',
    );
    rig.clock.advance(DAY_MS);
    expect(rig.client().login('siswa4', newKey()).map(kindOf)).toContain('welcome');
  });

  test('KTG-7.23 proofs that came in time can not outrun the limit', () => {
    const rig = new Rig({ bindingsPerSource: 2 });
    const waiting = Array.from({ length: 5 }, (_, i) => ({
      client: rig.client(),
      name: `siswa${i}`,
      pair: newKey(),
    }));
    for (const { client, name, pair } of waiting) client.helloWithKey(name, pair);
    const codes = waiting.map(({ client, name, pair }) => faultsOf(client.prove(name, pair)));
    expect(codes).toEqual([[], [], [RATE_LIMITED], [RATE_LIMITED], [RATE_LIMITED]]);
  });
});

const HOUR_MS = 3_600_000;

describe('KTG-7.21 a bound name that is not used', () => {
  /** A server whose disk has a name that was used so long ago, an hour after its start. */
  function unused(ms: number, options: Partial<HubOptions> = {}): { disks: Disks; rig: Rig } {
    const disks = new Disks();
    const usedAt = new ManualClock().now() - ms;
    const { key } = newKey();
    disks.names.bound.set('budi', { name: 'budi', key, boundAt: usedAt, usedAt, source: 'test' });
    const rig = disks.start(options);
    rig.clock.advance(HOUR_MS);
    return { disks, rig };
  }

  test('for 179 days is bound', () => {
    const { disks, rig } = unused(179 * DAY_MS);
    expect(faultsOf(rig.client().hello('budi'))).toEqual([NAME_BOUND]);
    expect(disks.names.bound.size).toBe(1);
  });

  test('for 180 days is free again', () => {
    const { disks, rig } = unused(180 * DAY_MS);
    expect(disks.names.bound.size).toBe(0);
    expect(rig.events).toContainEqual({ event: 'name-expired', name: 'budi' });
    expect(rig.client().hello('budi').map(kindOf)).toContain('welcome');
  });

  test('stays for ever where the operator says so', () => {
    expect(unused(10_000 * DAY_MS, { boundTtlMs: 0 }).disks.names.bound.size).toBe(1);
  });

  test('is tried again an hour later when the disk would not let it go', () => {
    const disks = new Disks();
    const rig = disks.start({ boundTtlMs: HOUR_MS });
    const client = rig.client();
    client.login('budi', newKey());
    client.session.lost();
    disks.names.failure = 'STORAGE_FULL';
    rig.clock.advance(2 * HOUR_MS);
    expect(faultsOf(rig.client().hello('budi'))).toEqual([NAME_BOUND]);
    disks.names.failure = undefined;
    rig.clock.advance(HOUR_MS);
    expect(rig.client().hello('budi').map(kindOf)).toContain('welcome');
  });

  test('lives while somebody is there under it, and for as long after that', () => {
    const disks = new Disks();
    const rig = disks.start({ boundTtlMs: 1.5 * DAY_MS });
    const client = rig.client();
    client.login('budi', newKey());
    rig.clock.advance(4 * DAY_MS);
    expect(client.ended).toBe(false);
    expect(disks.names.bound.size).toBe(1);
    // Once a day at most.
    expect(disks.names.writes).toBeLessThanOrEqual(5);
    client.session.lost();
    rig.clock.advance(11 * HOUR_MS);
    expect(disks.names.bound.size).toBe(1);
    rig.clock.advance(2 * DAY_MS);
    expect(disks.names.bound.size).toBe(0);
  });

  test('is used by each session, written once a day', () => {
    const disks = new Disks();
    const rig = disks.start();
    const pair = newKey();
    const visit = (): void => {
      const client = rig.client();
      client.login('budi', pair);
      client.session.lost();
      rig.clock.run();
    };
    for (let i = 0; i < 20; i++) visit();
    expect(disks.names.writes).toBe(1);
    rig.clock.advance(DAY_MS);
    for (let i = 0; i < 20; i++) visit();
    expect(disks.names.writes).toBe(2);
    expect(disks.names.bound.get('budi')?.usedAt).toBe(rig.clock.now());
  });
});

describe('KTG-7.21 a name that the operator releases', () => {
  function release(rig: Rig, name: string): string[] {
    const results: string[] = [];
    rig.hub.releaseName(name, (result) => results.push(result));
    expect(results).toEqual([]);
    rig.clock.run();
    return results;
  }

  test('is free at once when nobody is there', () => {
    const disks = new Disks();
    const rig = disks.start();
    const client = rig.client();
    client.login('budi', newKey());
    client.session.lost();
    rig.clock.run();
    expect(release(rig, 'BUDI')).toEqual(['released']);
    expect(disks.names.bound.size).toBe(0);
    expect(rig.events.at(-1)).toEqual({ event: 'name-released', name: 'budi' });
    expect(rig.client().hello('budi').map(kindOf)).toContain('welcome');
  });

  test('ends its sessions, and is held like every lost one', () => {
    const rig = new Rig();
    const pair = newKey();
    const devices = [rig.client(), rig.client()];
    for (const device of devices) {
      device.login('budi', pair);
      device.join('lobby');
    }
    expect(release(rig, 'budi')).toEqual(['released']);
    for (const device of devices) {
      expect(faultsOf(device.frames)).toEqual([AUTH_FAILED]);
      expect(device.ended).toBe(true);
    }
    expect(faultsOf(rig.client().hello('budi'))).toEqual([NAME_HELD]);
    rig.clock.advance(31_000);
    expect(rig.client().hello('budi').map(kindOf)).toContain('welcome');
  });

  test('may be bound anew by the same key meanwhile', () => {
    const rig = new Rig();
    const pair = newKey();
    const client = rig.client();
    client.login('budi', pair);
    client.join('lobby');
    release(rig, 'budi');
    const again = rig.client();
    expect(again.login('budi', pair).map(kindOf)).toContain('welcome');
    expect(again.join('lobby').map(kindOf)).not.toContain('fault');
    expect(rig.hub.boundNames()).toMatchObject([{ name: 'budi', sessions: 1 }]);
  });

  test('that can not be released durably is bound still, with its sessions', () => {
    const disks = new Disks();
    const rig = disks.start();
    const client = rig.client();
    const pair = newKey();
    client.login('budi', pair);
    disks.names.failure = 'STORAGE_READ_ONLY';
    expect(release(rig, 'budi')).toEqual(['STORAGE_READ_ONLY']);
    expect(client.ended).toBe(false);
    expect(rig.client().login('budi', pair).map(kindOf)).toContain('welcome');
  });

  test('is neither its key’s nor anybody’s while that is under way', () => {
    const disks = new Disks();
    const rig = disks.start();
    const pair = newKey();
    const client = rig.client();
    client.login('budi', pair);
    client.session.lost();
    rig.clock.run();
    const late = rig.client();
    late.helloWithKey('budi', pair);
    disks.names.auto = false;
    const results: string[] = [];
    for (let i = 0; i < 2; i++) rig.hub.releaseName('budi', (result) => results.push(result));
    expect(disks.names.writes).toBe(2);
    expect(faultsOf(late.prove('budi', pair))).toEqual([BUSY]);
    expect(faultsOf(rig.client().helloWithKey('budi', pair))).toEqual([BUSY]);
    expect(faultsOf(rig.client().hello('budi'))).toEqual([NAME_BOUND]);
    disks.names.decide();
    expect(results).toEqual(['released', 'released']);
    disks.names.auto = true;
    expect(late.login('budi', pair).map(kindOf)).toContain('welcome');
  });

  test.each(['nobody', 'tini', '', '../x'])('is one that is bound: %j is none', (name) => {
    const rig = new Rig();
    rig.client('tini');
    expect(release(rig, name)).toEqual(['NO_SUCH_NAME']);
  });
});

describe('KTG-6.9 KTG-6.10 who is let in', () => {
  const admission = { admits: (password: string) => password === 'rahasia' };

  test('with a password: guests and new keys need it, a bound key does not', () => {
    const disks = new Disks();
    const rig = disks.start({ admission });
    const pair = newKey();
    const nobody = rig.client();
    expect(faultsOf(nobody.hello('', { secret: new Uint8Array(0) }))).toEqual([PASSWORD_WRONG]);
    expect(faultsOf(rig.client().hello('tini'))).toEqual([PASSWORD_WRONG]);
    expect(faultsOf(rig.client().hello('tini', { password: 'Rahasia' }))).toEqual([PASSWORD_WRONG]);
    expect(rig.client().hello('tini', { password: 'rahasia' }).map(kindOf)).toContain('welcome');
    const client = rig.client();
    expect(faultsOf(client.helloWithKey('budi', pair))).toEqual([PASSWORD_WRONG]);
    expect(client.login('budi', pair, { password: 'rahasia' }).map(kindOf)).toContain('welcome');
    expect(rig.client().login('budi', pair).map(kindOf)).toContain('welcome');
    expect(disks.start({ admission }).client().login('budi', pair).map(kindOf)).toContain('welcome');
  });

  test('a wrong password says nothing about names', () => {
    const rig = new Rig({ admission });
    rig.client().hello('tini', { password: 'rahasia' });
    for (const name of ['tini', 'tinı', 'budi', '!?'])
      expect(faultsOf(rig.client().hello(name))).toEqual([PASSWORD_WRONG]);
  });

  test('who needs none because the key is bound needs one when it is not any more', () => {
    const rig = new Rig({ admission });
    const pair = newKey();
    const first = rig.client();
    first.login('budi', pair, { password: 'rahasia' });
    first.session.lost();
    rig.clock.run();
    const late = rig.client();
    late.helloWithKey('budi', pair);
    rig.hub.releaseName('budi', () => {});
    rig.clock.run();
    expect(faultsOf(late.prove('budi', pair))).toEqual([PASSWORD_WRONG]);
  });

  test('members only: no guests, nobody without a name, and new keys by the password', () => {
    const rig = new Rig({ admission, membersOnly: true });
    expect(faultsOf(rig.client().hello('tini', { password: 'rahasia' }))).toEqual([KEY_REQUIRED]);
    const nobody = rig.client();
    expect(faultsOf(nobody.hello('', { secret: new Uint8Array(0) }))).toEqual([KEY_REQUIRED]);
    expect(faultsOf(rig.client().helloWithKey('budi', newKey()))).toEqual([PASSWORD_WRONG]);
    const pair = newKey();
    expect(rig.client().login('budi', pair, { password: 'rahasia' }).map(kindOf)).toContain('welcome');
    expect(rig.client().login('budi', pair).map(kindOf)).toContain('welcome');
  });
});

describe('KTG-7.14 after a restart', () => {
  test.each([
    [false, [TLS_REQUIRED]],
    [true, []],
  ])('a member whose Join was plain: %s', (plain, codes) => {
    const disks = new Disks();
    const first = disks.start();
    const tini = first.client('tini', 'lobby', { plain });
    const second = disks.start();
    const back = second.client(undefined, undefined, { plain: true });
    back.secret = tini.secret;
    expect(faultsOf(back.hello('tini'))).toEqual(codes);
  });
});
