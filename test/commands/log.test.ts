// `kentongan log …` as people and scripts run it, beside a server and without one.
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Frame, Status } from '../../src/protocol/index.ts';
import { until } from '../net/bench.ts';
import { Process, type Ready, readyOf, run } from '../server/processes.ts';
import { RawClient } from '../server/raw-client.ts';
import { converse, PRIVATE_ROOM, Stage } from '../archive/stage.ts';

const BIN = fileURLToPath(new URL('../../bin/kentongan.js', import.meta.url));
/** A user without rights. */
const NOBODY = 65_534;
/** A file that is no log. */
const PROSE = fileURLToPath(import.meta.url);
let directory: string;
let data: string;
let processes: Process[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kentongan-'));
  data = join(directory, 'data');
  processes = [];
});
afterEach(async () => {
  for (const one of processes) {
    one.kill('SIGKILL');
    await one.exit;
  }
  await rm(directory, { recursive: true, force: true });
});

const log = (...words: string[]): ReturnType<typeof run> => run(['log', ...words, '--data', data]);

async function serve(
  ...words: string[]
): Promise<{ server: Process; ready: Ready; stop: () => Promise<void> }> {
  const server = new Process([
    'serve',
    '--data',
    data,
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--ready',
    'json',
    ...words,
  ]);
  processes.push(server);
  const ready = await readyOf(server);
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM');
    expect(await server.exit).toBe(0);
  };
  return { server, ready, stop };
}

/** A stopped server's directory with a conversation in it. */
async function filled(chats = 20): Promise<void> {
  mkdirSync(data, { mode: 0o700 });
  await new Stage().fillAndRemove((filling) => converse(filling, chats), data);
}

function sql(statement: string): void {
  const database = new DatabaseSync(join(data, 'log.db'));
  database.exec(statement);
  database.close();
}

/** Waits until so many sends were answered. */
async function stored(client: RawClient, count: number): Promise<void> {
  const isStored = ({ kind }: Frame): boolean =>
    kind?.$case === 'system' && kind.value.kind?.$case === 'stored';
  await until(() => client.frames.filter(isStored).length >= count);
}

/** Whether a text stands anywhere in the log's own files. */
function holders(text: string, files = ['log.db', 'log.db-wal', 'log.mark', 'chat.log']): string[] {
  return files.filter((name) => {
    const file = join(data, name);
    return existsSync(file) && readFileSync(file).includes(text);
  });
}

