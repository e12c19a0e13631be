// What becomes of an HTTP request: the rules of docs/protocol.md §2.6, without a socket.
import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { unmapped } from './address.ts';

/** Where WebSockets connect to. */
const WEBSOCKET_PATH = '/kentongan';
/** The protocol inside a WebSocket. */
export const SUBPROTOCOL = 'kentongan.v1';

/** By what browsers may know this server. */
export interface Site {
  /** Host names and IP addresses, lower case. */
  readonly names: ReadonlySet<string>;
  /** Other pages that may connect. */
  readonly origins: ReadonlySet<string>;
}

/** A request, and what it has come through. */
export interface Asked {
  readonly method: string;
  /** As in the request line. */
  readonly target: string;
  /** All values of each header, as `IncomingMessage.headersDistinct`. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
  /** Over TLS. */
  readonly secure: boolean;
  /** The address of this machine that the client has reached, as the socket says it. */
  readonly localAddress: string;
}

/** What runs in a browser, and where it came from. */
export interface Page {
  /** As in its Origin header. */
  readonly origin: string;
  /** It came from this very server, by this very way. */
  readonly isOwn: boolean;
}

export type Ruling =
  | { readonly is: 'websocket'; readonly page: Page | undefined }
  | { readonly is: 'page'; readonly host: string }
  | { readonly is: 'refusal'; readonly status: number; readonly headers: Readonly<Record<string, string>> };

const KEY = /^[A-Za-z0-9+/]{22}==$/;
/** A host name or an IPv4 address, or an IPv6 address in brackets; then perhaps a port. Browsers send them in this form. */
const HOST =
  /^(?:(?<name>[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?)|\[(?<ipv6>[0-9a-f:.]{2,45})\])(?::(?<port>\d{1,5}))?$/;

export function rule(asked: Asked, site: Site): Ruling {
  const host = only(asked.headers['host'])?.toLowerCase();
  if (host === undefined || hostnameOf(host) === undefined) return refusal(400);
  // A page of a stranger reaches this server under the stranger's name, which now leads here (DNS rebinding).
  if (!isOurs(host, asked.localAddress, site)) return refusal(421);
  const [path] = asked.target.split('?', 1);
  switch (path) {
    case '/':
      return isRead(asked.method) ? { is: 'page', host } : refusal(405, { Allow: 'GET, HEAD' });
    case WEBSOCKET_PATH:
      return ruleWebSocket(asked, host, site);
    default:
      return refusal(404);
  }
}

/** Whether a request wants to become a WebSocket, allowed or not. */
export function wantsWebSocket({ headers }: Pick<Asked, 'headers'>): boolean {
  return only(headers['upgrade'])?.toLowerCase() === 'websocket';
}

/** Whether a `Host`, lower case, is one of this server's: an address of it, `localhost`, or a name that it was given. */
export function isOurs(host: string, localAddress: string, { names }: Site): boolean {
  const hostname = hostnameOf(host);
  if (hostname === undefined) return false;
  return hostname === 'localhost' || hostname === normal(unmapped(localAddress)) || names.has(hostname);
}

/** Lower case; an IPv6 address in its shortest form, so that two that are equal look equal. */
export function normal(hostname: string): string {
  const lower = hostname.toLowerCase();
  return isIPv6(lower) ? new SocketAddress({ address: lower, family: 'ipv6' }).address : lower;
}

function ruleWebSocket(asked: Asked, host: string, site: Site): Ruling {
  const { headers, method } = asked;
  if (method !== 'GET') return refusal(405, { Allow: 'GET' });
  if (!wantsWebSocket(asked)) return refusal(426, { Upgrade: 'websocket' });
  const origins = headers['origin'] ?? [];
  const [origin] = origins;
  if (origins.length > 1) return refusal(400);
  const own = `${asked.secure ? 'https' : 'http'}://${host}`;
  // No Origin: no page. A page can not leave it out, and what is no page can write into it what it likes.
  if (origin !== undefined && origin !== own && !site.origins.has(origin)) return refusal(403);
  if (only(headers['sec-websocket-version']) !== '13')
    return refusal(426, { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' });
  if (!KEY.test(only(headers['sec-websocket-key']) ?? '')) return refusal(400);
  if (!listOf(headers['sec-websocket-protocol']).includes(SUBPROTOCOL)) return refusal(400);
  return { is: 'websocket', page: origin === undefined ? undefined : { origin, isOwn: origin === own } };
}

/** The part of a Host before the port, IPv6 without brackets and in its shortest form; undefined: this is no Host. */
function hostnameOf(host: string): string | undefined {
  const { name, ipv6, port } = HOST.exec(host)?.groups ?? {};
  if (port !== undefined && (Number(port) === 0 || Number(port) > 65_535)) return undefined;
  if (ipv6 !== undefined) return isIPv6(ipv6) ? normal(ipv6) : undefined;
  if (name === undefined) return undefined;
  // What ends like a number is an address to browsers, and must then be one: `0x7f.1` never arrives here.
  const [last = ''] = name.split('.').slice(-1);
  return /^\d+$/.test(last) && !isIPv4(name) ? undefined : name;
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

function refusal(status: number, headers: Readonly<Record<string, string>> = {}): Ruling {
  return { is: 'refusal', status, headers };
}

/** A header that must be there once. */
function only(values: readonly string[] | undefined): string | undefined {
  return values?.length === 1 ? values[0] : undefined;
}

/** A header that holds a list, in one line or in several. */
function listOf(values: readonly string[] | undefined): string[] {
  return (values ?? []).flatMap((value) => value.split(',')).map((one) => one.trim());
}
