import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KnownHosts, KnownHostsError, type KnownHostsOptions } from '../../../clients/sdk/known-hosts.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const C = 'c'.repeat(64);
const SELF_SIGNED = { chainIsValid: false };
const VOUCHED = { chainIsValid: true };
const TRUSTED = { trusted: true };
const HOST = '192.168.1.20';
const SERVER = `${HOST}:7660`;

let folder: string;
let path: string;
/** What the application was told. */
let told: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kentongan-hosts-'));
  path = join(folder, 'state', 'deep', 'known-hosts');
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(options: KnownHostsOptions = {}): KnownHosts {
  return new KnownHosts(path, {
    onFirstUse: (host, port, fingerprint) => told.push(`first ${host} ${port} ${fingerprint.slice(0, 4)}`),
    onDamaged: ({ line, text }) => told.push(`damaged ${line} ${text}`),
    now: () => Date.UTC(2026, 10, 22, 23, 59),
    ...options,
  });
}

/** A file that is there already. */
function given(text: string): KnownHosts {
  path = join(folder, 'known-hosts');
  writeFileSync(path, text);
  return open();
}

const read = (): string => readFileSync(path, 'utf8');

describe('a server that nobody knows', () => {
  test('is pinned by two programs at once, of which neither finds a directory', async () => {
    const programs = Array.from({ length: 8 }, () => open());
    const judged = programs.map((hosts) => hosts.judge(HOST, 7660, A, SELF_SIGNED));
    expect(await Promise.all(judged)).toEqual(programs.map(() => TRUSTED));
  });

  test('is pinned, and that is told', async () => {
    const hosts = open();
    expect(await hosts.judge(HOST, 7660, A, SELF_SIGNED)).toEqual(TRUSTED);
    expect(told).toEqual([`first ${HOST} 7660 aaaa`]);
    expect(read()).toBe(`${SERVER} sha256:${A} 2026-11-22 unchecked\n`);
  });

  test('is pinned in a file and a folder that only this user may read', async () => {
    await open().judge(HOST, 7660, A, SELF_SIGNED);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'state', 'deep')).mode & 0o777).toBe(0o700);
  });

  test('is met once by two connections at the same time', async () => {
    const hosts = open();
    const both = [hosts.judge(HOST, 7660, A, SELF_SIGNED), hosts.judge(HOST, 7660, B, SELF_SIGNED)];
    expect(await Promise.all(both)).toEqual([TRUSTED, { trusted: false, expected: A, by: 'pin' }]);
    expect(told.length).toBe(1);
  });

  test('is not trusted when it can not be pinned', async () => {
    writeFileSync(join(folder, 'state'), 'a file');
    await expect(open().judge(HOST, 7660, A, SELF_SIGNED)).rejects.toMatchObject({ problem: 'read' });
    rmSync(join(folder, 'state'));
    path = '/proc/kentongan/known-hosts';
    await expect(open().judge(HOST, 7660, A, SELF_SIGNED)).rejects.toMatchObject({ problem: 'write' });
    await expect(open().judge(HOST, 7660, A, SELF_SIGNED)).rejects.toBeInstanceOf(KnownHostsError);
    expect(told).toEqual([]);
  });
});

