// Real terminals for the system tests: a server, and clients in windows of a tmux of their own.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../bin/kentongan.js', import.meta.url));
const PATIENCE_MS = 20_000;

export interface WindowOptions {
  readonly columns?: number;
  readonly rows?: number;
  /** Another person on another machine has another one. */
  readonly state?: string;
  readonly language?: string;
  /** What stands before the command: it runs on another machine. */
  readonly before?: readonly string[];
  /** A file that standard input comes from, in the place of the terminal. */
  readonly input?: string;
  /** Environment variables. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** A server with its clients. Everything ends with `end()`. */
export class Terminals {
  readonly directory = mkdtempSync(join(tmpdir(), 'kentongan-system-'));
  readonly #socket = join(this.directory, 'tmux');
  readonly #host: string;
  #port = 0;
  #server: ChildProcess | undefined;

  /** @param host where the server listens: '' = on all of this machine */
  constructor(host = '127.0.0.1') {
    this.#host = host;
  }

  static async start(...flags: readonly string[]): Promise<Terminals> {
    const terminals = new Terminals();
    await terminals.startServer(...flags);
    return terminals;
  }

  /** Starts the server, again on the port that it had. */
  async startServer(...flags: readonly string[]): Promise<void> {
    const host = this.#host === '' ? [] : ['--host', this.#host];
    const where = [...host, '--port', String(this.#port), '--data', this.#data];
    const args = [PROGRAM, 'serve', ...where, '--ready', 'json', ...flags];
    const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#server = server;
    const line = await new Promise<string>((resolve, reject) => {
      server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
      server.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    });
    server.stdout.resume();
    this.#port = (JSON.parse(line) as { port: number }).port;
  }

  async stopServer(): Promise<void> {
    const server = this.#server;
    if (server === undefined || server.exitCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await ended;
  }

  async end(): Promise<void> {
    await this.#closeWindows();
    await this.stopServer();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Stops the server and gives it a certificate of another making. */
  async renewCertificate(): Promise<void> {
    await this.stopServer();
    rmSync(join(this.#data, 'tls'), { recursive: true });
    await this.startServer();
  }

  /** Of the server's certificate, 64 hexadecimal digits. */
  get fingerprint(): string {
    const { fingerprint256 } = new X509Certificate(readFileSync(join(this.#data, 'tls', 'cert.pem')));
    return fingerprint256.replaceAll(':', '').toLowerCase();
  }

  get port(): number {
    return this.#port;
  }

  get #data(): string {
    return join(this.directory, 'data');
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get chatLog(): string {
    return readFileSync(join(this.#data, 'chat.log'), 'utf8');
  }

  /** Starts a client in a new window. */
  open(name: string, args: readonly string[], options: WindowOptions = {}): Window {
    const { columns = 80, rows = 24, language = 'en_GB.UTF-8', before = [], input } = options;
    const variables = Object.entries({
      LC_ALL: language,
      KENTONGAN_STATE: this.#state(options.state),
      ...options.variables,
    }).map((variable) => variable.join('='));
    // The shell says how the client ended and keeps the window open.
    const client = [...before, process.execPath, PROGRAM, ...args].map(quoted).join(' ');
    const from = input === undefined ? '' : ` < ${quoted(input)}`;
    const script = `trap : INT; ${client}${from}; echo "ended with $?"; exec sleep 1000`;
    const size = ['-x', String(columns), '-y', String(rows)];
    this.#tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-s',
      name,
      ...size,
      'env',
      ...variables,
      'sh',
      '-c',
      script,
    );
    return new Window(name, (...command) => this.#tmux(...command));
  }

  /** Runs a client to its end, without a terminal. */
  async run(
    args: readonly string[],
    input: string,
    state?: string,
    before: readonly string[] = [],
  ): Promise<{ exitCode: number | null; out: string; err: string }> {
    const [program = '', ...words] = [...before, process.execPath, PROGRAM, ...args];
    const child = spawn(program, words, {
      env: { ...process.env, LC_ALL: 'en_GB.UTF-8', KENTONGAN_STATE: this.#state(state) },
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.stdin.end(input);
    const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { exitCode, out, err };
  }

  /** Ends the clients, which write down how far they have read before they go. */
  async #closeWindows(): Promise<void> {
    if (!existsSync(this.#socket)) return;
    const sessions = this.#tmux('list-panes', '-a', '-F', '#{pane_pid}').trim().split('\n');
    this.#tmux('kill-server');
    const end = Date.now() + PATIENCE_MS;
    // Those that have ended and were not yet buried (Z) are none.
    const args = ['-s', sessions.join(','), '-o', 'stat='];
    while (/^[^Z\s]/m.test(spawnSync('ps', args, { encoding: 'utf8' }).stdout)) {
      if (Date.now() > end) throw new Error(`clients go on: ${sessions.join(', ')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** The process id of the chat that has a name. */
  pidOf(name: string, state?: string): number {
    const file = join(this.#state(state), 'servers', `localhost%3a${this.#port}`, `user-${name}.json.pid`);
    return Number(readFileSync(file, 'utf8'));
  }

  #state(name = 'state'): string {
    return join(this.directory, name);
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, ...args], { encoding: 'utf8' });
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** One window, as a person sees and uses it. */
export class Window {
  readonly #target: string;
  readonly #tmux: (...args: readonly string[]) => string;

  constructor(name: string, tmux: (...args: readonly string[]) => string) {
    this.#target = `=${name}:`;
    this.#tmux = tmux;
  }

  /** Types text as it is. */
  type(text: string): void {
    this.#tmux('send-keys', '-t', this.#target, '-l', text);
  }

  /** Presses keys by tmux's names: Enter, C-c, Left, BSpace. */
  press(...keys: readonly string[]): void {
    this.#tmux('send-keys', '-t', this.#target, ...keys);
  }

  /** Pastes as a terminal does: bracketed, if the program has asked for that. */
  paste(text: string): void {
    this.#tmux('set-buffer', text);
    this.#tmux('paste-buffer', '-p', '-r', '-t', this.#target);
  }

  say(text: string): void {
    this.type(text);
    this.press('Enter');
  }

  resize(columns: number): void {
    this.#tmux('resize-window', '-t', this.#target, '-x', String(columns), '-y', '24');
  }

  /** What is on the screen, without spaces and empty rows at the ends; `-e` keeps colours, `-J` joins wrapped rows. */
  screen(...flags: readonly string[]): string {
    return this.#tmux('capture-pane', '-p', '-t', this.#target, ...flags).replace(/[ \n]+$/, '');
  }

  get rows(): string[] {
    return this.screen().split('\n');
  }

  /** Column and row of the cursor, from 0. */
  get cursor(): string {
    return this.#tmux('display-message', '-p', '-t', this.#target, '#{cursor_x},#{cursor_y}').trim();
  }

  /** Waits until the screen matches. */
  async until(pattern: RegExp): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    while (!pattern.test(this.screen())) {
      if (Date.now() > end) throw new Error(`${pattern} did not appear:\n${this.screen()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
