// Passwords and invite codes: said, asked for, remembered with the certificate.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import type { ReadStream } from 'node:tty';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rememberCode, rememberedCode } from '../../../clients/cli/code.ts';
import { askHidden } from '../../../clients/cli/hidden-line.ts';
import { CommandRig } from './commands-run.ts';

const PASSWORD = 'kata sandi: 9§';

let rig: CommandRig;
beforeEach(async () => {
  rig = await CommandRig.start();
  const passwordFile = join(rig.directory, 'password');
  writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
  await rig.restart({ passwordFile });
});
afterEach(() => rig.end());

const send = (...more: string[]): string[] => ['send', '--to', `alice@${rig.address}`, ...more];
const state = (name: string): Record<string, string> => ({ KENTONGAN_STATE: join(rig.directory, name) });

describe('a server with a password', () => {
  test('refuses who does not say it, and who says another one', async () => {
    for (const args of [
      send('halo'),
      send('--code', 'guess', 'halo'),
      ['tail', '--no-follow', rig.address],
    ]) {
      const { exitCode, out, err } = await rig.result(args);
      expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
      expect(err).toMatch(/wants its password or an invite code.*--code/);
    }
  });

  test('is told it by --code, by the environment or by a link, and the rest is remembered', async () => {
    const link = `kentongan://alice@${rig.address}/lobby?code=${encodeURIComponent(PASSWORD)}#${rig.fingerprint}`;
    const ways: [string[], Record<string, string>][] = [
      [send('--code', PASSWORD, 'halo'), {}],
      [send('halo'), { KENTONGAN_CODE: PASSWORD }],
      [['send', '--to', link, 'halo'], {}],
      [['send', '--to', link, '--code', PASSWORD, 'halo'], { KENTONGAN_CODE: 'another' }],
    ];
    for (const [at, [args, variables]] of ways.entries()) {
      const own = state(`state${at}`);
      expect((await rig.result(args, '', { ...own, ...variables })).exitCode).toBe(0);
      expect((await rig.result(send('again'), '', own)).exitCode).toBe(0);
      const reader = await rig.result(['tail', '--no-follow', rig.address], '', own);
      expect(reader.exitCode).toBe(0);
      const [file] = readdirSync(join(own['KENTONGAN_STATE'] ?? '', 'servers'), { recursive: true })
        .map((name) => join(own['KENTONGAN_STATE'] ?? '', 'servers', String(name)))
        .filter((name) => name.endsWith('code.json'));
      expect(readFileSync(file ?? '', 'utf8')).toContain(rig.fingerprint);
      expect((statSync(file ?? '').mode & 0o777).toString(8)).toBe('600');
    }
  });

  test('is not told a code that did not work', async () => {
    await rig.result(send('--code', 'guess', 'halo'));
    expect((await rig.result(send('halo'))).exitCode).toBe(1);
    expect((await rig.result(send('--code', PASSWORD, 'halo'))).exitCode).toBe(0);
    await rig.result(send('--code', 'guess', 'halo'));
    expect((await rig.result(send('halo'))).exitCode).toBe(0);
  });

  test('with another certificate is not told it, though that one was accepted', async () => {
    expect((await rig.result(send('--code', PASSWORD, 'halo'))).exitCode).toBe(0);
    const passwordFile = join(rig.directory, 'password');
    await rig.restart({ renewed: true, passwordFile });
    await rig.result(['trust', rig.address, rig.fingerprint]);
    expect((await rig.result(send('halo'))).exitCode).toBe(1);
  });
});

test('where only members get in, a key needs the code once, and a guest gets nowhere with it', async () => {
  await rig.restart({ membersOnly: true, passwordFile: join(rig.directory, 'password') });
  const guest = await rig.result(send('--code', PASSWORD, 'halo'));
  expect(guest.exitCode).toBe(1);
  expect(guest.err).toMatch(/Only members with a key/);
  await rig.result(['identity', 'create', '--name', 'alice']);
  const without = await rig.result(send('halo'));
  expect(without.exitCode).toBe(1);
  expect(without.err).toMatch(/wants its password or an invite code/);
  expect((await rig.result(send('--code', PASSWORD, 'halo'))).exitCode).toBe(0);
  const copy = (await rig.result(['identity', 'export', '-'])).out;
  await rig.result(['identity', 'import', '-'], copy, state('other device'));
  expect((await rig.result(send('halo'), '', state('other device'))).exitCode).toBe(0);
  const nobody = ['tail', '--no-follow', rig.address];
  expect((await rig.result(nobody)).exitCode).toBe(1);
  expect((await rig.result([...nobody.slice(0, -1), `alice@${rig.address}`])).exitCode).toBe(0);
});

describe('a remembered code', () => {
  test('belongs to a server and its certificate', () => {
    const directory = join(rig.directory, 'codes');
    rememberCode(directory, 'host:1', { code: 'x', fingerprint: 'ab' });
    expect(rememberedCode(directory, 'host:1', 'ab')).toBe('x');
    expect(rememberedCode(directory, 'host:1', 'cd')).toBeUndefined();
    expect(rememberedCode(directory, 'host:1', '')).toBeUndefined();
    expect(rememberedCode(directory, 'host:1', undefined)).toBeUndefined();
    expect(rememberedCode(directory, 'host:2', 'ab')).toBeUndefined();
  });

  test.each(['', '{', 'null', '{"version":2,"code":"x","fingerprint":"ab"}', '{"version":1,"code":1}'])(
    'in a file with %j is none',
    (text) => {
      const directory = join(rig.directory, 'codes');
      rememberCode(directory, 'host:1', { code: 'x', fingerprint: 'ab' });
      writeFileSync(join(directory, 'servers', 'host%3a1', 'code.json'), text);
      expect(rememberedCode(directory, 'host:1', 'ab')).toBeUndefined();
    },
  );
});

describe('a line that nobody shall read', () => {
  class Keyboard extends PassThrough {
    readonly modes: boolean[] = [];
    isRaw = false;
    setRawMode(isRaw: boolean): this {
      this.modes.push(isRaw);
      this.isRaw = isRaw;
      return this;
    }
  }

  async function ask(
    ...keys: readonly (string | Uint8Array)[]
  ): Promise<{ answer: string | undefined; shown: string }> {
    let shown = '';
    const screen = new Writable({
      write: (chunk: Buffer, _, done) => {
        shown += chunk.toString();
        done();
      },
    });
    const keyboard = new Keyboard();
    const asked = askHidden('Code: ', keyboard as unknown as ReadStream, screen);
    for (const key of keys) keyboard.write(key);
    const answer = await asked;
    expect(keyboard.modes).toEqual([true, false]);
    return { answer, shown };
  }

  test('is read without an echo, and can be mended', async () => {
    expect(await ask('sesame', '\r')).toEqual({ answer: 'sesame', shown: 'Code: \n' });
    expect(await ask('x\u007f', 'wrong\u0015right\b\bhte\n')).toMatchObject({ answer: 'righte' });
    const [first, second] = [Uint8Array.of(0xc2), Uint8Array.of(0xa7)];
    expect(await ask(first, second, '\r')).toMatchObject({ answer: '§' });
  });

  test.each(['\u0003', '\u0004', '\u001b'])('is not said with %j', async (key) => {
    expect(await ask('half', key)).toEqual({ answer: undefined, shown: 'Code: \n' });
  });
});
