// Those who want to be somebody else, against the real server and the real client over real sockets.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ChatClient, type ClientState, trustOnly } from '../../../clients/sdk/index.ts';
import { identityOf, makeSeed } from '../../../clients/sdk/identity.ts';
import { KnownHosts } from '../../../clients/sdk/known-hosts.ts';
import { dialTcp } from '../../../clients/sdk/tcp.ts';
import { dialTls } from '../../../clients/sdk/tls.ts';
import { FaultCode, Mark } from '../../../src/protocol/index.ts';
import { clientOf, LOOPBACK, newMaterial, passThrough, serve, standBetween, tearDown } from './secure.ts';

let folder: string;
let firstUses: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kentongan-attacks-'));
  firstUses = 0;
});
afterEach(async () => {
  await tearDown();
  rmSync(folder, { recursive: true });
});

const knownHosts = (): KnownHosts =>
  new KnownHosts(join(folder, 'known-hosts'), { onFirstUse: () => firstUses++ });
const secret = new Uint8Array(32).fill(1);

const pause = (ms: number): Promise<void> => new Promise((resume) => setTimeout(resume, ms));

/** The end of a client, for good. */
function endOf(client: ChatClient): Promise<ClientState> {
  return new Promise((resolve) => {
    client.on('state', (state) => {
      if (state.at === 'closed') resolve(state);
    });
  });
}

describe('somebody in the middle with another certificate (KTG-2.12, KTG-2.13)', () => {
  test('hears nothing of a client that knows the server', async () => {
    const hosts = knownHosts();
    const server = await serve();
    const client = clientOf({
      dial: dialTls(LOOPBACK, server.port, { trust: hosts }),
      name: 'alice',
      secret,
    });
    await client.connect();
    const view = await client.join('lobby');
    expect(firstUses).toBe(1);

    const ended = endOf(client);
    server.sockets.close();
    const middle = await standBetween(undefined, { at: server.port });
    const sent = view.send('meant for the server').catch((error: unknown) => error);
    expect(await ended).toMatchObject({
      cause: {
        reason: 'untrusted',
        certificate: {
          host: LOOPBACK,
          port: server.port,
          expected: server.fingerprint,
          presented: middle.fingerprint,
          by: 'pin',
        },
      },
    });
    expect(await sent).toMatchObject({ reason: 'untrusted' });
    await pause(100);
    expect(middle.connections()).toBe(1);
    expect(middle.heard).toEqual([]);
    expect(firstUses).toBe(1);
  });

  test('is the server from the moment that a person accepts it', async () => {
    const hosts = knownHosts();
    const old = await serve();
    const dial = dialTls(LOOPBACK, old.port, { trust: hosts });
    await clientOf({ dial, name: 'alice', secret }).connect();
    old.sockets.close();
    const renewed = await serve({}, { port: old.port });
    const second = clientOf({ dial, name: 'alice', secret });
    await expect(second.connect()).rejects.toMatchObject({ reason: 'untrusted' });
    await hosts.accept('localhost', renewed.port, renewed.fingerprint);
    expect((await clientOf({ dial, name: 'alice', secret }).connect()).name).toBe('alice');
  });

  test('hears nothing of a client that was invited with a fingerprint', async () => {
    const server = await serve();
    const middle = await standBetween(server);
    const trust = knownHosts().expecting(server.fingerprint);
    const client = clientOf({ dial: dialTls(LOOPBACK, middle.port, { trust }), name: 'alice', secret });
    await expect(client.connect()).rejects.toMatchObject({
      reason: 'untrusted',
      certificate: { expected: server.fingerprint, presented: middle.fingerprint, by: 'invite' },
    });
    await pause(50);
    expect(middle.heard).toEqual([]);
    const direct = clientOf({ dial: dialTls(LOOPBACK, server.port, { trust }), name: 'alice', secret });
    expect((await direct.connect()).name).toBe('alice');
    expect(firstUses).toBe(0);
  });
});

