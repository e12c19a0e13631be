// Real processes of `kentongan`, as people and scripts start them.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/kentongan.js', import.meta.url));

/** A process and what it says. */
export class Process {
  readonly child: ChildProcess;
  out = '';
  err = '';
  #changed: () => void = () => undefined;
  readonly exit: Promise<number | NodeJS.Signals>;

  constructor(words: readonly string[], environment: NodeJS.ProcessEnv = {}, node = process.execPath) {
    this.child = spawn(node, [BIN, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C', ...environment },
    });
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.out += chunk.toString();
      this.#changed();
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.err += chunk.toString();
      this.#changed();
    });
    this.exit = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        resolve(signal ?? code ?? -1);
        this.#changed();
      });
    });
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Waits until it has said something. */
  async says(what: RegExp, where: 'out' | 'err' = 'out'): Promise<RegExpExecArray> {
    for (;;) {
      const found = what.exec(this[where]);
      if (found !== null) return found;
      if (this.ended) {
        await this.exit;
        const last = what.exec(this[where]);
        if (last !== null) return last;
        throw new Error(`it ended without ${String(what)}:\n${this.out}\n${this.err}`);
      }
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

/** What the ready line says. */
export interface Ready {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  readonly data: string;
  /** Of its certificate. */
  readonly fingerprint: string;
}

/** Waits for the ready line of a server that was started with `--ready json`. */
export async function readyOf(server: Process): Promise<Ready> {
  const [line = ''] = await server.says(/^.*\n/);
  return JSON.parse(line) as Ready;
}

/** Runs a command to its end. */
export async function run(
  words: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<{ code: number | NodeJS.Signals; out: string; err: string }> {
  const process = new Process(words, environment);
  const code = await process.exit;
  return { code, out: process.out, err: process.err };
}
