// The first lines of `kentongan serve`: what to type on the other machines, and what to know.
import { networkInterfaces } from 'node:os';
import type { StorageStatus } from '../control/status.ts';
import { isLoopback } from '../net/address.ts';
import { DEFAULT_PORT } from '../protocol/index.ts';
import { fill, type Texts } from '../texts/texts.ts';

const MIB = 1_048_576;

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

/** What the banner is about. */
export interface BannerFacts {
  readonly version: string;
  /** The address that the server listens on. */
  readonly address: string;
  readonly port: number;
  readonly durability: 'memory' | 'disk';
  /** The data directory. */
  readonly data: string;
  readonly chatLog: string;
  /** `-` is standard error. */
  readonly operatorLog: string;
  readonly logPrivate: boolean;
  readonly lan: readonly LocalAddress[];
}

/** The lines, in order. */
export function bannerLines(facts: BannerFacts, texts: Texts): string[] {
  const { version, address, port, operatorLog } = facts;
  const all = isAny(address);
  const host = all ? texts['serve.all-addresses'] : address;
  return [
    fill(texts['serve.listening'], { version, host, port }),
    '',
    ...invitation(facts, texts),
    '',
    ...(facts.durability === 'disk' ? [fill(texts['serve.log'], { path: facts.data })] : []),
    fill(texts['serve.chat-log'], { path: facts.chatLog }),
    fill(texts['serve.operator-log'], { path: operatorLog === '-' ? texts['serve.stderr'] : operatorLog }),
    ...(facts.logPrivate ? [texts['serve.log-private']] : []),
    texts[`serve.${facts.durability}`],
    ...(isLoopback(address) ? [] : [texts['serve.plain']]),
    texts['serve.stop'],
    '',
  ];
}

/** What the one who starts the server has to know at once, also when told nothing else. */
export function storageWarnings(storage: StorageStatus | undefined, texts: Texts): string[] {
  if (storage?.state !== 'full') return [];
  const free = storage.freeBytes === undefined ? '?' : Math.floor(storage.freeBytes / MIB);
  return [
    fill(texts['serve.storage-short'], { free, reserve: Math.ceil(storage.reserveBytes / MIB) }),
    texts['serve.storage-short.advice'],
  ];
}

function invitation({ address, port, lan }: BannerFacts, texts: Texts): string[] {
  if (isLoopback(address)) {
    const here = address === '127.0.0.1' ? '' : address;
    return [
      fill(texts['serve.no-others'], { host: address }),
      texts['serve.here'],
      command({ address: here, interface: '' }, port),
    ];
  }
  if (!isAny(address)) return [texts['serve.others'], command({ address, interface: '' }, port)];
  const reachable = lan.filter((one) => address === '::' || !isV6(one.address));
  const others =
    reachable.length === 0
      ? [texts['serve.no-network']]
      : [texts['serve.others'], ...reachable.map((one) => command(one, port))];
  return [...others, texts['serve.here'], command({ address: '', interface: '' }, port)];
}

const COMMAND_COLUMNS = 44;

function command({ address, interface: name }: LocalAddress, port: number): string {
  const host = isV6(address) ? `[${address}]` : address;
  const where = port === DEFAULT_PORT ? host : `${host === '' ? '127.0.0.1' : host}:${port}`;
  const line = `  kentongan chat ${where}`.trimEnd();
  return name === '' ? line : `${line.padEnd(COMMAND_COLUMNS)} (${name})`;
}

function isAny(address: string): boolean {
  return address === '::' || address === '0.0.0.0';
}

function isV6(address: string): boolean {
  return address.includes(':');
}