describe('a pinned server (KTG-2.12)', () => {
  test('is trusted again, by every name of its address, and not told of', async () => {
    const hosts = open();
    await hosts.judge('localhost', 7660, A, SELF_SIGNED);
    for (const host of ['127.0.0.1', '::1', 'LOCALHOST.']) {
      expect(await hosts.judge(host, 7660, A, SELF_SIGNED)).toEqual(TRUSTED);
      expect(await open().judge(host, 7660, B, SELF_SIGNED)).toEqual({
        trusted: false,
        expected: A,
        by: 'pin',
      });
    }
    expect(told.length).toBe(1);
    expect(read().split('\n').length).toBe(2);
  });

  test('is another one on another port', async () => {
    const hosts = open();
    await hosts.judge(HOST, 7660, A, SELF_SIGNED);
    expect(await hosts.judge(HOST, 7661, B, SELF_SIGNED)).toEqual(TRUSTED);
    expect(told.length).toBe(2);
  });

  test('with another certificate is refused, until a person accepts it; then the old one is', async () => {
    const hosts = open();
    await hosts.judge(HOST, 7660, A, SELF_SIGNED);
    const before = read();
    expect(await hosts.judge(HOST, 7660, B, SELF_SIGNED)).toEqual({ trusted: false, expected: A, by: 'pin' });
    expect(read()).toBe(before);
    await hosts.accept(HOST, 7660, B.toUpperCase());
    expect(await hosts.judge(HOST, 7660, B, SELF_SIGNED)).toEqual(TRUSTED);
    expect(await open().judge(HOST, 7660, A, SELF_SIGNED)).toEqual({
      trusted: false,
      expected: B,
      by: 'pin',
    });
    expect(await hosts.find(HOST, 7660)).toEqual({ server: SERVER, fingerprint: B, day: '2026-11-22' });
    expect(await hosts.list()).toHaveLength(1);
    await hosts.accept(HOST, 7660, B);
    expect(read().trim().split('\n').length).toBe(2);
    expect(() => hosts.accept(HOST, 7660, 'b')).toThrow(RangeError);
  });

  test('does not change to whatever an authority vouches for', async () => {
    const hosts = open();
    await hosts.judge(HOST, 7660, A, SELF_SIGNED);
    expect(await hosts.judge(HOST, 7660, B, VOUCHED)).toEqual({ trusted: false, expected: A, by: 'pin' });
    expect(await hosts.judge(HOST, 7660, A, SELF_SIGNED)).toEqual(TRUSTED);
  });

  test('that nobody has checked may be renewed once an authority vouches for it', async () => {
    const hosts = open();
    await hosts.judge(HOST, 7660, A, SELF_SIGNED);
    expect(await hosts.judge(HOST, 7660, A, VOUCHED)).toEqual(TRUSTED);
    expect(await hosts.judge(HOST, 7660, C, VOUCHED)).toEqual(TRUSTED);
    expect(await hosts.judge(HOST, 7660, A, SELF_SIGNED)).toEqual({
      trusted: false,
      expected: '',
      by: 'pin',
    });
    expect(told.length).toBe(1);
  });
});

describe('what a person has said (KTG-2.13)', () => {
  /** An authority of this machine that vouches for whatever stands in between. */
  async function expectNoOther(hosts: KnownHosts): Promise<void> {
    for (const facts of [VOUCHED, SELF_SIGNED, VOUCHED]) {
      expect(await hosts.judge(HOST, 7660, A, facts)).toEqual(TRUSTED);
      expect(await open().judge(HOST, 7660, B, VOUCHED)).toEqual({ trusted: false, expected: A, by: 'pin' });
    }
    expect(await hosts.find(HOST, 7660)).toMatchObject({ fingerprint: A });
  }

  test.each<[string, (hosts: KnownHosts) => Promise<unknown>]>([
    ['by accepting it', (hosts) => hosts.accept(HOST, 7660, A)],
    ['by a link', async (hosts) => await hosts.expecting(A).judge(HOST, 7660, A, SELF_SIGNED)],
    [
      'by a link to a server that an authority vouches for',
      async (hosts) => await hosts.expecting(A).judge(HOST, 7660, A, VOUCHED),
    ],
    [
      'by accepting what was met',
      async (hosts) => {
        await hosts.judge(HOST, 7660, A, SELF_SIGNED);
        await hosts.accept(HOST, 7660, A);
      },
    ],
    [
      'by a link to what was met',
      async (hosts) => {
        await hosts.judge(HOST, 7660, A, SELF_SIGNED);
        await hosts.expecting(A).judge(HOST, 7660, A, VOUCHED);
      },
    ],
    [
      'by accepting one where an authority vouched for any',
      async (hosts) => {
        await hosts.judge(HOST, 7660, B, VOUCHED);
        await hosts.accept(HOST, 7660, A);
      },
    ],
  ])('%s does not become any certificate that an authority vouches for', async (_how, say) => {
    const hosts = open();
    await say(hosts);
    await expectNoOther(hosts);
    await expectNoOther(open());
  });

  test('in a line of the file, too, of an older version or by hand', async () => {
    await expectNoOther(given(`${SERVER} sha256:${A} 2026-01-02\n`));
  });

  test('counts although another program meets the server at the same moment, and knows less', async () => {
    for (const line of ['authority 2026-01-02', `sha256:${B} 2026-01-02 unchecked`]) {
      await expectNoOther(given(`${SERVER} sha256:${A} 2026-01-02\n${SERVER} ${line}\n`));
    }
    const hosts = given(`${SERVER} sha256:${A} 2026-01-02\n${SERVER} forgotten 2026-01-03\n`);
    expect(await hosts.judge(HOST, 7660, B, SELF_SIGNED)).toEqual(TRUSTED);
  });

  test('is written once', async () => {
    const hosts = open();
    await hosts.judge(HOST, 7660, A, SELF_SIGNED);
    for (let i = 0; i < 3; i++) await hosts.expecting(A).judge(HOST, 7660, A, SELF_SIGNED);
    await hosts.accept(HOST, 7660, A);
    expect(read()).toBe(`${SERVER} sha256:${A} 2026-11-22 unchecked\n${SERVER} sha256:${A} 2026-11-22\n`);
  });
});

