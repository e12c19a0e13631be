// The first lines of `kentongan serve`: what to type on the other machines, and what to know.
import type { StorageStatus } from '../control/status.ts';
import { isLoopback } from '../net/address.ts';
import { fill, type Texts } from '../texts/texts.ts';
import { largeLines } from './large.ts';
import {
  atInterface,
  dateText,
  fingerprintRows,
  hostOf,
  isAny,
  type LocalAddress,
  reachable,
  target,
} from './places.ts';

const MIB = 1_048_576;

/** What the banner is about. */
export interface BannerFacts {
  readonly version: string;
  /** The address that the server listens on. */
  readonly address: string;
  readonly port: number;
  /** Of the certificate, 64 hexadecimal digits. */
  readonly fingerprint: string;
  /** From where unencrypted connections are taken. */
  readonly plain: 'loopback' | 'lan';
  readonly asks: 'nothing' | 'code' | 'password';
  readonly membersOnly: boolean;
  /** Of a server for a lab. */
  readonly lab: LabFacts | undefined;
  readonly durability: 'memory' | 'disk';
  /** The data directory. */
  readonly data: string;
  readonly chatLog: string;
  /** `-` is standard error. */
  readonly operatorLog: string;
  readonly logPrivate: boolean;
  readonly lan: readonly LocalAddress[];
}

interface LabFacts {
  /** Absent: it was revoked, or has expired. */
  readonly code: { readonly code: string; readonly expiresAt: number } | undefined;
  /** How long history is kept, as the operator writes it. */
  readonly age: string;
  readonly connectionsPerAddress: number;
}

/** The lines, in order. */
export function bannerLines(facts: BannerFacts, texts: Texts): string[] {
  const { version, address, port, operatorLog } = facts;
  const host = isAny(address) ? texts['serve.all-addresses'] : address;
  return [
    fill(texts['serve.listening'], { version, host, port }),
    '',
    ...invitation(facts, texts),
    '',
    texts['serve.fingerprint'],
    ...fingerprintRows(facts.fingerprint),
    ...browsing(facts, texts),
    texts['serve.invite'],
    '',
    ...(facts.lab === undefined ? [] : labLines(facts.lab, texts)),
    ...(facts.durability === 'disk' ? [fill(texts['serve.log'], { path: facts.data })] : []),
    fill(texts['serve.chat-log'], { path: facts.chatLog }),
    fill(texts['serve.operator-log'], { path: operatorLog === '-' ? texts['serve.stderr'] : operatorLog }),
    ...(facts.logPrivate ? [texts['serve.log-private']] : []),
    texts[`serve.${facts.durability}`],
    ...access(facts, texts),
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

/** What the one who starts it has to know although nothing else is wanted. */
export function plainWarnings(plain: BannerFacts['plain'], texts: Texts): string[] {
  return plain === 'lan' ? [texts['serve.plain-lan'], texts['serve.plain-marked']] : [];
}

function access({ plain, asks, membersOnly }: BannerFacts, texts: Texts): string[] {
  return [
    ...(plain === 'loopback' ? [texts['serve.encrypted']] : []),
    ...(asks === 'nothing' ? [] : [texts[asks === 'password' ? 'serve.asks' : 'serve.asks-code']]),
    ...(membersOnly ? [texts['serve.members-only']] : []),
  ];
}

function labLines({ code, age, connectionsPerAddress }: LabFacts, texts: Texts): string[] {
  const shown =
    code === undefined
      ? []
      : [
          texts['serve.lab-code'],
          '',
          ...largeLines(code.code).map((line) => `  ${line}`),
          '',
          `  ${code.code}`,
          fill(texts['serve.lab-until'], { date: dateText(code.expiresAt) }),
        ];
  return [...shown, fill(texts['serve.lab'], { age, connections: connectionsPerAddress }), ''];
}

function invitation({ address, port, lan }: BannerFacts, texts: Texts): string[] {
  if (isLoopback(address)) {
    const here = address === '127.0.0.1' ? '' : address;
    return [fill(texts['serve.no-others'], { host: address }), texts['serve.here'], command(here, port)];
  }
  const others = reachable(address, lan).map((one) => command(one.address, port, one.interface));
  if (!isAny(address)) return [texts['serve.others'], ...others];
  return [
    ...(others.length === 0 ? [texts['serve.no-network']] : [texts['serve.others'], ...others]),
    texts['serve.here'],
    command('', port),
  ];
}

function browsing({ address, port, lan }: BannerFacts, texts: Texts): string[] {
  const [first] = reachable(address, lan);
  const host = first?.address ?? (isAny(address) ? '127.0.0.1' : address);
  return [texts['serve.browsers'], `  https://${hostOf(host)}:${port}/`];
}

function command(address: string, port: number, name = ''): string {
  return atInterface(`  kentongan chat ${target(address, port)}`.trimEnd(), name);
}
