// How addresses are written down: in logs, and for people to type.

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

function unmapped(ip: string): string {
  return ip.startsWith('::ffff:') && ip.includes('.') ? ip.slice('::ffff:'.length) : ip;
}
