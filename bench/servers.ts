// Every server that is measured: where it is, which version, how it is started. One table.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readVersion } from '../src/version.ts';
import { ROOFLINE } from './build.ts';
import type { Ability } from './loads.ts';
import { plainUser, writeConfiguration } from './peers.ts';
import type { Pinning } from './pinning.ts';
import { ServerProcess } from './process.ts';
import { findProgram, firstLine } from './programs.ts';

/** How the generator talks to it. */
export type Protocol = 'kentongan' | 'irc' | 'nats' | 'frames';

/** Where a server runs. */
export interface Place {
  /** A new directory that is its own. */
  readonly folder: string;
  readonly port: number;
  readonly pinning: Pinning;
}

export type Found =
  | { readonly kind: 'here'; readonly version: string }
  | { readonly kind: 'missing'; readonly reason: string };

export interface ServerKind {
  readonly name: string;
  readonly about: string;
  readonly protocol: Protocol;
  readonly abilities: readonly Ability[];
  find(): Found;
  /** The process, before it takes connections. */
  launch(place: Place): ServerProcess;
}

const BIN = fileURLToPath(new URL('../bin/kentongan.js', import.meta.url));
const NAIVE = fileURLToPath(new URL('./naive.ts', import.meta.url));
const HOST = '127.0.0.1';

/**
 * What is measured is the server as everybody gets it, but for the limits of rates and connections: one generator
 * is a thousand people behind one address. The peers' are lifted, too.
 */
const UNLIMITED = [
  ...['--rate', '0', '--requests', '0'],
  ...['--connections', '100000', '--connections-per-address', '100000', '--newcomers', '100000'],
];

const CHAT: readonly Ability[] = ['fan-out', 'rooms', 'membership', 'start'];

function kentongan(
  name: string,
  about: string,
  abilities: readonly Ability[],
  flags: readonly string[],
): ServerKind {
  return {
    name,
    about,
    protocol: 'kentongan',
    abilities,
    find: () => ({
      kind: 'here',
      version: `${readVersion()} on Node.js ${process.versions.node}, SQLite ${process.versions['sqlite'] ?? '?'}`,
    }),
    launch: ({ folder, port, pinning }) => {
      const words = ['serve', '--host', HOST, '--port', String(port), '--quiet', '--data', folder];
      return new ServerProcess({
        words: [process.execPath, BIN, ...words, ...UNLIMITED, ...flags],
        port,
        pinning,
      });
    },
  };
}

interface Peer {
  readonly name: string;
  readonly about: string;
  readonly protocol: Protocol;
  readonly program: string;
  readonly configuration: string;
  readonly versionFlag: string;
  readonly words: (file: string) => readonly string[];
}

function peer({ name, about, protocol, program, configuration, versionFlag, words }: Peer): ServerKind {
  return {
    name,
    about,
    protocol,
    abilities: CHAT,
    find: () => {
      const file = findProgram(program);
      if (file === undefined) return { kind: 'missing', reason: `not installed (apt install ${name})` };
      const version = firstLine([file, versionFlag]);
      return version === ''
        ? { kind: 'missing', reason: `installed, but does not run: ${file} ${versionFlag}` }
        : { kind: 'here', version };
    },
    launch: (place) => {
      const file = findProgram(program) ?? program;
      const settings = writeConfiguration(configuration, file, place);
      const { port, pinning } = place;
      return new ServerProcess({ words: [file, ...words(settings)], port, pinning, user: plainUser() });
    },
  };
}

/** A server of frames of ours that knows nothing: every connection hears what any of them says. */
function broadcaster(
  name: string,
  about: string,
  {
    file,
    needs,
    words,
    version,
  }: { file: string; needs: string; words: readonly string[]; version: () => string },
): ServerKind {
  return {
    name,
    about,
    protocol: 'frames',
    abilities: ['fan-out', 'start'],
    find: () =>
      existsSync(file) ? { kind: 'here', version: version() } : { kind: 'missing', reason: `no ${needs}` },
    launch: ({ port, pinning }) =>
      new ServerProcess({ words: [...words, '--host', HOST, '--port', String(port)], port, pinning }),
  };
}

export const SERVERS: readonly ServerKind[] = [
  broadcaster('roofline', 'a small C program that only does the sends, of our frames: the limit', {
    file: ROOFLINE,
    needs: 'C compiler, or bench/load/roofline.c is not there',
    words: [ROOFLINE],
    version: () => firstLine(['cc', '--version']),
  }),
  kentongan(
    'kentongan',
    'as users get it: stored with fsync before anybody sees it, chat.log, limits of rates and connections lifted',
    [...CHAT, 'durable', 'replay', 'transports', 'engine'],
    [],
  ),
  kentongan('kentongan-memory', 'the same with --engine memory: nothing stored but chat.log', CHAT, [
    '--engine',
    'memory',
  ]),
  peer({
    name: 'inspircd',
    about: 'IRC, C++; nothing stored',
    protocol: 'irc',
    program: 'inspircd',
    configuration: 'inspircd.conf',
    versionFlag: '--version',
    words: (file) => ['--nofork', '--nopid', '--config', file],
  }),
  peer({
    name: 'ngircd',
    about: 'IRC, C; nothing stored',
    protocol: 'irc',
    program: 'ngircd',
    configuration: 'ngircd.conf',
    versionFlag: '--version',
    words: (file) => ['--nodaemon', '--config', file],
  }),
  peer({
    name: 'nats-server',
    about: 'NATS, Go; at most once, nothing stored',
    protocol: 'nats',
    program: 'nats-server',
    configuration: 'nats.conf',
    versionFlag: '--version',
    words: (file) => ['--config', file],
  }),
  broadcaster('naive', 'Node.js, one write for each listener and message; no checks', {
    file: NAIVE,
    needs: 'bench/naive.ts',
    words: [process.execPath, NAIVE],
    version: () => `Node.js ${process.versions.node}`,
  }),
];

/** Words that people use for them, too. */
const ALIASES: Readonly<Record<string, string>> = { nats: 'nats-server', memory: 'kentongan-memory' };

export function chooseServers(words: readonly string[]): {
  readonly servers: readonly ServerKind[];
  readonly unknown: readonly string[];
} {
  const names = words.map((word) => ALIASES[word] ?? word);
  return {
    servers: SERVERS.filter(({ name }) => names.length === 0 || names.includes(name)),
    unknown: names.filter((name) => !SERVERS.some((server) => server.name === name)),
  };
}

/** What keeps a server from a load; undefined: nothing. */
export function obstacle(server: ServerKind, needs: Ability): string | undefined {
  return server.abilities.includes(needs) ? undefined : 'does not do this';
}
