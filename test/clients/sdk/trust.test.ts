import { describe, expect, test } from 'vitest';
import { readFingerprint, trustOnly } from '../../../clients/sdk/index.ts';

const ONE = '0123456789abcdef'.repeat(4);
const OTHER = `${ONE.slice(1)}0`;
const FACTS = { chainIsValid: true };

describe('readFingerprint (KTG-2.11)', () => {
  test('takes any case, with colons or spaces or without, and what kind it is', () => {
    const pairs = ONE.match(/../g) ?? [];
    expect(readFingerprint(ONE)).toBe(ONE);
    expect(readFingerprint(ONE.toUpperCase())).toBe(ONE);
    expect(readFingerprint(`sha256:${ONE}`)).toBe(ONE);
    expect(readFingerprint(`SHA256: ${pairs.join(' ')}`)).toBe(ONE);
    expect(readFingerprint(pairs.join(':').toUpperCase())).toBe(ONE);
  });

  test.each([
    ['nothing', ''],
    ['a digit too few', ONE.slice(1)],
    ['a digit too many', `${ONE}0`],
    ['what is no digit', `g${ONE.slice(1)}`],
    ['a line behind it', `${ONE}\n`],
  ])('takes no text with %s', (_, text) => {
    expect(readFingerprint(text)).toBe(undefined);
  });
});

describe('trustOnly', () => {
  test('trusts one certificate, and no authority', () => {
    const trust = trustOnly(ONE.toUpperCase());
    expect(trust.judge('h', 1, ONE, { chainIsValid: false })).toEqual({ trusted: true });
    expect(trust.judge('h', 1, OTHER, FACTS)).toEqual({ trusted: false, expected: ONE, by: 'invite' });
  });

  test('wants a fingerprint', () => {
    expect(() => trustOnly('abc')).toThrow(RangeError);
  });
});
