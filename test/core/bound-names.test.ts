// Names that belong to keys: for how long, from where, and until when.
import { describe, expect, test } from 'vitest';
import type { HubOptions } from '../../src/core/options.ts';
import { FaultCode } from '../../src/protocol/index.ts';
import { Disks } from './disks.ts';
import { faultsOf, kindOf, ManualClock, newKey, Rig } from './rig.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const { AUTH_FAILED, BUSY, KEY_REQUIRED, NAME_BOUND, PASSWORD_WRONG, RATE_LIMITED, TLS_REQUIRED } = FaultCode;

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

describe('KTG-7.23 after a restart', () => {
  test('what was bound from an address within the day counts still, as long as it would have', () => {
    const disks = new Disks();
    const now = new ManualClock().now();
    // The disk has them in another order, and one of the day before, which does not count.
    for (const [name, hours] of [
      ['siswa1', 1],
      ['siswa0', 21],
      ['guru', 24],
    ] as const) {
      const boundAt = now - hours * HOUR_MS;
      disks.names.bound.set(name, { name, key: newKey().key, boundAt, usedAt: boundAt, source: 'test' });
    }
    const rig = disks.start({ bindingsPerSource: 2 });
    const [fault] = rig.client().helloWithKey('siswa2', newKey());
    expect(fault?.kind).toMatchObject({
      value: { kind: { value: { code: RATE_LIMITED, limit: 2, retryAfterMs: 3 * HOUR_MS } } },
    });
    expect(rig.client(undefined, undefined, 'elsewhere').login('siswa2', newKey()).map(kindOf)).toContain(
      'welcome',
    );
    rig.clock.advance(3 * HOUR_MS);
    expect(rig.client().login('siswa3', newKey()).map(kindOf)).toContain('welcome');
  });
});

