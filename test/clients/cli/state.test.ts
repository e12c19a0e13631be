import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freeGuess, isInUse, noteUse } from '../../../clients/cli/own-window.ts';
import { fileNameOf, StateError, stateDirectory, writeState } from '../../../clients/cli/state-directory.ts';
import { openUserFile } from '../../../clients/cli/user-file.ts';
import { runs } from '../../runs.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kentongan-state-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const SERVER = 'localhost:7660';
const position = (seq: number): { logId: Uint8Array; seq: number; check: number } => ({
  logId: new Uint8Array(16).fill(7),
  seq,
  check: 0xfedc_ba98,
});

describe('the state directory', () => {
  test.each([
    ['linux' as const, { KENTONGAN_STATE: '/k', XDG_STATE_HOME: '/x' }, '/k'],
    ['linux' as const, { XDG_STATE_HOME: '/x' }, '/x/kentongan'],
    ['linux' as const, { XDG_STATE_HOME: '' }, '/home/me/.local/state/kentongan'],
    ['darwin' as const, {}, '/home/me/.local/state/kentongan'],
    ['win32' as const, { LOCALAPPDATA: '/local' }, '/local/kentongan'],
    ['win32' as const, { XDG_STATE_HOME: '/x' }, '/home/me/AppData/Local/kentongan'],
  ])('on %s with %j is %s', (platform, variables, expected) => {
    expect(stateDirectory(variables, platform, () => '/home/me')).toBe(expected);
  });

  test('has names that any file system can hold and tell apart', () => {
    expect(fileNameOf('alice')).toBe('alice');
    expect(fileNameOf('[::1]:7660')).toBe('%5b%3a%3a1%5d%3a7660');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        expect(fileNameOf(a)).toMatch(/^[a-z0-9_.%~-]*$/);
        expect(fileNameOf(a).length).toBeLessThanOrEqual(120);
        expect(fileNameOf(a) === fileNameOf(b)).toBe(a === b);
      }),
      runs(300),
    );
    expect(fileNameOf('田'.repeat(32))).not.toBe(fileNameOf(`${'田'.repeat(31)}中`));
  });

  test('holds whole files that nobody else can read', () => {
    const path = join(directory, 'a', 'b', 'file');
    writeState(path, 'one');
    writeState(path, 'two');
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(readdirSync(dirname(path))).toEqual(['file']);
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
    expect((statSync(dirname(path)).mode & 0o777).toString(8)).toBe('700');
  });
});

describe('what is remembered of a user', () => {
  test('is the same the next time, with what was read', () => {
    const first = openUserFile(directory, SERVER, 'alice');
    first.remember('lobby', position(17));
    first.save();
    const again = openUserFile(directory, SERVER, 'alice');
    expect(again.secret).toEqual(first.secret);
    expect(again.secret).toHaveLength(32);
    expect(again.position('lobby')).toEqual(position(17));
    expect(again.position('physics')).toBeUndefined();
  });

  test('is on the disk before it is used', () => {
    const { path, secret } = openUserFile(directory, SERVER, 'alice');
    expect(readFileSync(path, 'utf8')).toContain(Buffer.from(secret).toString('hex'));
  });

  test('is one for all spellings of a name, and another for another name or server', () => {
    const secretOf = (server: string, name: string): string =>
      Buffer.from(openUserFile(directory, server, name).secret).toString('hex');
    expect(secretOf(SERVER, 'Alice')).toBe(secretOf(SERVER, 'alice'));
    expect(secretOf(SERVER, 'bob')).not.toBe(secretOf(SERVER, 'alice'));
    expect(secretOf('localhost:7661', 'alice')).not.toBe(secretOf(SERVER, 'alice'));
  });

  test('forgets a room that has ended', () => {
    const userFile = openUserFile(directory, SERVER, 'alice');
    userFile.remember('~room', position(1));
    userFile.forget('~room');
    userFile.save();
    expect(openUserFile(directory, SERVER, 'alice').position('~room')).toBeUndefined();
  });

  test.each([
    ['nothing', ''],
    ['a part of it', '{"version":1,"secret":"00'],
    ['another version', '{"version":2}'],
    ['no secret', '{"version":1,"rooms":{}}'],
    ['a short secret', '{"version":1,"secret":"00","rooms":{}}'],
    [
      'a wrong position',
      `{"version":1,"secret":"${'0'.repeat(64)}","rooms":{"lobby":{"log":"00","seq":1,"check":0}}}`,
    ],
    [
      'a wrong number',
      `{"version":1,"secret":"${'0'.repeat(64)}","rooms":{"lobby":{"log":"${'0'.repeat(32)}","seq":-1,"check":0}}}`,
    ],
    ['a list', '[]'],
  ])('whose file holds %s is refused and left alone', (_, text) => {
    const { path } = openUserFile(directory, SERVER, 'alice');
    writeFileSync(path, text);
    expect(() => openUserFile(directory, SERVER, 'alice')).toThrow(
      new StateError('corrupt', path, undefined),
    );
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test('that the server did not take leaves no file, an older one stays', () => {
    const fresh = openUserFile(directory, SERVER, 'alice');
    fresh.discardIfNew();
    expect(existsSync(fresh.path)).toBe(false);
    openUserFile(directory, SERVER, 'bob');
    const known = openUserFile(directory, SERVER, 'bob');
    known.discardIfNew();
    expect(existsSync(known.path)).toBe(true);
  });

  test('that can not be written says so', () => {
    writeFileSync(join(directory, 'servers'), 'a file where a directory belongs');
    expect(() => openUserFile(directory, SERVER, 'alice')).toThrow(StateError);
  });
});

describe('the name of another window of this machine', () => {
  test('is not offered again while that window lives', () => {
    expect(freeGuess(directory, SERVER, 'budi')).toBe('budi');
    const other = process.ppid;
    const path = `${openUserFile(directory, SERVER, 'budi').path}.pid`;
    writeState(path, `${other}\n`);
    expect(isInUse(directory, SERVER, 'budi')).toBe(true);
    expect(freeGuess(directory, SERVER, 'budi')).toBe('budi2');
    // 2^22 is above the largest process id of any system here.
    writeState(path, `${2 ** 22 + 1}\n`);
    expect(freeGuess(directory, SERVER, 'budi')).toBe('budi');
  });

  test('is free again when that window ends', () => {
    const free = noteUse(directory, SERVER, 'budi');
    const path = `${openUserFile(directory, SERVER, 'budi').path}.pid`;
    expect(existsSync(path)).toBe(true);
    free();
    expect(existsSync(path)).toBe(false);
  });

  test('is left to a window that has taken it over', () => {
    const free = noteUse(directory, SERVER, 'budi');
    const path = `${openUserFile(directory, SERVER, 'budi').path}.pid`;
    writeState(path, '1\n');
    free();
    expect(existsSync(path)).toBe(true);
  });
});
