// Runs command lines in this process against a server in this process.
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PassThrough, Writable } from 'node:stream';
import { run } from '../../../clients/cli/program.ts';
import { createServer, type Server, type ServerOptions } from '../../../src/index.ts';

/** A text that grows, and whoever waits for something in it. */
class Collected extends Writable {
  text = '';
  #waiting: (() => void)[] = [];

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    for (const wake of this.#waiting.splice(0)) wake();
    done();
  }

  /** Resolves when the text matches. */
  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.text)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** One command, running or ended. */
export interface Running {
  readonly stdin: PassThrough;
  readonly stdout: Collected;
  readonly stderr: Collected;
  readonly exitCode: Promise<number>;
}

/** A server, a state directory, and commands that use both. */
export class CommandRig {
  readonly directory: string;
  server: Server;

  constructor(directory: string, server: Server) {
    this.directory = directory;
    this.server = server;
  }

  static async start(options: Partial<ServerOptions> = {}): Promise<CommandRig> {
    const directory = mkdtempSync(join(tmpdir(), 'kentongan-cli-'));
    const data = join(directory, 'data');
    return new CommandRig(directory, await createServer({ host: '127.0.0.1', port: 0, data, ...options }));
  }

  /** The server starts again, and finds the log of a room damaged. */
  async damage(room: string): Promise<void> {
    const { data } = this.server;
    await this.server.close();
    const database = new DatabaseSync(join(data, 'log.db'));
    database.prepare('UPDATE room SET newest = newest + 1 WHERE name = ?').run(room);
    database.close();
    this.server = await createServer({ host: '127.0.0.1', port: 0, data });
  }

  /** The server starts again, on its port. `renewed`: with a certificate of another making. */
  async restart({
    renewed = false,
    ...options
  }: Partial<ServerOptions> & { renewed?: boolean } = {}): Promise<void> {
    const { data, port } = this.server;
    await this.server.close({ drain: 0 });
    if (renewed) rmSync(join(data, 'tls'), { recursive: true });
    this.server = await createServer({ host: '127.0.0.1', port, data, ...options });
  }

  /** The fingerprint of the server's certificate. */
  get fingerprint(): string {
    const pem = readFileSync(join(this.server.data, 'tls', 'cert.pem'));
    return new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
  }

  async end(): Promise<void> {
    await this.server.close({ drain: 0 });
    rmSync(this.directory, { recursive: true, force: true });
  }

  get address(): string {
    return `127.0.0.1:${this.server.port}`;
  }

  /** Starts a command line; `variables` are its environment beside the state directory. */
  run(args: readonly string[], variables: Record<string, string> = {}): Running {
    const stdout = new Collected();
    return { stdout, ...this.runInto(stdout, args, variables) };
  }

  /** As `run`, with a standard output of the test's own. */
  runInto(
    stdout: Writable,
    args: readonly string[],
    variables: Record<string, string> = {},
  ): Omit<Running, 'stdout'> {
    const [stdin, stderr] = [new PassThrough(), new Collected()];
    const env = { LANG: 'en_GB.UTF-8', KENTONGAN_STATE: join(this.directory, 'state'), ...variables };
    const exitCode = run(args, { stdin, stdout, stderr, env } as unknown as NodeJS.Process);
    return { stdin, stderr, exitCode };
  }

  /** Runs a command line to its end. */
  async result(
    args: readonly string[],
    input: string | Uint8Array = '',
    variables: Record<string, string> = {},
  ): Promise<{ exitCode: number; out: string; err: string }> {
    const running = this.run(args, variables);
    running.stdin.end(input);
    const exitCode = await running.exitCode;
    return { exitCode, out: running.stdout.text, err: running.stderr.text };
  }
}
