// Owns the way people write whom to talk to: [alice@][host[:port]][/room], and the links that invite.
import { isIPv6 } from 'node:net';
import { DEFAULT_PORT, DEFAULT_ROOM, isPublicRoom, limits, recipientOf } from '../../src/protocol/index.ts';
import { serverKey } from '../sdk/index.ts';
import { parseFingerprint } from './fingerprint.ts';

/** Where to go; what was not said is undefined. */
export interface Target {
  /** `plain`: what crosses the network is readable to all on the way. Only ever because somebody wrote so. */
  readonly transport: 'tls' | 'plain';
  readonly name: string | undefined;
  readonly host: string;
  readonly port: number;
  /** A public room, or `@name` for a private one. */
  readonly room: string;
  /** Of the certificate that the server must have, 64 lower-case hexadecimal digits. Never with `plain`. */
  readonly fingerprint: string | undefined;
  /** The server's password or an invite code. */
  readonly code: string | undefined;
}

/** What is wrong with a target; each has its text in the tables. */
export type TargetProblem =
  | 'form'
  | 'port'
  | 'room'
  | 'scheme'
  | 'fingerprint'
  | 'plainFingerprint'
  | 'code'
  | 'server';

export class TargetError extends Error {
  readonly problem: TargetProblem;
  /** The part that is wrong, as it was written. Not safe for a terminal. */
  readonly part: string;

  constructor(problem: TargetProblem, part: string) {
    super(`${problem}: ${part}`);
    this.name = 'TargetError';
    this.problem = problem;
    this.part = part;
  }
}

export const DEFAULT_HOST = '127.0.0.1';
export const PLAIN_SCHEME = 'kentongan+plain';
const TLS_SCHEME = 'kentongan';
const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;
const PORT_MAX = 65_535;

/**
 * Reads a target. Everything may be missing: '' is the lobby of this machine. IPv6 addresses stand in
 * brackets when a port follows. With a scheme the parts may be percent-encoded, and `?code=` and, but for
 * `kentongan+plain://`, `#` with a fingerprint may follow.
 * @throws TargetError
 */
export function parseTarget(text: string): Target {
  const scheme = SCHEME.exec(text);
  if (scheme === null) {
    return { transport: 'tls', fingerprint: undefined, code: undefined, ...parseParts(text, (part) => part) };
  }
  const name = scheme[1]?.toLowerCase();
  if (name !== TLS_SCHEME && name !== PLAIN_SCHEME) throw new TargetError('scheme', `${name}://`);
  return parseLink(text.slice(scheme[0].length), name === TLS_SCHEME ? 'tls' : 'plain');
}

function parseLink(text: string, transport: Target['transport']): Target {
  const [, front = '', query = '', fragment] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(text) ?? [];
  if (fragment !== undefined && transport === 'plain') throw new TargetError('plainFingerprint', fragment);
  return {
    transport,
    ...parseParts(front, decodePercent),
    fingerprint: fragment === undefined ? undefined : fingerprintOf(decodePercent(fragment)),
    code: codeOf(query),
  };
}

function fingerprintOf(text: string): string {
  const fingerprint = parseFingerprint(text);
  if (fingerprint === undefined) throw new TargetError('fingerprint', text);
  return fingerprint;
}

/** Of a query, `code` alone counts; what later versions may add is left to them. */
function codeOf(query: string): string | undefined {
  const codes = query
    .split('&')
    .filter((part) => part.startsWith('code='))
    .map((part) => decodePercent(part.slice('code='.length)));
  const [code] = codes;
  if (code === undefined) return undefined;
  if (codes.length > 1) throw new TargetError('code', '');
  return checkCode(code);
}

/**
 * A password or an invite code as it may be sent.
 * @throws TargetError code
 */
export function checkCode(code: string): string {
  const bytes = Buffer.byteLength(code);
  if (bytes === 0 || bytes > limits.PASSWORD_BYTES_MAX) throw new TargetError('code', '');
  return code;
}

type Parts = Pick<Target, 'name' | 'host' | 'port' | 'room'>;

function parseParts(text: string, decode: (part: string) => string): Parts {
  const slash = text.indexOf('/');
  const front = slash < 0 ? text : text.slice(0, slash);
  const room = slash < 0 ? '' : text.slice(slash + 1);
  const at = front.indexOf('@');
  const name = at < 0 ? '' : decode(front.slice(0, at));
  if (at === 0) throw new TargetError('form', text);
  return {
    name: name === '' ? undefined : name,
    ...parseAddress(front.slice(at + 1)),
    room: room === '' ? DEFAULT_ROOM : parseRoom(decode(room)),
  };
}

/**
 * A server alone, without a name and a room, as `trust` takes it.
 * @throws TargetError
 */
export function parseServer(text: string): Pick<Target, 'host' | 'port'> {
  if (text === '' || /[@/?#]/.test(text)) throw new TargetError('server', text);
  return parseAddress(text);
}

/**
 * A room as people write it: upper case is lowered, `@name` is a private room.
 * @throws TargetError room
 */
export function parseRoom(text: string): string {
  const recipient = recipientOf(text);
  if (recipient !== undefined) {
    if (recipient === '') throw new TargetError('room', text);
    return text;
  }
  const room = text.normalize('NFKC').toLowerCase();
  if (!isPublicRoom(room)) throw new TargetError('room', text);
  return room;
}

const BRACKETED = /^\[([^\]]*)\](?::(.*))?$/;

function parseAddress(text: string): { host: string; port: number } {
  if (text === '') return { host: DEFAULT_HOST, port: DEFAULT_PORT };
  const bracketed = BRACKETED.exec(text);
  if (bracketed !== null) return { host: checkIpv6(bracketed[1] ?? ''), port: parsePort(bracketed[2]) };
  const colon = text.indexOf(':');
  if (colon < 0) return { host: checkHost(text), port: DEFAULT_PORT };
  // Several colons without brackets: an IPv6 address alone.
  if (text.includes(':', colon + 1)) return { host: checkIpv6(text), port: DEFAULT_PORT };
  const host = text.slice(0, colon);
  return { host: host === '' ? DEFAULT_HOST : checkHost(host), port: parsePort(text.slice(colon + 1)) };
}

function checkIpv6(text: string): string {
  // A zone as URIs have it (RFC 6874).
  const host = text.replace('%25', '%');
  if (!isIPv6(host)) throw new TargetError('form', text);
  return host;
}

function checkHost(host: string): string {
  if (/[\s[\]#?%\\@]/.test(host) || host.length > 253) throw new TargetError('form', host);
  return host;
}

function parsePort(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > PORT_MAX) throw new TargetError('port', text);
  return port;
}

function decodePercent(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new TargetError('form', part);
  }
}

/** `host:port` as it is shown and typed; brackets where they are needed. */
export function addressText(target: Pick<Target, 'host' | 'port'>): string {
  return `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`;
}

/**
 * The name of a server in the state directory. Nothing that is kept for it, a secret or a code, is ever used both
 * with and without TLS.
 */
export function stateKey({ transport, host, port }: Pick<Target, 'transport' | 'host' | 'port'>): string {
  const key = serverKey(host, port);
  return transport === 'plain' ? `plain+${key}` : key;
}
