// Chapter 2.3 of docs/protocol.md on the client library of this repository: whom a client trusts.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KnownHosts } from '../../../clients/sdk/known-hosts.ts';

const A = 'aa'.repeat(32);
const B = 'bb'.repeat(32);
const [HOST, PORT] = ['kelas.example', 7660];
const SELF_SIGNED = { chainIsValid: false };
const VOUCHED = { chainIsValid: true };

let directory = '';
let told: string[] = [];
let hosts: KnownHosts;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kentongan-trust-'));
  told = [];
  hosts = new KnownHosts(join(directory, 'known-hosts'), {
    onFirstUse: (_host, _port, fingerprint) => told.push(fingerprint),
  });
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

test('KTG-2.13 what is met first is pinned, and the person is shown it', async () => {
  expect(await hosts.judge(HOST, PORT, A, SELF_SIGNED)).toEqual({ trusted: true });
  expect(told).toEqual([A]);
  expect(readFileSync(hosts.path, 'utf8')).toContain(`${HOST}:${PORT} sha256:${A} `);
});

for (const [who, facts] of [
  ['its server itself', SELF_SIGNED],
  ['an authority of this machine', VOUCHED],
] as const) {
  test(`KTG-2.12 KTG-2.14 another one than the pinned one is refused, signed by ${who}`, async () => {
    await hosts.judge(HOST, PORT, A, SELF_SIGNED);
    const judgement = await hosts.judge(HOST, PORT, B, facts);
    expect(judgement).toEqual({ trusted: false, expected: A, by: 'pin' });
    expect(await hosts.judge(HOST, PORT, A, SELF_SIGNED)).toEqual({ trusted: true });
  });

  test(`KTG-2.13 another one than that of the link is refused, signed by ${who}`, async () => {
    expect(await hosts.expecting(A).judge(HOST, PORT, B, facts)).toEqual({
      trusted: false,
      expected: A,
      by: 'invite',
    });
    expect(await hosts.list()).toEqual([]);
  });
}

test('KTG-2.13 where there are a pin and a link, the certificate must be both', async () => {
  await hosts.judge(HOST, PORT, A, SELF_SIGNED);
  for (const shown of [A, B]) {
    expect(await hosts.expecting(B).judge(HOST, PORT, shown, SELF_SIGNED)).toMatchObject({ trusted: false });
  }
  expect(await hosts.find(HOST, PORT)).toMatchObject({ fingerprint: A });
  expect(told).toEqual([A]);
});

for (const [how, say] of [
  ['accepting it', () => hosts.accept(HOST, PORT, A)],
  ['a link', () => hosts.expecting(A).judge(HOST, PORT, A, VOUCHED)],
] as const) {
  test(`KTG-2.13 KTG-2.14 what a person has set by ${how} stays, although an authority vouches for it`, async () => {
    await say();
    expect(await hosts.judge(HOST, PORT, A, VOUCHED)).toEqual({ trusted: true });
    expect(await hosts.judge(HOST, PORT, B, VOUCHED)).toEqual({ trusted: false, expected: A, by: 'pin' });
  });
}

test('KTG-2.14 a certificate for which an authority vouches is not pinned; from then on there must be one', async () => {
  expect(await hosts.judge(HOST, PORT, A, VOUCHED)).toEqual({ trusted: true });
  expect(await hosts.judge(HOST, PORT, B, VOUCHED)).toEqual({ trusted: true });
  expect(await hosts.judge(HOST, PORT, B, SELF_SIGNED)).toMatchObject({ trusted: false });
});