test('a server that a person has forgotten is new again, and one that nobody knows can not be forgotten', async () => {
  const hosts = open();
  expect(await hosts.forget(HOST, 7660)).toBe(false);
  expect(existsSync(path)).toBe(false);
  await hosts.judge(HOST, 7660, A, SELF_SIGNED);
  await hosts.judge('other', 7660, A, SELF_SIGNED);
  expect(await hosts.forget(`${HOST}.`, 7660)).toBe(true);
  expect(await hosts.forget(HOST, 7660)).toBe(false);
  expect(await hosts.find(HOST, 7660)).toBe(undefined);
  expect(await hosts.list()).toHaveLength(1);
  expect(await open().judge(HOST, 7660, B, SELF_SIGNED)).toEqual(TRUSTED);
  expect(told.length).toBe(3);
});

describe('a server with a certificate that an authority vouches for (KTG-2.14)', () => {
  test('may renew it, and tells nobody anything', async () => {
    const hosts = open();
    expect(await hosts.judge('kelas.example', 7660, A, VOUCHED)).toEqual(TRUSTED);
    expect(await hosts.judge('kelas.example', 7660, B, VOUCHED)).toEqual(TRUSTED);
    expect(told).toEqual([]);
    expect(read()).toBe('kelas.example:7660 authority 2026-11-22\n');
  });

  test('never goes back to one of its own without a person’s word', async () => {
    const hosts = open();
    await hosts.judge('kelas.example', 7660, A, VOUCHED);
    const refused = { trusted: false, expected: '', by: 'pin' };
    expect(await hosts.judge('kelas.example', 7660, B, SELF_SIGNED)).toEqual(refused);
    expect(await hosts.expecting(B).judge('kelas.example', 7660, B, SELF_SIGNED)).toEqual(refused);
    expect(told).toEqual([]);
    await hosts.accept('kelas.example', 7660, B);
    expect(await hosts.judge('kelas.example', 7660, B, SELF_SIGNED)).toEqual(TRUSTED);
  });
});

describe('an invitation (KTG-2.13)', () => {
  test('is kept to, and pinned without a word', async () => {
    const invited = open().expecting(A.toUpperCase());
    expect(await invited.judge(HOST, 7660, A, SELF_SIGNED)).toEqual(TRUSTED);
    expect(told).toEqual([]);
    expect(await open().judge(HOST, 7660, B, SELF_SIGNED)).toEqual({
      trusted: false,
      expected: A,
      by: 'pin',
    });
  });

  test('is not replaced by an authority, and a refused certificate is not pinned', async () => {
    const invited = open().expecting(A);
    for (const facts of [SELF_SIGNED, VOUCHED]) {
      expect(await invited.judge(HOST, 7660, B, facts)).toEqual({
        trusted: false,
        expected: A,
        by: 'invite',
      });
    }
    expect(existsSync(path)).toBe(false);
  });

  test('does not replace what was pinned before', async () => {
    const hosts = open();
    await hosts.judge(HOST, 7660, A, SELF_SIGNED);
    const refused = { trusted: false, expected: A, by: 'pin' };
    expect(await hosts.expecting(B).judge(HOST, 7660, B, SELF_SIGNED)).toEqual(refused);
  });

  test('must be a fingerprint', () => {
    expect(() => open().expecting('ab')).toThrow(RangeError);
  });
});

