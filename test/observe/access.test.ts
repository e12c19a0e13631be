// What an operator is told of who may come in, and how often when there are many.
import { describe, expect, test } from 'vitest';
import { lineOf } from '../../src/observe/lines.ts';
import type { OperatorEvent } from '../../src/observe/operator-event.ts';
import { RefusalCount } from '../../src/observe/refusal-count.ts';
import { throttle } from '../../src/observe/throttle.ts';
import { textsOf } from '../../src/texts/texts.ts';

const address = '192.0.2.7:5000';

describe('lines for people', () => {
  test.each<readonly [OperatorEvent, string, boolean]>([
    [{ event: 'plain-refused', address }, `${address} was refused: not encrypted`, false],
    [
      { event: 'tls-failed', address, reason: 'ERR_SSL_\u001b' },
      `${address} was refused: TLS failed (ERR_SSL_\\u{1b})`,
      false,
    ],
    [{ event: 'name-bound', name: 'budi', address }, `budi belongs to a key now (from ${address})`, false],
    [{ event: 'name-released', name: 'budi' }, 'budi belongs to no key any more', false],
    [
      { event: 'name-expired', name: 'budi' },
      'budi belongs to no key any more: it was not used for long',
      false,
    ],
    [{ event: 'invite-made', number: 3 }, 'Invite #3 was made.', false],
    [{ event: 'invites-revoked', count: 1 }, '1 invite was revoked.', false],
    [
      { event: 'certificate-made', path: '/d/tls/cert.pem' },
      'A certificate was made: /d/tls/cert.pem',
      false,
    ],
    [
      { event: 'certificate-failed', key: 'start.tls-certificate', values: { path: '/d/cert.pem' } },
      'The certificate was not read again, the old one holds: /d/cert.pem is no certificate. Give a file in PEM form, which begins with -----BEGIN CERTIFICATE-----.',
      true,
    ],
    [
      { event: 'password-failed', key: 'start.password-empty', values: { path: '/p' } },
      'The password was not read again, the old one holds: The first line of /p is empty. Write the password there.',
      true,
    ],
    [
      { event: 'connections-capped', wanted: 10_000, connections: 128, descriptors: 256 },
      'At most 128 connections, not 10000: this process may have 256 files and connections open. "ulimit -n" or LimitNOFILE raises that.',
      true,
    ],
  ])('%j', (event, text, warning) => {
    expect(lineOf(event, textsOf('en'))).toEqual({ text, warning });
    expect(lineOf(event, textsOf('id'))?.text).not.toMatch(/\{[a-z]/);
  });
});

describe('many refusals', () => {
  const kinds = ['plain-refused', 'tls-failed', 'no-place', 'stranger'] as const;

  test('are told some times a second, and all counted', () => {
    const told: OperatorEvent[] = [];
    let now = 0;
    const counts = new RefusalCount(
      throttle(
        () => now,
        (event) => told.push(event),
      ),
    );
    for (let n = 0; n < 1_000; n++) {
      for (const event of kinds) {
        counts.observe(event === 'tls-failed' ? { event, address, reason: 'x' } : { event, address });
      }
      now += 1;
    }
    counts.observe({ event: 'stopping' });
    now += 1_000;
    counts.observe({ event: 'stopping' });
    const passed = told.filter(({ event }) => event !== 'suppressed' && event !== 'stopping').length;
    // Twenty at once, and one more each 50 ms.
    expect(passed).toBe(39);
    const suppressed = told.filter((one) => one.event === 'suppressed');
    expect(suppressed).toEqual([
      { event: 'suppressed', what: 'refusals', count: 4_000 - passed, unstored: 0 },
    ]);
    expect(counts.read()).toEqual(Object.fromEntries(kinds.map((kind) => [kind, 1_000])));
  });
});
