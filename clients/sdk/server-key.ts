// One name for one server, however its address is written.

/**
 * `host:port` under which a server is remembered. Spellings of one address are one: upper case, a last dot, the
 * forms of an IP address, and the names that a machine has for itself (`localhost`, 127.0.0.0/8, `::1`).
 */
export function serverKey(host: string, port: number): string {
  const canonical = canonicalHost(host);
  const own = canonical === 'localhost' || canonical === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(canonical);
  return `${own ? 'localhost' : canonical}:${port}`;
}

/** As URLs spell it: IPv6 in brackets, IPv4 as four numbers, names in ASCII and lower case. */
function canonicalHost(host: string): string {
  const bare = host.toLowerCase().replace(/\.$/, '');
  const written = bare.includes(':') && !bare.startsWith('[') ? `[${bare}]` : bare;
  const url = URL.parse(`http://${written}/`);
  return url === null || url.hostname === '' ? written : url.hostname.replace(/\.$/, '');
}