describe('beside a running server', () => {
  test('the log is verified, exported and backed up; it is not restored and not rebuilt', async () => {
    const { ready, stop } = await serve();
    const alice = await RawClient.join(ready.port, 'alice');
    alice.chat('hello there');
    await alice.system('stored');

    expect(await log('verify')).toMatchObject({ code: 0, err: '' });
    expect((await log('verify')).out).toMatch(
      /^lobby: #1 to #2, whole\nWhole: 1 room, 2 entries, \d+ B\.\n$/,
    );
    const exported = await log('export');
    expect(exported).toMatchObject({ code: 0, err: '' });
    expect(exported.out).toBe(readFileSync(join(data, 'chat.log'), 'utf8'));
    const copy = join(directory, 'copy');
    const made = await log('backup', copy);
    expect([made.code, made.err]).toEqual([0, '']);
    expect(made.out).toMatch(/^Backup: .*copy, \d+ KiB; 1 room, 2 entries, verified\.\n$/);
    expect((await log('verify', '--file', copy)).out).toContain('lobby: #1 to #2, whole\n');

    for (const words of [['restore', copy, '--replace'], ['rebuild-chatlog']]) {
      const refused = await log(...words);
      expect([refused.code, refused.err]).toEqual([
        1,
        expect.stringContaining('is in use by a running server'),
      ]);
    }
    await stop();
  });

  test('twenty backups under load, each of them whole, in order, and done', { timeout: 60_000 }, async () => {
    const { ready, stop } = await serve('--rate', '0');
    const clients = await Promise.all(['ann', 'ben', 'cid'].map((name) => RawClient.join(ready.port, name)));
    const load = { isOn: true };
    let sent = 0;
    const loading = Promise.all(
      clients.map(async (client) => {
        while (load.isOn) {
          for (let n = 0; n < 5; n++) client.chat(`message ${sent++} ${'x'.repeat(200)}`);
          await until(() => client.frames.length >= 0);
          await new Promise((resolve) => {
            setTimeout(resolve, 5);
          });
        }
      }),
    );
    let before = 0;
    for (let n = 0; n < 20; n++) {
      const copy = join(directory, `copy-${n}`);
      const made = await log('backup', copy);
      expect([made.code, made.err]).toEqual([0, '']);
      const [, entries = '0'] = /(\d+) entries, verified/.exec(made.out) ?? [];
      expect(Number(entries)).toBeGreaterThan(before);
      before = Number(entries);
    }
    load.isOn = false;
    await loading;
    expect(readdirSync(directory).filter((name) => !name.startsWith('copy-'))).toEqual(['data']);
    for (const client of clients) client.socket.destroy();
    await stop();
  });

  test('an entry is erased: nothing of it is left in the log, and it is said where it still is', async () => {
    const { ready, stop } = await serve();
    const alice = await RawClient.join(ready.port, 'alice');
    alice.chat('the secret word is xyzzy-4711');
    await alice.system('stored');
    // Merged and copied about, as a log that grows does it.
    for (let n = 0; n < 300; n++) alice.chat(`${n} ${'filling '.repeat(60)}`);
    await stored(alice, 301);
    expect(holders('xyzzy-4711')).not.toEqual([]);
    const erased = await log('erase', 'lobby', '2');
    expect([erased.code, erased.err]).toEqual([0, '']);
    expect(erased.out).toMatch(
      /^Erased: #2 in lobby\. The room is told so by #\d+\.\nIt still stands in chat\.log/,
    );
    await until(() => holders('xyzzy-4711', ['log.db', 'log.db-wal']).length === 0);
    expect(holders('xyzzy-4711')).toEqual(['chat.log']);
    expect((await log('verify')).code).toBe(0);

    expect((await log('erase', 'lobby', '2')).err).toContain('was erased before');
    expect((await log('erase', 'lobby', '1')).err).toContain('is no message');
    expect((await log('erase', 'lobby', '999')).err).toContain('no entry #999');
    expect((await log('erase', 'nowhere', '1')).err).toContain('no room nowhere');
    await stop();
    const rebuilt = await log('rebuild-chatlog', '--discard');
    expect([rebuilt.code, rebuilt.err]).toEqual([0, '']);
    expect(holders('xyzzy-4711')).toEqual([]);
  });
});