describe('KTG-7.23 of names in all', () => {
  test('so many can be bound; what is released or expires makes room, and who is bound comes in', () => {
    const disks = new Disks();
    const options = { boundNamesMax: 2, boundTtlMs: 2 * DAY_MS };
    const rig = disks.start(options);
    const tini = newKey();
    rig.client().login('budi', newKey());
    rig.client().login('tini', tini);
    const late = rig.client(undefined, undefined, 'elsewhere');
    const [fault] = late.helloWithKey('wati', newKey());
    expect(fault?.kind).toMatchObject({
      value: { kind: { value: { code: RATE_LIMITED, limit: 2, retryAfterMs: HOUR_MS } } },
    });
    expect(late.hello('wati').map(kindOf)).toContain('welcome');
    rig.hub.releaseName('budi', () => {});
    rig.clock.run();
    expect(rig.client().login('sari', newKey()).map(kindOf)).toContain('welcome');
    expect(faultsOf(rig.client().helloWithKey('dewi', newKey()))).toEqual([RATE_LIMITED]);
    // Who was there before the operator made it smaller stays.
    const again = disks.start({ ...options, boundNamesMax: 1 });
    expect(again.client().login('tini', tini).map(kindOf)).toContain('welcome');
    expect(faultsOf(again.client().helloWithKey('dewi', newKey()))).toEqual([RATE_LIMITED]);
    expect(again.hub.boundNames()).toHaveLength(2);
  });

  test('proofs that came in time can not outrun the limit', () => {
    const rig = new Rig({ boundNamesMax: 2 });
    const waiting = Array.from({ length: 4 }, (_, i) => ({
      client: rig.client(),
      name: `siswa${i}`,
      pair: newKey(),
    }));
    for (const { client, name, pair } of waiting) client.helloWithKey(name, pair);
    const codes = waiting.map(({ client, name, pair }) => faultsOf(client.prove(name, pair)));
    expect(codes).toEqual([[], [], [RATE_LIMITED], [RATE_LIMITED]]);
  });
});

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
    expect(rig.hub.boundNames()).toEqual([]);
    expect(rig.events.at(-1)).toEqual({ event: 'name-released', name: 'budi' });
    expect(rig.client().hello('budi').map(kindOf)).toContain('welcome');
  });

  test('ends its sessions, and nothing is held for them: another key has the name at once', () => {
    const rig = new Rig();
    const pair = newKey();
    const devices = [rig.client(), rig.client()];
    for (const device of devices) {
      device.login('budi', pair);
      device.join('lobby');
    }
    // Its Join is still under way.
    const entering = rig.client();
    entering.login('budi', pair);
    entering.join('kelas');
    expect(release(rig, 'budi')).toEqual(['released']);
    for (const device of [...devices, entering]) {
      expect(faultsOf(device.frames)).toEqual([AUTH_FAILED]);
      expect(device.ended).toBe(true);
    }
    expect(rig.hub.status().users).toBe(0);
    expect(rig.client().login('budi', newKey()).map(kindOf)).toContain('welcome');
  });

  test('is free at once although a Join of its key was under way', () => {
    const disks = new Disks();
    const rig = disks.start();
    const client = rig.client();
    client.login('budi', newKey());
    disks.log.auto = false;
    client.join('lobby');
    rig.hub.releaseName('budi', () => {});
    rig.clock.run();
    expect(client.ended).toBe(true);
    disks.log.auto = true;
    disks.log.commit('lobby');
    rig.clock.advance(1);
    expect(rig.client().hello('budi').map(kindOf)).toContain('welcome');
  });

  test('KTG-7.27 is not its key’s for a day: not by a Hello, not by a proof that came too late', () => {
    const rig = new Rig();
    const pair = newKey();
    const client = rig.client();
    client.login('budi', pair);
    client.join('lobby');
    release(rig, 'budi');
    const [fault] = rig.client().helloWithKey('BUDI', pair);
    expect(fault?.kind).toMatchObject({
      value: { kind: { value: { code: NAME_BOUND, retryAfterMs: DAY_MS, name: 'budi' } } },
    });
    // The key may have another name meanwhile, the name another user.
    expect(rig.client().login('budi-2', pair).map(kindOf)).toContain('welcome');
    release(rig, 'budi-2');
    expect(rig.client().hello('budi').map(kindOf)).toContain('welcome');
    rig.clock.advance(DAY_MS - 1);
    expect(faultsOf(rig.client().helloWithKey('budi-2', pair))).toEqual([NAME_BOUND]);
    rig.clock.advance(1);
    expect(rig.client().login('budi-2', pair).map(kindOf)).toContain('welcome');
  });

  test('KTG-7.27 is so for the key from which it was taken last, and no other', () => {
    const disks = new Disks();
    const rig = disks.start();
    const [first, second] = [newKey(), newKey()];
    rig.client().login('budi', first);
    release(rig, 'budi');
    rig.client().login('budi', second);
    expect(rig.hub.releasedNames()).toEqual([]);
    release(rig, 'budi');
    expect(faultsOf(rig.client().helloWithKey('budi', second))).toEqual([NAME_BOUND]);
    expect(rig.client().login('budi', first).map(kindOf)).toContain('welcome');
    expect(disks.names.bound.size).toBe(1);
  });

  test('KTG-7.27 is not its key’s after a restart either, and nothing is held for what that was in', () => {
    const disks = new Disks();
    const [thief, owner] = [newKey(), newKey()];
    const first = disks.start();
    const client = first.client();
    client.login('budi', thief);
    client.join('lobby');
    disks.log.auto = false;
    // The process dies before the room knows of it.
    expect(release(first, 'budi')).toEqual(['released']);
    const { key } = thief;
    expect(first.hub.releasedNames()).toMatchObject([
      { name: 'budi', key, until: first.clock.now() + DAY_MS },
    ]);
    disks.log.fail('lobby');
    disks.log.auto = true;
    const rig = disks.start();
    rig.clock.run();
    expect(rig.hub.boundNames()).toEqual([]);
    expect(rig.hub.releasedNames()).toMatchObject([{ name: 'budi', key }]);
    expect(faultsOf(rig.client().helloWithKey('budi', thief))).toEqual([NAME_BOUND]);
    expect(rig.client().login('budi', owner).map(kindOf)).toContain('welcome');
    expect(disks.start().hub.releasedNames()).toEqual([]);
  });

  test('KTG-7.27 is forgotten when the day is over, unless somebody has bound it', () => {
    const disks = new Disks();
    const rig = disks.start();
    const pair = newKey();
    for (const name of ['budi', 'tini']) {
      const client = rig.client();
      client.login(name, name === 'budi' ? pair : newKey());
      client.session.lost();
      release(rig, name);
    }
    expect([...disks.names.bound.keys()]).toEqual(['budi', 'tini']);
    rig.clock.advance(DAY_MS - HOUR_MS / 2);
    expect(disks.names.bound.size).toBe(2);
    // Whoever binds it while the old record is still there keeps it.
    disks.names.auto = false;
    const late = rig.client();
    late.login('budi', newKey());
    rig.clock.advance(2 * HOUR_MS);
    disks.names.auto = true;
    disks.names.decide();
    rig.clock.run();
    rig.clock.advance(2 * HOUR_MS);
    expect([...disks.names.bound.keys()]).toEqual(['budi']);
    expect(rig.hub.boundNames()).toMatchObject([{ name: 'budi' }]);
    expect(disks.names.bound.get('budi')?.releasedAt).toBeUndefined();
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
    expect(faultsOf(late.helloWithKey('budi', pair))).toEqual([NAME_BOUND]);
    expect(late.login('budi', newKey()).map(kindOf)).toContain('welcome');
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
