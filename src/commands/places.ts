// Under which addresses this machine's server is found, and how they are written down.
import { networkInterfaces } from 'node:os';
import { isLoopback } from '../net/address.ts';
import { DEFAULT_PORT } from '../protocol/index.ts';

/** An address of this machine. */
export interface LocalAddress {
  readonly address: string;
  /** The network interface, empty when it is not known. */
  readonly interface: string;
}

/** The addresses under which other machines may find this one, IPv4 first. */
export function lanAddresses(): LocalAddress[] {
  const found = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses
      // Link-local IPv6 addresses mean nothing without the other machine's own name for the network.
      .filter(({ internal, address }) => !internal && !address.toLowerCase().startsWith('fe80:'))
      .map(({ address }) => ({ address, interface: name })),
  );
  return found.toSorted((a, b) => Number(isV6(a.address)) - Number(isV6(b.address)));
}

/**
 * What reaches a server which listens on `address`: its own host names first, then those of the addresses; nothing
 * where that is loopback.
 */
export function reachable(
  address: string,
  lan: readonly LocalAddress[],
  names: readonly string[],
): readonly LocalAddress[] {
  if (isLoopback(address)) return [];
  const named = names.map((name) => ({ address: name, interface: '' }));
  if (!isAny(address)) return [...named, { address, interface: '' }];
  return [...named, ...lan.filter((one) => address === '::' || !isV6(one.address))];
}

/** What stands behind `kentongan chat`: `192.0.2.7`, `[2001:db8::7]:7700`; empty for this machine. */
export function target(address: string, port: number): string {
  const host = hostOf(address);
  return port === DEFAULT_PORT ? host : `${host === '' ? '127.0.0.1' : host}:${port}`;
}

/** An address or name as it stands in a link. */
export function hostOf(address: string): string {
  return isV6(address) ? `[${address}]` : address;
}

const COMMAND_COLUMNS = 44;

/** A line to type, and behind it the interface by which it is right. */
export function atInterface(line: string, name: string): string {
  return name === '' ? line : `${line.padEnd(COMMAND_COLUMNS)} (${name})`;
}

export function isAny(address: string): boolean {
  return address === '::' || address === '0.0.0.0';
}

function isV6(address: string): boolean {
  return address.includes(':');
}

const GROUPS_PER_ROW = 8;

/** A fingerprint to compare by eye: two rows of eight groups of four digits. */
export function fingerprintRows(fingerprint: string): string[] {
  const groups = fingerprint.match(/.{1,4}/g) ?? [];
  const rows = [groups.slice(0, GROUPS_PER_ROW), groups.slice(GROUPS_PER_ROW)];
  return rows.map((row) => `  ${row.join(' ')}`);
}

/** `2026-11-22 19:03`, local time. */
export function dateText(ms: number): string {
  const at = new Date(ms);
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

function two(part: number): string {
  return String(part).padStart(2, '0');
}

/** Rows whose columns stand under each other. */
export function columns(rows: ReadonlyArray<readonly string[]>): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
