// A real server process, which can be killed at any instant.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

export interface ServerOptions {
  /** The checkout that is run. */
  readonly tree: string;
  readonly data: string;
  readonly operatorLog: string;
  readonly flags?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  /** It may open so many files. */
  readonly descriptors?: number;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
}

/** A start takes so long at most, milliseconds. */
const START_MS_MAX = 30_000;
const STOP_MS_MAX = 30_000;

/** All that still run, so that none is left behind. */
const running = new Set<ChildProcess>();

export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Runs `kentongan` of a checkout in this Node.js itself: no launcher stands between a signal and the server. */
function spawnKentongan(
  tree: string,
  words: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  descriptors?: number,
): ChildProcess {
  const program = [process.execPath, join(tree, 'bin', 'kentongan.js'), ...words];
  const [command = '', ...rest] =
    // The shell makes room for the server: it is the same process.
    descriptors === undefined
      ? program
      : ['sh', '-c', `ulimit -n ${descriptors}; exec "$@"`, 'sh', ...program];
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A zone that is not UTC, so that chat.log has to say it. The cache saves half of a start.
    env: {
      ...process.env,
      LC_ALL: 'C',
      TZ: 'Asia/Jakarta',
      NODE_COMPILE_CACHE: join(tree, 'compile-cache'),
      ...environment,
    },
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Runs a command to its end. */
export async function runKentongan(
  tree: string,
  words: readonly string[],
): Promise<{ code: number | undefined; out: string; err: string }> {
  const child = spawnKentongan(tree, words);
  const said = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said.out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said.err += text));
  const code = await new Promise<number | undefined>((resolve) => {
    child.once('close', (exit) => resolve(exit ?? undefined));
  });
  return { code, ...said };
}

/** Owns: one process. */
export class Server {
  readonly #child: ChildProcess;
  readonly exit: Promise<Exit>;
  #out = '';
  #err = '';
  #changed: () => void = () => undefined;
  #port = 0;

  constructor(options: ServerOptions) {
    const { tree, data, operatorLog, flags = [], environment = {}, descriptors } = options;
    const words = ['serve', '--engine', 'sqlite', '--host', '127.0.0.1', '--port', '0'];
    this.#child = spawnKentongan(
      tree,
      [...words, '--ready', 'json', '--quiet', '--data', data, '--operator-log', operatorLog, ...flags],
      environment,
      descriptors,
    );
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text;
      this.#changed();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text;
    });
    this.exit = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        resolve({ code: code ?? undefined, signal: signal ?? undefined });
        this.#changed();
      });
    });
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What it has said on standard error. */
  get complaint(): string {
    return this.#err.trim();
  }

  /** True: it accepts connections. False: it has ended instead; `exit` and `complaint` say how. */
  async ready(): Promise<boolean> {
    const late = setTimeout(() => this.#child.kill('SIGKILL'), START_MS_MAX);
    try {
      while (!this.#out.includes('\n')) {
        if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
          await this.exit;
          return false;
        }
        await new Promise<void>((resolve) => {
          this.#changed = resolve;
        });
      }
    } finally {
      clearTimeout(late);
    }
    const { port } = JSON.parse(this.#out.slice(0, this.#out.indexOf('\n'))) as { port: number };
    this.#port = port;
    return true;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Kills it; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exit;
  }

  /** Asks it to stop. */
  async stop(): Promise<Exit> {
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS_MAX);
    const exit = await this.exit;
    clearTimeout(late);
    return exit;
  }
}
