import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressText,
  checkCode,
  parseServer,
  parseTarget,
  stateKey,
  TargetError,
} from '../../../clients/cli/target.ts';
import { runs } from '../../runs.ts';

const HERE = {
  transport: 'tls',
  name: undefined,
  host: '127.0.0.1',
  port: 7660,
  room: 'lobby',
  fingerprint: undefined,
  code: undefined,
};
const PLAIN = { ...HERE, transport: 'plain' };
const FINGERPRINT = '0123456789abcdef'.repeat(4);
const COLONS = (FINGERPRINT.match(/../g) ?? []).join(':').toUpperCase();

function problemOf(text: string): string {
  try {
    parseTarget(text);
    return 'none';
  } catch (error) {
    if (error instanceof TargetError) return error.problem;
    throw error;
  }
}

describe('a target', () => {
  test.each([
    ['', HERE],
    ['alice@', { ...HERE, name: 'alice' }],
    ['/physics', { ...HERE, room: 'physics' }],
    ['alice@/physics', { ...HERE, name: 'alice', room: 'physics' }],
    ['example.org', { ...HERE, host: 'example.org' }],
    ['example.org:7661', { ...HERE, host: 'example.org', port: 7661 }],
    [':7661', { ...HERE, port: 7661 }],
    [
      'alice@10.0.0.1:7661/Physics',
      { ...HERE, name: 'alice', host: '10.0.0.1', port: 7661, room: 'physics' },
    ],
    ['[::1]:7660', { ...HERE, host: '::1' }],
    ['[::1]', { ...HERE, host: '::1' }],
    ['::1', { ...HERE, host: '::1' }],
    ['::1/physics', { ...HERE, host: '::1', room: 'physics' }],
    ['[fe80::1%eth0]:7661/physics', { ...HERE, host: 'fe80::1%eth0', port: 7661, room: 'physics' }],
    ['alice@host/@bob', { ...HERE, name: 'alice', host: 'host', room: '@bob' }],
    ['host/', { ...HERE, host: 'host' }],
    ['kentongan+plain://10.0.0.1:7661/physics', { ...PLAIN, host: '10.0.0.1', port: 7661, room: 'physics' }],
    ['KENTONGAN+PLAIN://alice@[::1]/lobby', { ...PLAIN, name: 'alice', host: '::1' }],
    ['kentongan+plain://10.0.0.1/%E7%89%A9%E7%90%86', { ...PLAIN, host: '10.0.0.1', room: '物理' }],
    ['kentongan://host', { ...HERE, host: 'host' }],
    [
      `kentongan://alice@host:7661/physics#${FINGERPRINT}`,
      { ...HERE, name: 'alice', host: 'host', port: 7661, room: 'physics', fingerprint: FINGERPRINT },
    ],
    [`Kentongan://host/#sha256:${COLONS}`, { ...HERE, host: 'host', fingerprint: FINGERPRINT }],
    [
      `kentongan://host:7661/lobby?code=K3-x%20%2F&v=2#${COLONS}`,
      { ...HERE, host: 'host', port: 7661, code: 'K3-x /', fingerprint: FINGERPRINT },
    ],
    ['kentongan://host?code=x', { ...HERE, host: 'host', code: 'x' }],
    ['kentongan://[fe80::1%25eth0]:7661/lobby', { ...HERE, host: 'fe80::1%eth0', port: 7661 }],
    ['kentongan+plain://host/lobby?code=x', { ...PLAIN, host: 'host', code: 'x' }],
    ['田中@host/物理', { ...HERE, name: '田中', host: 'host', room: '物理' }],
  ])('%j', (text, target) => {
    expect(parseTarget(text)).toEqual(target);
  });

  test.each([
    ['@host', 'form'],
    ['host:0', 'port'],
    ['host:65536', 'port'],
    ['host:http', 'port'],
    ['host:', 'port'],
    ['[::1]x', 'form'],
    ['[::1', 'form'],
    ['a:b:c', 'form'],
    ['two words', 'form'],
    ['a@b@c', 'form'],
    ['host/two words', 'room'],
    ['host/@', 'room'],
    ['host/a/b', 'room'],
    ['host/~secret', 'room'],
    ['kentongan://host/lobby#', 'fingerprint'],
    [`kentongan://host/lobby#${FINGERPRINT}0`, 'fingerprint'],
    [`kentongan://host/lobby#${FINGERPRINT.slice(1)}`, 'fingerprint'],
    [`kentongan://host/lobby#${FINGERPRINT.replace('a', 'g')}`, 'fingerprint'],
    [`kentongan+plain://host/lobby#${FINGERPRINT}`, 'plainFingerprint'],
    [`host/lobby#${FINGERPRINT}`, 'room'],
    [`host#${FINGERPRINT}`, 'form'],
    ['kentongan://host/?code=', 'code'],
    ['kentongan://host/?code=a&code=b', 'code'],
    [`kentongan://host/?code=${'x'.repeat(129)}`, 'code'],
    ['kentongan://host/a/b', 'room'],
    ['https://host/', 'scheme'],
    ['http://host/', 'scheme'],
    ['kentongan+plain://host/%zz', 'form'],
  ])('%j is refused: %s', (text, problem) => {
    expect(problemOf(text)).toBe(problem);
  });

  test('gives an answer or a TargetError for every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const problems = [
          'none',
          'form',
          'port',
          'room',
          'scheme',
          'fingerprint',
          'plainFingerprint',
          'code',
        ];
        for (const scheme of ['', 'kentongan://', 'kentongan+plain://'])
          expect(problems).toContain(problemOf(`${scheme}${text}`));
      }),
      runs(1_000),
    );
  });

  test('is read back from what is shown of it', () => {
    const host = fc.constantFrom('example.org', '10.0.0.1', '::1', 'fe80::1%eth0');
    fc.assert(
      fc.property(host, fc.integer({ min: 1, max: 65_535 }), (name, port) => {
        expect(parseTarget(addressText({ host: name, port }))).toMatchObject({ host: name, port });
      }),
      runs(200),
    );
  });
});

test('this machine is one server under all the names that it has for itself', () => {
  const keys = ['127.0.0.1', '127.0.1.1', 'localhost', 'LOCALHOST', '::1'].map((host) =>
    stateKey({ transport: 'tls', host, port: 7660 }),
  );
  expect(new Set(keys)).toEqual(new Set(['localhost:7660']));
  expect(stateKey({ transport: 'tls', host: 'Example.ORG.', port: 1 })).toBe('example.org:1');
});

test('what is kept for a server with TLS is not what is kept for it without', () => {
  expect(stateKey(parseTarget('kentongan+plain://host'))).not.toBe(stateKey(parseTarget('host')));
});

test('a server alone is a host, perhaps with a port', () => {
  expect(parseServer('host')).toEqual({ host: 'host', port: 7660 });
  expect(parseServer('[::1]:7661')).toEqual({ host: '::1', port: 7661 });
  for (const text of ['', 'alice@host', 'host/lobby', 'kentongan://host', 'host#x', 'host?x'])
    expect(() => parseServer(text)).toThrow(TargetError);
});

test('a code has as many bytes as the protocol allows', () => {
  expect(checkCode('é'.repeat(64))).toBe('é'.repeat(64));
  expect(() => checkCode(`${'é'.repeat(64)}x`)).toThrow(TargetError);
});
