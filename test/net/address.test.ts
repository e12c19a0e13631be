import { expect, test } from 'vitest';
import { formatAddress, isLoopback } from '../../src/net/address.ts';

test.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])('%s is this machine', (ip) => {
  expect(isLoopback(ip)).toBe(true);
});

test.each(['192.168.1.5', '10.127.0.1', '::', 'fe80::1', '2001:db8::1', '::ffff:192.168.1.5', '::127'])(
  '%s is not',
  (ip) => {
    expect(isLoopback(ip)).toBe(false);
  },
);

test('an address and a port can always be told apart', () => {
  expect(formatAddress('192.168.1.5', 7660)).toBe('192.168.1.5:7660');
  expect(formatAddress('::ffff:192.168.1.5', 7660)).toBe('192.168.1.5:7660');
  expect(formatAddress('2001:db8::5', 7660)).toBe('[2001:db8::5]:7660');
});
