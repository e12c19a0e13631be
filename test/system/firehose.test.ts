// A long file goes through `kentongan send` to many readers, one of which is stopped and continued.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { Process, readyOf } from '../server/processes.ts';

const LINES = 100_000;
const READERS = 50;
const BIN = fileURLToPath(new URL('../../bin/kentongan.js', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'kentongan-'));
const environment = { ...process.env, LC_ALL: 'C', KENTONGAN_STATE: join(folder, 'state') };
const processes: Array<{ kill(signal: NodeJS.Signals): unknown }> = [];

afterAll(() => {
  for (const each of processes) each.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Reader {
  readonly file: string;
  kill(signal: NodeJS.Signals): unknown;
}

function readerOf(number: number, target: string): Reader {
  const file = join(folder, `tail-${number}.jsonl`);
  const out = openSync(file, 'w');
  const child = spawn(process.execPath, [BIN, 'tail', '--json', '--after', '0', target], {
    stdio: ['ignore', out, 'inherit'],
    env: environment,
  });
  closeSync(out);
  const reader = { file, kill: (signal: NodeJS.Signals) => child.kill(signal) };
  processes.push(reader);
  return reader;
}

async function until(what: string, holds: () => boolean, ms = 240_000): Promise<void> {
  const start = Date.now();
  while (!holds()) {
    if (Date.now() - start > ms) throw new Error(`${what}: not within ${ms / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function lastSeq(file: string): number {
  const seqs = /"seq":(\d+),(?!.*"seq")/s.exec(readFileSync(file).subarray(-600).toString());
  return Number(seqs?.[1] ?? 0);
}

/** The texts that a reader wrote, one per line, as one digest; and whether their numbers were dense. */
function heard(file: string): { digest: string; dense: boolean } {
  const hash = createHash('sha256');
  let dense = true;
  let expected = 0;
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const entry = JSON.parse(line) as { type: string; seq: number; text: string };
    dense &&= entry.seq === ++expected;
    hash.update(`${entry.text}\n`);
  }
  return { digest: hash.digest('hex'), dense };
}

test(`${LINES} lines reach ${READERS} readers complete and in order, one of them stopped for a while`, async () => {
  const server = new Process(
    [
      'serve',
      ...['--host', '127.0.0.1', '--port', '0', '--ready', 'json', '--data', join(folder, 'data')],
      // As fast as both can.
      ...['--rate', '0'],
    ],
    environment,
  );
  processes.push(server);
  const { port } = await readyOf(server);
  const target = `127.0.0.1:${port}`;

  const readers = Array.from({ length: READERS }, (_, i) => readerOf(i, target));
  const stopped = readers[7] as Reader;
  const text = Array.from({ length: LINES }, (_, i) => `line ${i} ${'·'.repeat(i % 40)}`).join('\n');
  const source = join(folder, 'lines.txt');
  writeFileSync(source, `${text}\n`);

  const started = Date.now();
  const input = openSync(source, 'r');
  const send = spawn(process.execPath, [BIN, 'send', '--to', `sender@${target}`], {
    stdio: [input, 'inherit', 'pipe'],
    env: environment,
  });
  closeSync(input);
  let said = '';
  send.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const sent = new Promise<number | null>((resolve) => {
    send.on('close', resolve);
  });
  await until('the stopped reader begins', () => statSync(stopped.file).size > 0);
  stopped.kill('SIGSTOP');
  expect(await sent, said).toBe(0);
  const sendSeconds = (Date.now() - started) / 1000;
  const others = readers.filter((reader) => reader !== stopped);
  await until('the others have all', () => others.every(({ file }) => lastSeq(file) === LINES));
  const sizeWhileStopped = statSync(stopped.file).size;
  expect(lastSeq(stopped.file)).toBeLessThan(LINES);
  stopped.kill('SIGCONT');
  await until('the stopped one has all', () => lastSeq(stopped.file) === LINES);
  const seconds = (Date.now() - started) / 1000;

  expect(statSync(stopped.file).size).toBeGreaterThan(sizeWhileStopped);
  const digest = createHash('sha256').update(`${text}\n`).digest('hex');
  for (const { file } of readers) expect(heard(file)).toEqual({ digest, dense: true });
  process.stdout.write(
    `${LINES} lines: sent in ${sendSeconds.toFixed(1)} s, at all ${READERS} readers after ${seconds.toFixed(1)} s\n`,
  );
});
