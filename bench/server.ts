// A real server process on a data directory, watched by a probe.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ProbeReport } from './probe.ts';

const BIN = fileURLToPath(new URL('../bin/kentongan.js', import.meta.url));
const PROBE = new URL('./probe.ts', import.meta.url).href;

/**
 * What is measured is the server, not the limits that it sets: these lift them, for every bench. One process of
 * clients is hundreds of people behind one address.
 */
const UNLIMITED = [
  ...['--rate', '0', '--requests', '0'],
  ...['--connections-per-address', '10000', '--newcomers', '1000'],
];

const running = new Set<ChildProcess>();

export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

export interface ServerOptions {
  readonly data: string;
  /** 0 or absent: any. */
  readonly port?: number;
  /** Without a probe it starts as it does for everybody. */
  readonly probe?: boolean;
  readonly profiles?: string | undefined;
  readonly flags?: readonly string[];
}

/** Owns: one process. */
export class Server {
  readonly #child: ChildProcess;
  port: number;

  constructor({ data, port = 0, probe = true, profiles, flags = [] }: ServerOptions) {
    this.port = port;
    const profiling = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
    const words = ['serve', '--host', '127.0.0.1', '--port', String(port), '--ready', 'json', '--quiet'];
    this.#child = spawn(
      process.execPath,
      [
        ...profiling,
        ...(probe ? ['--import', PROBE] : []),
        BIN,
        ...words,
        ...UNLIMITED,
        '--data',
        data,
        ...flags,
      ],
      { stdio: ['ignore', 'pipe', 'inherit', ...(probe ? ['ipc' as const] : [])] },
    );
    running.add(this.#child);
    this.#child.once('exit', () => running.delete(this.#child));
  }

  static async start(options: ServerOptions): Promise<Server> {
    const server = new Server(options);
    await server.ready();
    return server;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async ready(): Promise<void> {
    let out = '';
    const { stdout } = this.#child;
    if (stdout === null) throw new Error('no output');
    for await (const chunk of stdout.iterator({ destroyOnReturn: false })) {
      out += String(chunk);
      if (out.includes('\n')) break;
    }
    if (!out.includes('\n')) throw new Error('the server did not start');
    this.port = (JSON.parse(out) as { port: number }).port;
  }

  reset(): void {
    this.#child.send('reset');
  }

  async report(): Promise<ProbeReport> {
    const answer = once(this.#child, 'message');
    this.#child.send('report');
    return ((await answer) as [ProbeReport])[0];
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill(signal);
    await gone;
  }

  /** CPU time of each thread until now, seconds, by thread id. The first thread is the main one. Linux alone. */
  threads(): Map<string, number> {
    const folder = `/proc/${this.pid}/task`;
    return new Map(
      readdirSync(folder).map((id) => [
        id,
        Number(readFileSync(`${folder}/${id}/schedstat`, 'utf8').split(' ')[0]) / 1e9,
      ]),
    );
  }
}

/** CPU time between two looks, seconds: of the main thread and of all. Says the same on a busy machine, nearly. */
export function spent(
  before: Map<string, number>,
  after: Map<string, number>,
): { readonly main: number; readonly all: number } {
  const parts = [...after].map(([id, seconds]) => seconds - (before.get(id) ?? 0));
  return { main: parts[0] ?? 0, all: parts.reduce((sum, part) => sum + part, 0) };
}

/** What part of a core the busiest threads have used between two looks. */
export function busy(before: Map<string, number>, after: Map<string, number>, ms: number): string {
  const parts = [...after].map(([id, seconds]) => (seconds - (before.get(id) ?? 0)) / (ms / 1_000));
  const [main = 0, ...others] = parts;
  const rest = others.filter((part) => part >= 0.02).toSorted((a, b) => b - a);
  return [main, ...rest].map((part) => `${Math.round(part * 100)} %`).join(' + ');
}
