// How addresses are written down: in logs, for people to type, and to count by.
import { isIPv4 } from 'node:net';

/** Whether an IP address, as node:net gives it, is this machine's loopback. */
export function isLoopback(ip: string): boolean {
  const plain = unmapped(ip);
  return plain === '::1' || plain.startsWith('127.');
}

/** `192.0.2.7:7660`, `[2001:db8::7]:7660`. IPv4 addresses in IPv6 clothes lose them. */
export function formatAddress(ip: string, port: number): string {
  const plain = unmapped(ip);
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
}

/** An IPv4 address that came in over an IPv6 socket, as IPv4; any other as it is. */
export function unmapped(ip: string): string {
  return ip.startsWith('::ffff:') && ip.includes('.') ? ip.slice('::ffff:'.length) : ip;
}

/** IPv6 hands out whole networks: one machine has 2^64 addresses to come from. */
const IPV6_SOURCE_BYTES = 8;

/** Whose limits a connection counts against: an IPv4 address, or the /64 of an IPv6 address, as text. */
export function sourceOf(ip: string): string {
  const plain = unmapped(ip);
  if (!plain.includes(':')) return plain;
  const bytes = addressBytes(plain);
  const groups: string[] = [];
  for (let at = 0; at < IPV6_SOURCE_BYTES; at += 2) groups.push(bytes.readUInt16BE(at).toString(16));
  return `${groups.join(':')}::/64`;
}

/** The 4 or 16 bytes of a valid IP address. A zone (`%eth0`) is no part of them. */
export function addressBytes(ip: string): Buffer {
  if (isIPv4(ip)) return Buffer.from(ip.split('.').map(Number));
  const [address = ''] = ip.split('%');
  const [before = '', after] = address.split('::');
  const head = groupsOf(before);
  const tail = groupsOf(after ?? '');
  const bytes = Buffer.alloc(16);
  bytes.set(head);
  bytes.set(tail, bytes.length - tail.length);
  return bytes;
}

function groupsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >>> 8, value & 0xff];
  });
}