describe('without a server', () => {
  test('what is damaged is told with room, range and kind, for people and programs', async () => {
    await filled(1500);
    expect((await log('verify', '--room', 'physics')).out).toContain(
      'physics: #1 to #1, whole\nWhole: 1 room,',
    );
    sql('UPDATE segment SET bytes = zeroblob(length(bytes)) WHERE room = 1 AND first = 1');
    sql("UPDATE room SET newest = 5 WHERE name = 'physics'");
    const told = await log('verify');
    expect(told.code).toBe(1);
    expect(told.out).toMatch(/^lobby: #1 to #\d+ DAMAGED: these entries are not what was written$/m);
    expect(told.out).toMatch(/^physics: DAMAGED: the head of the room is not what was written$/m);
    expect(told.out).toMatch(
      /Damaged rooms: 2\. .*restore FILE --replace.*log\.db --data .* --salvage --replace/,
    );
    const json = JSON.parse((await log('verify', '--json')).out) as {
      isWhole: boolean;
      rooms: Array<{ room: string; damages: unknown[] }>;
    };
    expect(json.isWhole).toBe(false);
    expect(json.rooms[0]).toMatchObject({
      room: 'lobby',
      damages: [{ room: 'lobby', from: 1, to: expect.any(Number), kind: 'segment' }],
    });
    const exported = await log('export', '--room', 'lobby');
    expect(exported.code).toBe(1);
    expect(exported.err).toMatch(/^lobby: #1 to #\d+ are damaged and were left out\.\n$/);
    expect(exported.out).toMatch(/^\S+ lobby #\d+ gap #1\n/);
  });

  test('a log that was put back to an earlier state shows by its mark', async () => {
    await filled();
    const database = join(data, 'log.db');
    const earlier = readFileSync(database);
    await new Stage().fillAndRemove(async (filling) => {
      filling.open('lobby');
      filling.chat('lobby', 'bob', 'lost');
      await filling.commit();
    }, data);
    await rm(`${database}-wal`, { force: true });
    writeFileSync(database, earlier);
    expect((await log('verify')).out).toContain(
      'lobby: #25 to #25 DAMAGED: entries that had been stored are gone',
    );
    await rm(join(data, 'log.mark'));
    const unmarked = await log('verify');
    expect(unmarked).toMatchObject({ code: 0, err: expect.stringMatching(/^There is no .*log\.mark/) });
  });

  test('private rooms are exported only when that is asked for', async () => {
    await filled();
    const some = await log('export', '--format', 'jsonl');
    expect(some.out).not.toContain('between us');
    expect(some.err).toBe('Private rooms left out: 1. --private exports them, too.\n');
    expect((await log('export', '--private')).out).toContain('between us');
    const one = await log('export', '--room', PRIVATE_ROOM);
    expect([one.code, one.out, one.err]).toEqual([2, '', expect.stringContaining('--private alone')]);
    expect((await log('export', '--room', PRIVATE_ROOM, '--private')).out).toMatch(/between us\n$/);
  });

  test('of 100,000 entries one page is in memory, and a reader that has enough ends it', async () => {
    await filled(100_000);
    const limited = spawn(
      process.execPath,
      ['--max-old-space-size=48', BIN, 'log', 'export', '--data', data, '--format', 'jsonl', '--private'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const exited = new Promise((resolve) => limited.on('close', resolve));
    let lines = 0;
    let peak = 0;
    for await (const chunk of limited.stdout as AsyncIterable<Buffer>) {
      lines += chunk.toString('latin1').split('\n').length - 1;
      peak = Math.max(peak, residentBytes(limited.pid ?? 0));
      // A reader that is slower than the log.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    expect(await exited).toBe(0);
    expect(lines).toBe(100_006);
    // The lines alone are 35 MB; the small heap has no place for all of them at once. With all that a process has
    // beside its heap it was seen to take 145 to 202 MiB.
    if (peak > 0) expect(peak).toBeLessThan(260 * 1_048_576);

    const first = spawn(process.execPath, [BIN, 'log', 'export', '--data', data, '--private'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = new Promise((resolve) => first.on('close', resolve));
    let errors = '';
    first.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    first.stdout.once('data', () => first.stdout.destroy());
    expect([await end, errors]).toEqual([0, '']);
  });

  test('a backup goes back, under new logs: clients that were here before begin anew', async () => {
    const first = await serve();
    const alice = await RawClient.join(first.ready.port, 'alice');
    alice.chat('hello');
    await alice.system('stored');
    const joined = await alice.system('joined');
    await first.stop();
    const copy = join(directory, 'copy');
    expect((await log('backup', copy)).code).toBe(0);
    expect(statSync(copy).mode & 0o777).toBe(0o600);

    const refused = await log('restore', copy);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('--replace moves it aside')]);
    const restored = await log('restore', copy, '--replace');
    expect([restored.code, restored.err]).toEqual([0, '']);
    expect(restored.out).toMatch(
      /^lobby: \d entries, up to #\d\nWhat was there before lies in .*replaced-.*\nRestored: 1 room,/,
    );
    expect((await log('verify')).code).toBe(0);

    const second = await serve();
    const back = await RawClient.connect(second.ready.port);
    back.hello('bob');
    await back.system('welcome');
    const kind = joined.kind?.$case === 'system' ? joined.kind.value.kind : undefined;
    const before = kind?.$case === 'joined' ? kind.value : undefined;
    back.resume('lobby', { logId: before?.logId ?? new Uint8Array(), seq: 1, check: 0 });
    const again = await back.system('joined');
    expect(again.kind).toMatchObject({ value: { kind: { value: { status: Status.NEW_LOG } } } });
    // chat.log is written anew by the server.
    await until(() => holders('chat alice: hello', ['chat.log']).length === 1);
    await second.stop();
  });

  test('what is left of a damaged log is saved from itself', async () => {
    await filled(1500);
    sql('UPDATE segment SET bytes = zeroblob(length(bytes)) WHERE room = 1 AND first = 1');
    const damaged = await log('restore', join(data, 'log.db'), '--replace');
    expect([damaged.code, damaged.err]).toEqual([
      1,
      expect.stringContaining('is damaged, so nothing was restored'),
    ]);
    const saved = await log('restore', join(data, 'log.db'), '--replace', '--salvage');
    expect([saved.code, saved.err]).toEqual([1, '']);
    expect(saved.out).toMatch(/^lobby: #1 to #\d+ are lost; each place says that something was removed$/m);
    expect((await log('verify')).code).toBe(0);
    const { server, stop } = await serve();
    expect(server.err).not.toMatch(/damaged/i);
    await stop();
  });

  test('an entry is erased, and chat.log written anew: as it would have been, but for that', async () => {
    const { ready, stop } = await serve();
    const alice = await RawClient.join(ready.port, 'alice');
    for (const text of ['one', 'the secret word is xyzzy-4711', 'three']) alice.chat(text);
    await stored(alice, 3);
    await stop();
    const before = readFileSync(join(data, 'chat.log'), 'utf8');
    const erased = await log('erase', 'lobby', '3');
    expect([erased.code, erased.err]).toEqual([0, '']);
    expect(holders('xyzzy-4711')).toEqual(['chat.log']);
    expect((await log('rebuild-chatlog')).code).toBe(0);
    const lines = readFileSync(join(data, 'chat.log'), 'utf8').split('\n');
    expect(lines.filter((line) => !/ #3 | removal | erased /.test(line)).join('\n')).toBe(
      before
        .split('\n')
        .filter((line) => !line.includes(' #3 '))
        .join('\n'),
    );
    expect(readFileSync(join(data, 'chat.log.1'), 'utf8')).toBe(before);
    // The next server goes on where the new file ends.
    const next = await serve();
    await RawClient.join(next.ready.port, 'bob');
    await until(() => holders('join bob', ['chat.log']).length === 1);
    await next.stop();
    const after = readFileSync(join(data, 'chat.log'), 'utf8');
    expect(after.startsWith(lines.join('\n'))).toBe(true);
    expect(after.match(/ #2 /g)?.length).toBe(1);
  });

  test('a log whose -wal was deleted is lost, for every command, and is not written to', async () => {
    const { server, ready } = await serve();
    const alice = await RawClient.join(ready.port, 'alice');
    for (const text of ['one', 'two']) alice.chat(text);
    await stored(alice, 2);
    server.kill('SIGKILL');
    await server.exit;
    rmSync(join(data, 'log.db-wal'));
    const before = readFileSync(join(data, 'log.db'));
    const told = /log\.mark tells of rooms that .*log\.db does not have/;
    for (const words of [['verify'], ['export'], ['backup', join(directory, 'copy')]]) {
      const refused = await log(...words);
      expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(told)]);
    }
    const again = await run(['serve', '--data', data, '--port', '0']);
    expect([again.code, again.err]).toEqual([1, expect.stringMatching(told)]);
    expect(readFileSync(join(data, 'log.db')).equals(before)).toBe(true);
    // Salvage tells what there was.
    const file = join(data, 'log.db');
    expect((await log('restore', file, '--replace')).err).toMatch(told);
    for (const empty of [false, true]) {
      if (empty) {
        writeFileSync(file, '');
        copyFileSync(
          join(data, readdirSync(data).find((name) => name.startsWith('replaced-')) ?? '', 'log.mark'),
          join(data, 'log.mark'),
        );
      }
      const saved = await log('restore', file, '--replace', '--salvage');
      expect([saved.code, saved.err]).toEqual([1, '']);
      expect(saved.out).toMatch(/^lobby: #1 to #3 are lost; nothing is left of this room$/m);
    }
    const { stop } = await serve();
    await stop();
  });

  test('Ctrl-C leaves nothing of a backup or a restore behind', async () => {
    await filled(60_000);
    for (const words of [
      ['backup', join(directory, 'copy')],
      ['restore', join(data, 'log.db'), '--replace'],
    ]) {
      const command = new Process(['log', ...words, '--data', data]);
      processes.push(command);
      await until(() => readdirSync(directory).length > 1 || readdirSync(data).includes('log.db.restoring'));
      command.kill('SIGINT');
      expect(await command.exit).toBe(1);
      expect(command.err).toBe('kentongan: Stopped; nothing was changed.\n');
      expect(readdirSync(directory)).toEqual(['data']);
      expect(readdirSync(data).filter((name) => /restoring|replaced/.test(name))).toEqual([]);
    }
    expect((await log('verify')).code).toBe(0);
  });
});

describe('refusals say what to do', () => {
  test.each([
    [['verify'], 1, /There is no log: .*log\.db does not exist\. Name the data directory with --data\./],
    [['verify', '--file', '/nowhere/copy'], 1, /\/nowhere\/copy does not exist\. Give the path of a backup/],
    [['restore', '/nowhere/copy'], 1, /\/nowhere\/copy does not exist/],
    [['erase', 'lobby', '7'], 1, /There is no log/],
    [['rebuild-chatlog'], 1, /There is no log/],
    [['backup', '/nowhere/copy'], 1, /can not be written \(ENOENT\)/],
    [['erase', 'lobby', 'x'], 2, /"x" is no number of an entry/],
    [['erase', 'lobby'], 2, /Something is missing: seq\.\n"npx kentongan log erase --help"/],
    [['backup'], 2, /Something is missing: file\.\n"npx kentongan log backup --help"/],
    [['rebuild-chatlog', '--nope'], 2, /\n"npx kentongan log rebuild-chatlog --help"/],
    [['export', '--from', '50', '--to', '10'], 2, /Nothing lies between --from and --to/],
    [['export', '--since', '2026-11-22', '--until', '2026-11-22'], 2, /between --since and --until/],
    [['restore', tmpdir()], 1, /is a directory\. Give the path of a backup/],
    [['verify', '--file', tmpdir()], 1, /is a directory/],
    [['restore', PROSE], 1, /log\.test\.ts is no log, nor a backup of one/],
    [['verify', '--file', PROSE], 1, /is no log, nor a backup/],
    [['export', '--since', 'yesterday'], 2, /"yesterday" is no time\. Write it like 2026-11-22/],
    [['export', '--since', '2026-13-22'], 2, /is no time/],
    [['export', '--format', 'xml'], 2, /"xml" is no format\. Give lines or jsonl/],
    [['nope'], 2, /There is no command nope/],
  ] as const)('%j', async (words, code, told) => {
    const refused = await log(...words);
    expect([refused.code, refused.out, refused.err]).toEqual([code, '', expect.stringMatching(told)]);
    // Nothing is made by looking.
    expect(existsSync(data)).toBe(false);
  });

  test('of a room that is not there, and in Indonesian', async () => {
    await filled();
    expect((await log('export', '--room', 'nope')).err).toMatch(/There is no room nope in this log/);
    const indonesian = await log('verify', '--lang', 'id');
    expect(indonesian.out).toMatch(/^lobby: #1 sampai #24, utuh\n/);
    expect((await log('verify', '--room', 'nope', '--lang', 'id')).err).toMatch(/Tidak ada ruang nope/);
  });

  test.runIf(process.getuid?.() === 0)('of what another user may read say who that is', async () => {
    await filled();
    const copy = join(directory, 'copy');
    expect((await log('backup', copy)).code).toBe(0);
    for (const path of [data, copy]) chownSync(path, 1000, 1000);
    chmodSync(directory, 0o755);
    const words = [
      ['verify'],
      ['export'],
      ['verify', '--file', copy],
      ['backup', '/tmp/kentongan-nowhere'],
      ['rebuild-chatlog'],
      ['restore', copy],
    ];
    for (const one of words) {
      const refused = spawnSync(process.execPath, [BIN, 'log', ...one, '--data', data], {
        uid: NOBODY,
        gid: NOBODY,
        encoding: 'utf8',
        env: { LC_ALL: 'C' },
      });
      const told =
        /\/(log\.db|copy) can not be read by this user \(EACCES\)\. Only the user with the number 1000/;
      expect([one, refused.status, refused.stderr]).toEqual([one, 1, expect.stringMatching(told)]);
    }
    expect(existsSync('/tmp/kentongan-nowhere')).toBe(false);
  });

  test.runIf(process.getuid?.() === 0 && process.platform === 'linux')(
    'of a full disk say so',
    async ({ skip }) => {
      await filled(20_000);
      const small = join(directory, 'small');
      mkdirSync(small);
      const { status } = spawnSync('sh', [
        '-c',
        'mount "$@"',
        'sh',
        '-t',
        'tmpfs',
        '-o',
        'size=1m',
        'tmpfs',
        small,
      ]);
      if (status !== 0) skip('no small disk can be mounted here');
      try {
        const told = /The disk of .*small.* is full; nothing was changed/;
        const failed = await run(['log', 'restore', join(data, 'log.db'), '--data', join(small, 'deep/er')]);
        expect([failed.code, failed.err]).toEqual([1, expect.stringMatching(told)]);
        expect((await log('backup', join(small, 'copy'))).err).toMatch(told);
        expect(readdirSync(small)).toEqual([]);
      } finally {
        spawnSync('sh', ['-c', 'umount "$1"', 'sh', small]);
      }
    },
  );

  test('of a restore leave no new directory behind', async () => {
    expect((await log('restore', PROSE)).code).toBe(1);
    await filled();
    sql('UPDATE segment SET bytes = zeroblob(length(bytes))');
    const target = join(directory, 'new/data');
    const refused = await run(['log', 'restore', join(data, 'log.db'), '--data', target]);
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringMatching(/is damaged, so nothing was restored/),
    ]);
    expect(readdirSync(directory)).toEqual(['data']);
    // One that was there stays.
    mkdirSync(target, { recursive: true });
    expect((await run(['log', 'restore', join(data, 'log.db'), '--data', target])).code).toBe(1);
    expect(existsSync(target)).toBe(true);
  });

  test('of files that are no log', async () => {
    const file = join(directory, 'other');
    writeFileSync(file, 'this is no database, it is a text that someone has written');
    expect((await log('verify', '--file', file)).err).toMatch(/other is no log, nor a backup of one/);
    const database = new DatabaseSync(join(directory, 'foreign'));
    database.exec('CREATE TABLE t (a)');
    database.close();
    expect((await log('restore', join(directory, 'foreign'))).err).toMatch(/belongs to another program/);
  });
});

/** What a process has in memory; 0 where the system does not say. */
function residentBytes(pid: number): number {
  try {
    const [, kib = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kib) * 1024;
  } catch {
    return 0;
  }
}
