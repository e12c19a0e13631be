// Keys: their file, their commands, and coming in with them.
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Identity,
  identityText,
  IdentityTextError,
  makeIdentity,
  readIdentityText,
} from '../../../clients/cli/identity-text.ts';
import { CommandRig } from './commands-run.ts';

const SEED = Uint8Array.from({ length: 32 }, (_, i) => i);

function problemOf(text: string): string {
  try {
    readIdentityText(text);
    return 'whole';
  } catch (error) {
    if (error instanceof IdentityTextError) return error.problem;
    throw error;
  }
}

describe('the file of an identity', () => {
  const text = identityText(makeIdentity('田中', SEED));
  const facts = ({ name, seed, key }: Identity): object => ({ name, seed, key });

  test('is read back, also after a mail has changed the ends of its lines', () => {
    const original = facts(makeIdentity('田中', SEED));
    for (const version of [text, text.replaceAll('\n', '\r\n'), `\ufeff\n${text.replaceAll('\n', '  \n\n')}`])
      expect(facts(readIdentityText(version))).toEqual(original);
  });

  test('says what it is', () => {
    expect(text).toMatch(/^kentongan identity 1\n# Whoever has this file is "田中"/);
  });

  test.each([
    ['', 'none'],
    ['-----BEGIN PRIVATE KEY-----', 'none'],
    [text.replace('identity 1', 'identity 2'), 'version'],
    [text.replace('name: 田中', 'name: eve'), 'damaged'],
    [text.replace(/check: .*/, ''), 'damaged'],
    [text.slice(0, -8), 'damaged'],
    [text.replace(/public: ..../, 'public: 0000'), 'damaged'],
    [text.replace('name:', 'name'), 'damaged'],
  ])('%# that is not whole is refused', (damaged, problem) => {
    expect(problemOf(damaged)).toBe(problem);
  });

  test('of which any one digit is another is refused', () => {
    const digits = [...text.matchAll(/(?<=(?:public|private|check): [0-9a-f]*)[0-9a-f]/g)].map(
      ({ index }) => index,
    );
    expect(digits).toHaveLength(64 + 64 + 16);
    fc.assert(
      fc.property(fc.constantFrom(...digits), fc.constantFrom(...'0123456789abcdef'), (at, digit) => {
        fc.pre(text[at] !== digit);
        expect(problemOf(`${text.slice(0, at)}${digit}${text.slice(at + 1)}`)).toBe('damaged');
      }),
    );
  });
});

let rig: CommandRig;
beforeEach(async () => {
  rig = await CommandRig.start();
});
afterEach(() => rig.end());

const identity = (...args: string[]): ReturnType<CommandRig['result']> => rig.result(['identity', ...args]);
const device = (name: string): Record<string, string> => ({ KENTONGAN_STATE: join(rig.directory, name) });
const keyFile = (name: string, state = 'state'): string =>
  join(rig.directory, state, 'identities', `${name}.key`);

describe('kentongan identity', () => {
  test('makes a key for a name, once, that only this user can read', async () => {
    expect((await identity('show')).exitCode).toBe(1);
    const made = await identity('create', '--name', 'alice');
    expect({ exitCode: made.exitCode, out: made.out }).toEqual({ exitCode: 0, out: '' });
    expect(made.err).toMatch(/Made a key for alice[^]*export FILE/);
    expect((statSync(keyFile('alice')).mode & 0o777).toString(8)).toBe('600');
    const text = readFileSync(keyFile('alice'), 'utf8');
    expect((await identity('create', '--name', 'Alice')).err).toMatch(/a key for Alice already/);
    expect(readFileSync(keyFile('alice'), 'utf8')).toBe(text);
    const { out } = await identity('show');
    const { key, seed } = readIdentityText(text);
    expect(out).toContain(Buffer.from(key).toString('hex'));
    expect(out).not.toContain(Buffer.from(seed).toString('hex'));
  });

  test.each(['two words', '', '-x', '\u001b[31m', 'x'.repeat(33)])('makes none for %j', async (name) => {
    expect((await identity('create', `--name=${name}`)).exitCode).not.toBe(0);
    expect(existsSync(join(rig.directory, 'state', 'identities'))).toBe(false);
  });

  test('carries it to another device by a file, or by a pipe', async () => {
    await identity('create', '--name', 'alice');
    const file = join(rig.directory, 'alice.key');
    expect((await identity('export', file)).err).toMatch(/Whoever has this file is alice/);
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    expect((await identity('export', file)).err).toMatch(/exists already/);
    chmodSync(file, 0o644);
    expect((await identity('export', '--force', file)).exitCode).toBe(0);
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    const there = await rig.result(['identity', 'import', file], '', device('two'));
    expect(there.exitCode).toBe(0);
    expect(readFileSync(keyFile('alice', 'two'), 'utf8')).toBe(readFileSync(keyFile('alice'), 'utf8'));
    const piped = (await identity('export', '-')).out;
    expect((await rig.result(['identity', 'import', '-'], piped, device('three'))).exitCode).toBe(0);
    expect((await rig.result(['identity', 'import', '-'], piped, device('three'))).err).toMatch(/already/);
  });

  test('loses no key for another one without being told so', async () => {
    await identity('create', '--name', 'alice');
    const other = identityText(makeIdentity('alice', SEED));
    const before = readFileSync(keyFile('alice'), 'utf8');
    const refused = await rig.result(['identity', 'import', '-'], other);
    expect(refused.exitCode).toBe(1);
    expect(refused.err).toMatch(/another key for alice.*--force/);
    expect(readFileSync(keyFile('alice'), 'utf8')).toBe(before);
    expect((await rig.result(['identity', 'import', '--force', '-'], other)).exitCode).toBe(0);
    expect(readFileSync(keyFile('alice'), 'utf8')).toBe(other);
    expect((await identity('delete')).err).toMatch(/--force/);
    expect(existsSync(keyFile('alice'))).toBe(true);
    expect((await identity('delete', '--force')).exitCode).toBe(0);
    expect(existsSync(keyFile('alice'))).toBe(false);
  });

  test.each([
    ['no identity at all', /: Standard input is no identity/],
    ['kentongan identity 7\n', /later version/],
    ['kentongan identity 1\nname: alice\n', /: Standard input is damaged/],
  ])('takes nothing from a file with %j', async (text, why) => {
    const { exitCode, err } = await rig.result(['identity', 'import', '-'], text);
    expect(exitCode).toBe(1);
    expect(err).toMatch(why);
  });

  test('says how to come in while one is still in as a guest of that name', async () => {
    const to = `alice@${rig.address}`;
    const guest = rig.run(['chat', to]);
    await guest.stdout.until(/alice came in/);
    await identity('create', '--name', 'alice');
    const { exitCode, err } = await rig.result(['send', '--to', to, 'halo']);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/guest without your key is in here under this name.*\/quit and come again/);
    guest.stdin.end();
    await guest.exitCode;
    expect((await rig.result(['send', '--to', to, 'halo'])).exitCode).toBe(0);
  });

  test('names a file that is not there', async () => {
    const { exitCode, err } = await rig.result(['identity', 'import', '/nowhere/alice.key']);
    expect([exitCode, err]).toEqual([1, 'kentongan: There is no /nowhere/alice.key. Check the path.\n']);
  });

  test('asks which one when there are several', async () => {
    await identity('create', '--name', 'alice');
    await identity('create', '--name', 'bob');
    expect((await identity('export', '-')).err).toMatch(/several: alice, bob/);
    expect((await identity('export', '-', '--name', 'bob')).out).toMatch(/name: bob/);
    expect((await identity('show', '--name', 'citra')).err).toMatch(/no key for citra/);
    expect((await identity('show')).out).toMatch(/^alice\n[^]*^bob\n/m);
  });

  test('a damaged one stops whoever would come in with it, and a copy mends it', async () => {
    await identity('create', '--name', 'alice');
    const copy = (await identity('export', '-')).out;
    writeFileSync(keyFile('alice'), copy.slice(0, 300));
    const to = ['send', '--to', `alice@${rig.address}`];
    const stopped = await rig.result([...to, 'halo']);
    expect(stopped.exitCode).toBe(1);
    expect(stopped.err).toMatch(/your key is damaged.*\n.*import FILE --force.*--guest/);
    expect((await rig.result([...to, '--guest', 'halo'])).exitCode).toBe(0);
    expect((await rig.result(['identity', 'import', '--force', '-'], copy)).exitCode).toBe(0);
  });
});

