import { expect, test } from 'vitest';
import { serverKey } from '../../../clients/sdk/index.ts';

test.each([
  [
    'an address of this machine',
    ['localhost', 'LocalHost', 'localhost.', '127.0.0.1', '127.1.2.3', '127.1', '::1', '0:0:0:0:0:0:0:1'],
    'localhost:7660',
  ],
  ['a name', ['kelas.lan', 'Kelas.LAN', 'kelas.lan.'], 'kelas.lan:7660'],
  ['a name that is not ASCII', ['bücher.lan', 'BÜCHER.lan', 'xn--bcher-kva.lan'], 'xn--bcher-kva.lan:7660'],
  ['a name that no URL could have', ['a b', 'A B'], 'a b:7660'],
  ['an IPv4 address', ['192.168.1.20', '192.168.1.20.', '0300.0250.1.20', '3232235796'], '192.168.1.20:7660'],
  ['an IPv6 address', ['fe80::1:2', 'FE80::1:2', 'fe80:0:0:0:0:0:1:2'], '[fe80::1:2]:7660'],
])('%s has one key, however it is written', (_, hosts, key) => {
  expect(hosts.map((host) => serverKey(host, 7660))).toEqual(hosts.map(() => key));
});

test('another port is another server', () => {
  expect(serverKey('localhost', 7661)).not.toBe(serverKey('localhost', 7660));
  expect(serverKey('::2', 80)).toBe('[::2]:80');
});
