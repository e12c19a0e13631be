import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressText, parseTarget, serverKey, TargetError } from '../../../clients/cli/target.ts';
import { runs } from '../../runs.ts';

const HERE = { name: undefined, host: '127.0.0.1', port: 7660, room: 'lobby' };

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
    ['alice@10.0.0.1:7661/Physics', { name: 'alice', host: '10.0.0.1', port: 7661, room: 'physics' }],
    ['[::1]:7660', { ...HERE, host: '::1' }],
    ['[::1]', { ...HERE, host: '::1' }],
    ['::1', { ...HERE, host: '::1' }],
    ['::1/physics', { ...HERE, host: '::1', room: 'physics' }],
    ['[fe80::1%eth0]:7661/physics', { ...HERE, host: 'fe80::1%eth0', port: 7661, room: 'physics' }],
    ['alice@host/@bob', { name: 'alice', host: 'host', port: 7660, room: '@bob' }],
    ['host/', { ...HERE, host: 'host' }],
    ['kentongan+plain://10.0.0.1:7661/physics', { ...HERE, host: '10.0.0.1', port: 7661, room: 'physics' }],
    ['KENTONGAN+PLAIN://alice@[::1]/lobby', { ...HERE, name: 'alice', host: '::1' }],
    ['kentongan+plain://10.0.0.1/%E7%89%A9%E7%90%86', { ...HERE, host: '10.0.0.1', room: '物理' }],
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
    ['kentongan://host/lobby', 'tls'],
    ['http://host/', 'scheme'],
    ['kentongan+plain://host/%zz', 'form'],
  ])('%j is refused: %s', (text, problem) => {
    expect(problemOf(text)).toBe(problem);
  });

  test('gives an answer or a TargetError for every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(['none', 'form', 'port', 'room', 'tls', 'scheme']).toContain(problemOf(text));
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
    serverKey({ host, port: 7660 }),
  );
  expect(new Set(keys)).toEqual(new Set(['localhost:7660']));
  expect(serverKey({ host: 'Example.ORG.', port: 1 })).toBe('example.org:1');
});