describe('whoever has a key', () => {
  const authors = async (): Promise<{ name: string; user: string; mark: string; plain: boolean }[]> => {
    const { out } = await rig.result(['tail', '--json', '--after', '0', '--no-follow', rig.address]);
    return out
      .trimEnd()
      .split('\n')
      .map(
        (line) =>
          (JSON.parse(line) as { author: { name: string; user: string; mark: string; plain: boolean } })
            .author,
      );
  };

  test('comes in with it, and nobody else by that name, look-alikes included', async () => {
    await identity('create', '--name', 'alice');
    const to = ['send', '--to', `alice@${rig.address}`];
    expect((await rig.result([...to, 'with my key'])).exitCode).toBe(0);
    const stranger = await rig.result([...to, 'as if'], '', device('stranger'));
    expect(stranger.exitCode).toBe(1);
    expect(stranger.err).toMatch(/The name alice belongs to somebody with a key.*come with its key/);
    const lookAlike = ['send', '--to', `аlice@${rig.address}`, 'as if'];
    const confusable = await rig.result(lookAlike, '', device('stranger'));
    expect(confusable.exitCode).toBe(1);
    expect(confusable.err).toMatch(/The name аlice looks too much like alice,/);
    const guest = await rig.result([...to, '--guest', 'as if']);
    expect(guest.exitCode).toBe(1);
    expect(guest.err).toMatch(/come with its key/);
    const [only, ...others] = await authors();
    expect(others).toEqual([]);
    const shown = (await identity('show')).out;
    expect(shown).toMatch(new RegExp(`user +${only?.user}\n`));
  });

  test('does not use it without TLS, which is said', async () => {
    await identity('create', '--name', 'alice');
    const plain = ['send', '--to', `kentongan+plain://alice@${rig.address}`, 'in plain'];
    const first = await rig.result(plain);
    expect(first.exitCode).toBe(0);
    expect(first.err).toMatch(/Your key for alice is not used over an unencrypted connection/);
    await rig.restart();
    expect((await rig.result(['send', '--to', `alice@${rig.address}`, 'with my key'])).exitCode).toBe(0);
    const refused = await rig.result(plain);
    expect(refused.exitCode).toBe(1);
    expect(refused.err).toMatch(/come without kentongan\+plain:/);
  });

  test('is asked for by no name when there is one alone', async () => {
    await identity('create', '--name', 'alice');
    expect((await rig.result(['send', '--to', rig.address, 'halo'])).exitCode).toBe(0);
    expect((await authors()).map(({ name }) => name)).toEqual(['alice']);
  });

  test('is shown as such to others', async () => {
    await identity('create', '--name', 'alice');
    const bob = rig.run(['chat', `bob@${rig.address}`], device('bob'));
    await bob.stdout.until(/bob came in\n/);
    const alice = rig.run(['chat', `alice@${rig.address}`]);
    await bob.stdout.until(/\* alice came in \(key\)\n/);
    bob.stdin.write('/who\n');
    await bob.stdout.until(/2 people: alice \(key\), bob \(you\)\n/);
    alice.stdin.end('halo\n');
    bob.stdin.end();
    expect(await alice.exitCode).toBe(0);
    expect(await bob.exitCode).toBe(0);
  });

  test('is told the name that the key stands for, when it comes by another one', async () => {
    await identity('create', '--name', 'alice');
    expect((await rig.result(['send', '--to', `alice@${rig.address}`, 'halo'])).exitCode).toBe(0);
    const renamed = (await identity('export', '-')).out;
    const bobs = identityText({ ...readIdentityText(renamed), name: 'bob' });
    mkdirSync(join(rig.directory, 'state', 'identities'), { recursive: true });
    writeFileSync(keyFile('bob'), bobs);
    const { exitCode, err } = await rig.result(['send', '--to', `bob@${rig.address}`, 'halo']);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/your key stands for the name alice\. Come as alice@127/);
  });

  test('gets in where only members do', async () => {
    await rig.restart({ membersOnly: true });
    const stranger = await rig.result(['send', '--to', `bob@${rig.address}`, 'halo'], '', device('bob'));
    expect(stranger.exitCode).toBe(1);
    expect(stranger.err).toMatch(/Only members with a key.*identity create --name bob/);
  });
});
