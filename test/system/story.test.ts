// The story that everything else is for: people at terminals, one of them on another machine, one who comes
// late, one who is killed and comes back. The other machine is a network namespace with an address of its own.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Process, readyOf } from '../server/processes.ts';
import { OtherMachine } from './other-machine.ts';

const BIN = fileURLToPath(new URL('../../bin/kentongan.js', import.meta.url));
const NAME = `kt${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'kentongan-'));
let server: Process;
let port: number;
let machine: OtherMachine;

function tmux(...words: string[]): string {
  return execFileSync('tmux', ['-L', NAME, ...words], { encoding: 'utf8' });
}

/** Opens a terminal in which a person starts to chat. Each person has a state directory of their own. */
function terminal(person: string, host: string, ...before: string[]): void {
  const command = [
    ...before,
    'env',
    'LC_ALL=C.UTF-8',
    `KENTONGAN_STATE=${join(folder, person)}`,
    process.execPath,
    BIN,
    'chat',
    `${person}@${host}:${port}`,
  ].join(' ');
  // The terminal stays when its program ends, so that its last words can be read.
  tmux('new-window', '-d', '-n', person, `${command}; echo the end; exec sleep 600`);
}

function type(person: string, text: string): void {
  tmux('send-keys', '-t', person, '-l', text);
  tmux('send-keys', '-t', person, 'Enter');
}

function screen(person: string): string {
  return tmux('capture-pane', '-p', '-J', '-S', '-', '-t', person);
}

async function shows(person: string, what: RegExp): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    if (what.test(screen(person))) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${person} does not see ${String(what)}:\n${screen(person)}`);
}

beforeAll(async () => {
  machine = new OtherMachine(NAME);
  server = new Process(['serve', '--port', '0', '--ready', 'json', '--data', join(folder, 'data')]);
  ({ port } = await readyOf(server));
  tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'story', '-x', '100', '-y', '40', 'exec sleep 600');
});

afterAll(async () => {
  spawnSync('tmux', ['-L', NAME, 'kill-server']);
  server.kill('SIGTERM');
  await server.exit;
  machine.end();
  rmSync(folder, { recursive: true, force: true });
});

test('three terminals chat, a fourth reads what was said, a killed one comes back as itself', async () => {
  terminal('alice', '127.0.0.1');
  await shows('alice', /alice came in/);
  terminal('bob', '127.0.0.1');
  await shows('alice', /bob came in/);
  terminal('carol', machine.here, ...machine.before);
  await shows('alice', /carol came in/);

  type('alice', 'selamat pagi');
  type('carol', 'good morning from the other machine');
  await shows('bob', /alice: selamat pagi/);
  await shows('alice', /carol: good morning from the other machine/);
  type('bob', 'hai');
  await shows('carol', /bob: hai/);

  terminal('dina', '127.0.0.1');
  await shows('dina', /alice: selamat pagi/);
  await shows('dina', /carol: good morning from the other machine/);
  await shows('alice', /dina came in/);

  const bobs = tmux('list-panes', '-t', 'bob', '-F', '#{pane_pid}').trim();
  const [client] = readFileSync(`/proc/${bobs}/task/${bobs}/children`, 'utf8').trim().split(' ');
  process.kill(Number(client), 'SIGKILL');
  await shows('bob', /the end/);
  type('alice', 'where is bob?');
  await shows('carol', /alice: where is bob\?/);
  tmux('kill-window', '-t', 'bob');
  terminal('bob', '127.0.0.1');
  await shows('bob', /alice: where is bob\?/);
  type('bob', 'here I am');
  await shows('carol', /bob: here I am/);

  type('carol', '/quit');
  await shows('alice', /carol left/);

  const log = readFileSync(join(folder, 'data', 'chat.log'), 'utf8')
    .trimEnd()
    .split('\n');
  const told = log.map((line) =>
    line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}([+-]\d\d:\d\d|Z) /, ''),
  );
  expect(told.map((line) => line.replace(/^lobby #\d+ /, ''))).toEqual([
    'join alice',
    'join bob',
    'join carol',
    expect.stringMatching(/^chat (alice: selamat pagi|carol: good morning)/),
    expect.stringMatching(/^chat (alice: selamat pagi|carol: good morning)/),
    'chat bob: hai',
    'join dina',
    'chat alice: where is bob?',
    'chat bob: here I am',
    expect.stringMatching(/^leave carol/),
  ]);
});
