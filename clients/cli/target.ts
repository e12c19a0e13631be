// Owns the way people write whom to talk to: [alice@][host[:port]][/room].
import { isIPv6 } from 'node:net';
import { DEFAULT_PORT, DEFAULT_ROOM, isPublicRoom, recipientOf } from '../../src/protocol/index.ts';

/** Where to go; what was not said is undefined. */
export interface Target {
  readonly name: string | undefined;
  readonly host: string;
  readonly port: number;
  /** A public room, or `@name` for a private one. */
  readonly room: string;
}

/** What is wrong with a target; each has its text in the tables. */
export type TargetProblem = 'form' | 'port' | 'room' | 'tls' | 'scheme';

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
const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;
const PLAIN_SCHEME = 'kentongan+plain';
const TLS_SCHEME = 'kentongan';
const PORT_MAX = 65_535;

/**
 * Reads a target. Everything may be missing: '' is the lobby of this machine. IPv6 addresses stand in
 * brackets when a port follows. With the scheme `kentongan+plain://` the parts may be percent-encoded.
 * @throws TargetError
 */
export function parseTarget(text: string): Target {
  const scheme = SCHEME.exec(text);
  if (scheme === null) return parseParts(text, (part) => part);
  const name = scheme[1]?.toLowerCase();
  if (name === TLS_SCHEME) throw new TargetError('tls', text);
  if (name !== PLAIN_SCHEME) throw new TargetError('scheme', `${name}://`);
  return parseParts(text.slice(scheme[0].length), decodePercent);
}

function parseParts(text: string, decode: (part: string) => string): Target {
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

function checkIpv6(host: string): string {
  if (!isIPv6(host)) throw new TargetError('form', host);
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

/** The same server under the names that this machine has for itself; for the state directory. */
export function serverKey(target: Pick<Target, 'host' | 'port'>): string {
  const host = target.host.toLowerCase().replace(/\.$/, '');
  const own = host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host) || host === 'localhost';
  return addressText({ host: own ? 'localhost' : host, port: target.port });
}