describe('a name that is bound to a key', () => {
  const alice = identityOf(makeSeed());

  test('is that key’s from every machine, and nobody else’s', async () => {
    const server = await serve();
    const dial = dialTls(LOOPBACK, server.port, { trust: trustOnly(server.fingerprint) });
    const owner = clientOf({ dial, name: 'alice', identity: alice });
    expect(await owner.connect()).toMatchObject({ name: 'alice', mark: Mark.BOUND });
    const second = clientOf({ dial, name: 'alice', identity: alice });
    expect(await second.connect()).toMatchObject({ name: 'alice', mark: Mark.BOUND });
    expect(owner.state.at).toBe('open');
    await Promise.all([owner.close(), second.close()]);

    const bound = { reason: 'fault', code: FaultCode.NAME_BOUND };
    const withOther = clientOf({ dial, name: 'alice', identity: identityOf(makeSeed()) });
    await expect(withOther.connect()).rejects.toMatchObject(bound);
    await expect(clientOf({ dial, name: 'alice', secret }).connect()).rejects.toMatchObject(bound);
    const unable = { key: alice.key, sign: identityOf(makeSeed()).sign };
    await expect(clientOf({ dial, name: 'alice', identity: unable }).connect()).rejects.toMatchObject({
      reason: 'fault',
      code: FaultCode.AUTH_FAILED,
    });
  });

  test('is nobody’s without TLS, not even on the same machine', async () => {
    const server = await serve();
    const client = clientOf({ dial: dialTcp(LOOPBACK, server.port), name: 'alice', identity: alice });
    await expect(client.connect()).rejects.toMatchObject({ code: FaultCode.TLS_REQUIRED });
  });
});

describe('a server that passes on what it is told (KTG-7.17, KTG-7.18)', () => {
  // The victim trusts this server: it is, for them, a server like any other.
  test.each([
    ['TLS 1.3', {}],
    ['TLS 1.2, without an exporter', { maxVersion: 'TLSv1.2' as const }],
  ])('can not use the proof that it is given over %s', async (_, options) => {
    const server = await serve();
    const relay = await standBetween(server, options);
    const dial = dialTls(LOOPBACK, relay.port, { trust: trustOnly(relay.fingerprint) });
    const victim = clientOf({ dial, name: 'alice', identity: identityOf(makeSeed()) });
    await expect(victim.connect()).rejects.toMatchObject({ reason: 'fault', code: FaultCode.AUTH_FAILED });
    // It does pass on what is not tied to it.
    expect((await clientOf({ dial, name: 'guest', secret }).connect()).name).toBe('guest');
  });

  test('can not use it even with the certificate and the key of the other one, over TLS 1.3', async () => {
    const material = newMaterial();
    const server = await serve({}, { tls: material });
    const relay = await standBetween(server, { material });
    const dial = dialTls(LOOPBACK, relay.port, { trust: trustOnly(server.fingerprint) });
    const victim = clientOf({ dial, name: 'alice', identity: identityOf(makeSeed()) });
    await expect(victim.connect()).rejects.toMatchObject({ reason: 'fault', code: FaultCode.AUTH_FAILED });
  });
});

test('a session over TLS goes on where it was, however often it is cut off', async () => {
  const server = await serve({ graceMs: 5_000 });
  const wire = await passThrough(server.port);
  const dial = dialTls(LOOPBACK, wire.port, { trust: knownHosts() });
  const alice = clientOf({ dial, name: 'alice', identity: identityOf(makeSeed()) });
  const bob = clientOf({
    dial: dialTls(LOOPBACK, server.port, { trust: trustOnly(server.fingerprint) }),
    name: 'bob',
    secret,
  });
  const seqs: number[] = [];
  const texts: string[] = [];
  alice.on('entry', (entry) => {
    seqs.push(entry.seq);
    if (entry.kind.type === 'chat') texts.push(entry.kind.text);
  });
  let opened = 0;
  alice.on('state', ({ at }) => {
    if (at === 'open') opened++;
  });
  await Promise.all([alice.connect(), bob.connect()]);
  const own = await alice.join('lobby');
  const view = await bob.join('lobby');
  const said: string[] = [];
  for (let n = 0; n < 60; n++) {
    if (n % 20 === 10) wire.cut();
    said.push(`bob ${n}`, `alice ${n}`);
    await Promise.all([view.send(`bob ${n}`), own.send(`alice ${n}`)]);
  }
  await expect.poll(() => texts.length).toBe(said.length);
  expect(texts.toSorted()).toEqual(said.toSorted());
  expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
  expect(opened).toBe(4);
  expect(firstUses).toBe(1);
});
