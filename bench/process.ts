// One server process: started on its core, waited for, ended.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { track } from './alive.ts';
import { pinned, type Pinning } from './pinning.ts';

const START_MS = 30_000;
const STOP_MS = 10_000;
const RETRY_MS = 2;
const KEPT_CHARACTERS = 2_000;

export interface Command {
  readonly words: readonly string[];
  readonly pinning: Pinning;
  readonly port: number;
  /** Under which a server runs that does not want to be root; absent: as we do. */
  readonly user?: number | undefined;
}

/** Owns: one process. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly port: number;
  #said = '';

  constructor({ words, pinning, port, user }: Command) {
    this.port = port;
    const [program = '', ...args] = pinned(words, pinning, 'server');
    const who = user === undefined ? {} : { uid: user, gid: user };
    this.#child = track(spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...who }));
    this.#child.once('error', (error) => this.#hear(error.message));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => this.#hear(String(chunk)));
    }
  }

  static async start(command: Command): Promise<ServerProcess> {
    const server = new ServerProcess(command);
    await server.accepts();
    return server;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** How it ended, with the last that it said; undefined while it runs. */
  get end(): string | undefined {
    const { exitCode, signalCode, pid } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) {
      const last = this.#said.trim().split('\n').at(-1) ?? '';
      return `the server ended (${signalCode ?? exitCode ?? 'never started'}): ${last}`;
    }
    return undefined;
  }

  /** Resolves with the moment at which a connection was there. */
  async accepts(): Promise<number> {
    const until = performance.now() + START_MS;
    while (performance.now() < until) {
      const socket = connect({ host: '127.0.0.1', port: this.port });
      try {
        await once(socket, 'connect');
        return performance.now();
      } catch {
        if (this.end !== undefined) throw new Error(this.end);
        await wait(RETRY_MS);
      } finally {
        socket.destroy();
      }
    }
    throw new Error(`the server takes no connection after ${START_MS / 1_000} s: ${this.#said.trim()}`);
  }

  /** Asks it to end, and does not wait for ever. */
  async stop(): Promise<void> {
    if (this.end !== undefined) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await gone;
    clearTimeout(timer);
  }

  async kill(): Promise<void> {
    if (this.end !== undefined) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  #hear(text: string): void {
    this.#said = (this.#said + text).slice(-KEPT_CHARACTERS);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
