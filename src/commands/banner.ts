// The first lines of `kentongan serve`: what to type on the other machines, and what to know.
import { chatLogIn, operatorLogIn } from '../config/defaults.ts';
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
  /** Host names of this server beside those of its machine. */
  readonly names: readonly string[];
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
  const { version, address, port } = facts;
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
    ...labLines(facts.lab, texts),
    ...fileLines(facts, texts),
    ...(facts.logPrivate ? [texts['serve.log-private']] : []),
    // What a lab keeps was said.
    ...(facts.lab === undefined || facts.durability === 'memory' ? [texts[`serve.${facts.durability}`]] : []),
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
export function plainWarnings(
  { plain, membersOnly }: Pick<BannerFacts, 'plain' | 'membersOnly'>,
  texts: Texts,
): string[] {
  if (plain !== 'lan') return [];
  // A key is proved over TLS alone.
  if (membersOnly) return [texts['serve.plain-members']];
  return [texts['serve.plain-lan'], texts['serve.plain-marked']];
}

/** Where things are; what stands in the data directory under its usual name is not named one by one. */
function fileLines({ durability, data, chatLog, operatorLog }: BannerFacts, texts: Texts): string[] {
  const isUsual = chatLog === chatLogIn(data) && operatorLog === operatorLogIn(data);
  if (isUsual && durability === 'disk') return [fill(texts['serve.files'], { path: data })];
  return [
    ...(durability === 'disk' ? [fill(texts['serve.log'], { path: data })] : []),
    fill(texts['serve.chat-log'], { path: chatLog }),
    fill(texts['serve.operator-log'], { path: operatorLog === '-' ? texts['serve.stderr'] : operatorLog }),
  ];
}

function access({ plain, asks, membersOnly, lab }: BannerFacts, texts: Texts): string[] {
  const isShown = asks === 'code' && lab?.code !== undefined;
  return [
    ...(plain === 'loopback' ? [texts['serve.encrypted']] : []),
    ...(asks === 'nothing' || isShown ? [] : [texts[asks === 'password' ? 'serve.asks' : 'serve.asks-code']]),
    ...(membersOnly ? [texts['serve.members-only']] : []),
  ];
}

function labLines(lab: LabFacts | undefined, texts: Texts): string[] {
  if (lab === undefined) return [];
  const { code, age, connectionsPerAddress } = lab;
  const shown =
    code === undefined
      ? []
      : [
          fill(texts['serve.lab-code-is'], { code: code.code }),
          '',
          ...largeLines(code.code).map((line) => `  ${line}`),
          '',
          fill(texts['serve.lab-until'], { date: dateText(code.expiresAt) }),
        ];
  return [...shown, fill(texts['serve.lab'], { age, connections: connectionsPerAddress })];
}

function invitation({ address, port, lan, names }: BannerFacts, texts: Texts): string[] {
  const command = (host: string, name = ''): string =>
    atInterface(`  ${texts.command} chat ${target(host, port)}`.trimEnd(), name);
  if (isLoopback(address)) {
    const here = address === '127.0.0.1' ? '' : address;
    return [fill(texts['serve.no-others'], { host: address }), texts['serve.here'], command(here)];
  }
  const others = reachable(address, lan, names).map((one) => command(one.address, one.interface));
  if (!isAny(address)) return [texts['serve.others'], ...others];
  return [
    ...(others.length === 0 ? [texts['serve.no-network']] : [texts['serve.others'], ...others]),
    texts['serve.here'],
    command(''),
  ];
}

function browsing({ address, port, lan, names }: BannerFacts, texts: Texts): string[] {
  const [first] = reachable(address, lan, names);
  const host = first?.address ?? (isAny(address) ? '127.0.0.1' : address);
  return [`${texts['serve.browsers']} https://${hostOf(host)}:${port}/`];
}
