// The programs of docs/classroom.md run, with nothing but Python's standard library.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createServer as createChatServer, type Server, type ServerOptions } from '../../src/index.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../server/processes.ts';

const DOCS = new URL('../../docs/', import.meta.url);
const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

async function serve(
  options: Partial<ServerOptions> = {},
): Promise<{ server: Server; port: number; data: string }> {
  const data = mkdtempSync(join(tmpdir(), 'kentongan-'));
  undo.push(() => rmSync(data, { recursive: true, force: true }));
  const server = await createChatServer({ host: '127.0.0.1', port: 0, data, operatorLog: false, ...options });
  undo.push(() => server.close({ drain: 0 }));
  return { server, port: server.port, data };
}

/** A program of the lesson, with what it has printed. */
class Program {
  readonly process: ChildProcess;
  printed = '';
  #wake: () => void = () => undefined;

  constructor(file: string, ...args: readonly string[]) {
    this.process = spawn('python3', [new URL(file, DOCS).pathname, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    undo.push(() => this.process.kill());
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.printed += text;
      this.#wake();
    });
  }

  say(line: string): void {
    this.process.stdin?.write(`${line}\n`);
  }

  async prints(text: string): Promise<void> {
    while (!this.printed.includes(text)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

test('two clients of the lesson talk, the second one through the program that shows the frames', async () => {
  const { port } = await serve();
  const watchPort = await freePort();
  const watch = new Program('classroom-watch.py', String(watchPort), '127.0.0.1', String(port));
  const siti = new Program('classroom.py', '127.0.0.1', String(port), 'siti');
  siti.say('selamat pagi');
  await siti.prints('siti: selamat pagi');
  const budi = await connected(() => new Program('classroom.py', '127.0.0.1', String(watchPort), 'budi'));
  await budi.prints('siti: selamat pagi');
  budi.say('halo \u001b[2J semua');
  await siti.prints('budi: halo ?[2J semua');
  await watch.prints('client →');
  expect(watch.printed).toContain('server →');
  budi.process.stdin?.end();
  const [code] = (await once(budi.process, 'exit')) as [number];
  expect(code).toBe(0);
});

/** The watcher takes a moment until it listens; a client that comes too early ends at once. */
async function connected(start: () => Program): Promise<Program> {
  for (;;) {
    const program = start();
    const ended = once(program.process, 'exit').then(() => true);
    if (!(await Promise.race([ended, program.prints('selamat pagi').then(() => false)]))) return program;
  }
}

test('all of two thousand lines is stored before the client of the lesson ends (KTG-8.12)', async () => {
  const { server, port, data } = await serve();
  const siti = new Program('classroom.py', '127.0.0.1', String(port), 'siti');
  const lines = Array.from({ length: 2_000 }, (_, n) => `baris ${n + 1}`);
  // Empty lines are none.
  siti.say(`\n${lines.join('\n')}\n   `);
  siti.process.stdin?.end();
  const [code] = (await once(siti.process, 'exit')) as [number];
  expect(code).toBe(0);
  await server.close({ drain: 0 });
  const log = readFileSync(join(data, 'chat.log'), 'utf8');
  expect(Array.from(log.matchAll(/siti: (.*)/g), ([, text]) => text)).toEqual(lines);
});

test('whom the server does not let in is told why, and the client of the lesson ends', async () => {
  const { port } = await serve({ lab: true });
  const siti = new Program('classroom.py', '127.0.0.1', String(port), 'siti');
  const startedAt = performance.now();
  // Nothing ends its input.
  const [code] = (await once(siti.process, 'exit')) as [number];
  expect([code, siti.printed]).toEqual([1, 'fault 1020\n']);
  // It does not wait until the server loses patience.
  expect(performance.now() - startedAt).toBeLessThan(8_000);
});

test('the frames can be watched of the client that people use, too, without TLS', async () => {
  const { port, data } = await serve();
  const watchPort = await freePort();
  const watch = new Program('classroom-watch.py', String(watchPort), '127.0.0.1', String(port));
  const words = ['send', '--to', `kentongan+plain://dewi@localhost:${watchPort}`, 'halo dari dewi'];
  const environment = { KENTONGAN_STATE: join(data, 'state') };
  // The watcher takes a moment until it listens.
  await expect.poll(() => run(words, environment), { timeout: 10_000 }).toMatchObject({ code: 0 });
  await watch.prints('halo dari dewi');
  expect(watch.printed).toMatch(/^client → +\d+ 22 /m);
});

test('the client of the lesson has forty lines', () => {
  const lines = readFileSync(new URL('classroom.py', DOCS), 'utf8').split('\n');
  expect(lines.filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(40);
});