describe('a damaged line', () => {
  test('stays, is told of once, and hurts no other', async () => {
    const text = `# by hand\n\nnonsense\r\n${SERVER} sha256:${A} 2026-01-02\r\nother:1 md5:${B} 2026-01-02\nthird:1 authority 2026-01-02 unchecked\n`;
    const hosts = given(text);
    expect(await hosts.judge(HOST, 7660, A, SELF_SIGNED)).toEqual(TRUSTED);
    expect(await hosts.judge('new', 7660, C, SELF_SIGNED)).toEqual(TRUSTED);
    expect(told).toEqual([
      'damaged 3 nonsense',
      `damaged 5 other:1 md5:${B} 2026-01-02`,
      'damaged 6 third:1 authority 2026-01-02 unchecked',
      'first new 7660 cccc',
    ]);
    expect(read()).toBe(`${text}new:7660 sha256:${C} 2026-11-22 unchecked\n`);
  });

  test('of a server makes it no new one', async () => {
    const hosts = given(`${SERVER} sha256:${A} 2026-01-02\n${SERVER} sha256:${A.slice(1)}X 2026-02-03\n`);
    await expect(hosts.judge(HOST, 7660, B, SELF_SIGNED)).rejects.toMatchObject({
      problem: 'damaged',
      line: 2,
      path,
    });
    await expect(hosts.expecting(B).judge(HOST, 7660, B, SELF_SIGNED)).rejects.toMatchObject({ line: 2 });
    await expect(hosts.judge(HOST, 7660, B, VOUCHED)).rejects.toMatchObject({ line: 2 });
    await hosts.accept(HOST, 7660, B);
    expect(await hosts.judge(HOST, 7660, B, SELF_SIGNED)).toEqual(TRUSTED);
  });

  test('that a crash left unfinished does not swallow the next one', async () => {
    const hosts = given(`${SERVER} sha256:${A} 2026-01-02\nother:1 sha2`);
    await hosts.judge('new', 7660, C, SELF_SIGNED);
    expect(await open().judge('new', 7660, B, SELF_SIGNED)).toEqual({
      trusted: false,
      expected: C,
      by: 'pin',
    });
    expect(read()).toContain('other:1 sha2\nnew:7660 ');
  });
});

test('a line that another program has added counts at once', async () => {
  const hosts = given('');
  appendFileSync(path, `${SERVER} sha256:${A} 2026-01-02\n`);
  expect(await hosts.judge(HOST, 7660, B, SELF_SIGNED)).toEqual({ trusted: false, expected: A, by: 'pin' });
});

test('processes that meet servers at the same time lose nothing of each other', async () => {
  const module = pathToFileURL(join(import.meta.dirname, '../../../clients/sdk/known-hosts.ts')).href;
  const program = `
    import { KnownHosts } from ${JSON.stringify(module)};
    const [path, own] = process.argv.slice(1);
    const hosts = new KnownHosts(path);
    for (let n = 0; n < 40; n++) {
      await hosts.judge('host' + n + '.' + own, 7660, '${A}', { chainIsValid: false });
      await hosts.judge('shared' + n, 7660, '${B}', { chainIsValid: false });
    }
  `;
  const running = ['x', 'y', 'z'].map((own) =>
    spawn(process.execPath, ['--input-type=module', '--eval', program, path, own], {
      stdio: ['ignore', 'inherit', 'inherit'],
    }),
  );
  const codes = await Promise.all(running.map(async (child) => ((await once(child, 'exit')) as [number])[0]));
  expect(codes).toEqual([0, 0, 0]);
  const known = await open().list();
  expect(told).toEqual([]);
  expect(known).toHaveLength(3 * 40 + 40);
});
