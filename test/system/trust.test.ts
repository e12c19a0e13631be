// Whom one talks to, and as whom: certificates, links, codes and keys, with processes in real terminals.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Terminals, type Window } from './cli-terminals.ts';

let terminals: Terminals;
beforeEach(async () => {
  terminals = await Terminals.start();
});
afterEach(() => terminals.end());

const AT_PROMPT = /\nlobby>$/;
/** As a person sees it: in two rows of groups, behind a label. */
function shown(label: string, fingerprint: string): string {
  const groups = fingerprint.match(/..../g) ?? [];
  const [first, second] = [groups.slice(0, 8).join(' '), groups.slice(8).join(' ')];
  return `${label}${first}\n${' '.repeat(label.length)}${second}\n`;
}

const WIDE = { columns: 160 };

/** Rows that the terminal cut are put together again. */
const joined = (window: Window): string => window.screen('-J', '-S', '-');

describe('the certificate of a server', () => {
  test('is shown the first time, and never again', async () => {
    const alice = terminals.open('alice', ['chat', `alice@${terminals.address}`]);
    await alice.until(AT_PROMPT);
    expect(alice.screen()).toContain(
      `First time at ${terminals.address}. Is this what the server's screen shows?
${shown('  ', terminals.fingerprint)}`,
    );
    alice.press('C-d');
    await alice.until(/ended with 0$/);
    const again = terminals.open('again', ['chat', `alice@${terminals.address}`]);
    await again.until(AT_PROMPT);
    expect(joined(again)).not.toContain('First time');
  });

  test('that changed stops a new chat, with both fingerprints and the command that accepts it', async () => {
    const alice = terminals.open('alice', ['chat', `alice@${terminals.address}`]);
    await alice.until(AT_PROMPT);
    alice.press('C-d');
    await alice.until(/ended with 0$/);
    const before = terminals.fingerprint;
    await terminals.renewCertificate();
    const stopped = terminals.open('stopped', ['chat', `alice@${terminals.address}`], WIDE);
    await stopped.until(/ended with 4$/);
    const said = joined(stopped);
    expect(said).toContain(shown('  before  ', before) + shown('  now     ', terminals.fingerprint));
    const command = /^ {2}(?:npx kentongan|node \S+) (trust .*)$/m.exec(said)?.[1] ?? '';
    const accepted = await terminals.run(command.split(' '), '');
    expect(accepted).toMatchObject({ exitCode: 0, out: '' });
    const again = terminals.open('again', ['chat', `alice@${terminals.address}`]);
    await again.until(AT_PROMPT);
    expect(joined(again)).not.toContain('First time');
  });

  test('that changed ends a chat that was open, and what was said meanwhile is not given to it', async () => {
    const alice = terminals.open('alice', ['chat', `alice@${terminals.address}`], WIDE);
    await alice.until(AT_PROMPT);
    await terminals.stopServer();
    await alice.until(/\(offline, next try in \d+ s\) lobby>$/);
    alice.say('for the old server alone');
    await alice.until(/1 not sent yet\) lobby>$/);
    await terminals.renewCertificate();
    await alice.until(/another certificate than before[^]*kentongan trust[^]*ended with 4$/);
    expect(joined(alice)).toMatch(/Not (?:sent|stored): for the old server alone/);
    expect(terminals.chatLog).not.toContain('for the old server alone');
  });
});

describe('a link', () => {
  const link = (query = ''): string =>
    `kentongan://${terminals.address}/physics${query}#${terminals.fingerprint}`;

  test('leads to the room without a word about the certificate', async () => {
    const alice = terminals.open('alice', ['chat', '--name', 'alice', link()]);
    await alice.until(/You are alice, in physics[^]*\nphysics>$/);
    expect(joined(alice)).not.toContain('First time');
  });

  test('that kentongan invite prints with a code lets one in, also later, and nobody without', async () => {
    const printed = await terminals.run(
      ['invite', '--code', '--room', 'physics', '--data', join(terminals.directory, 'data')],
      '',
    );
    const invitation = /"?(kentongan:\/\/[^\s"]+)"?/.exec(printed.out)?.[1] ?? '';
    expect(invitation).toMatch(/\/physics\?code=[^#]+#[0-9a-f]{64}$/);
    const stranger = await terminals.run(['send', '--to', `eve@${terminals.address}`, 'x'], '', 'eve');
    expect(stranger.exitCode).toBe(1);
    expect(stranger.err).toMatch(/wants its password or an invite code/);
    const alice = terminals.open('alice', ['chat', '--name', 'alice', invitation]);
    await alice.until(/You are alice, in physics[^]*\nphysics>$/);
    expect(joined(alice)).not.toContain('First time');
    alice.press('C-d');
    await alice.until(/ended with 0$/);
    const later = await terminals.run(['send', '--to', `alice@${terminals.address}`, 'still invited'], '');
    expect(later).toMatchObject({ exitCode: 0, out: '' });
  });

  test('that was printed by another server stops', async () => {
    const stale = link();
    await terminals.renewCertificate();
    const alice = terminals.open('alice', ['chat', '--name', 'alice', stale], WIDE);
    await alice.until(/is not the one that the link invites to[^]*ended with 4$/);
    expect(joined(alice)).not.toContain('kentongan trust');
  });
});

describe('a server with a password', () => {
  const PASSWORD = 'sesame 7';

  test('is asked for it at a terminal, where it is not shown, and only once', async () => {
    await terminals.stopServer();
    const file = join(terminals.directory, 'password');
    writeFileSync(file, `${PASSWORD}\n`, { mode: 0o600 });
    await terminals.startServer('--password-file', file);
    const alice = terminals.open('alice', ['chat', `alice@${terminals.address}`]);
    await alice.until(/wants its password or an invite code:$/);
    alice.say('guess');
    await alice.until(/That is not it\.\n[^]*wants its password or an invite code:$/);
    alice.say(PASSWORD);
    await alice.until(AT_PROMPT);
    expect(joined(alice)).not.toMatch(/guess|sesame/);
    alice.say('halo');
    await alice.until(/alice: halo\nlobby>$/);
    alice.press('C-d');
    await alice.until(/ended with 0$/);
    const again = terminals.open('again', ['chat', `alice@${terminals.address}`]);
    await again.until(AT_PROMPT);
    const reader = terminals.open('reader', ['tail', terminals.address], { state: 'other' });
    await reader.until(/wants its password or an invite code:$/);
    reader.press('C-c');
    await reader.until(/ended with 130$/);
  });
});

describe('a key', () => {
  const user = async (state: string): Promise<string> => {
    const { out } = await terminals.run(['identity', 'show'], '', state);
    return /user +(\w+)/.exec(out)?.[1] ?? '';
  };

  test('on two devices is one person, at both at once', async () => {
    await terminals.run(['identity', 'create', '--name', 'alice'], '', 'laptop');
    const file = join(terminals.directory, 'alice.key');
    expect((await terminals.run(['identity', 'export', file], '', 'laptop')).exitCode).toBe(0);
    expect((await terminals.run(['identity', 'import', file], '', 'phone')).exitCode).toBe(0);
    expect(await user('phone')).toBe(await user('laptop'));

    const chat = ['chat', `alice@${terminals.address}`];
    const bob = terminals.open('bob', ['chat', `bob@${terminals.address}`], { state: 'bob' });
    await bob.until(AT_PROMPT);
    const laptop = terminals.open('laptop', chat, { state: 'laptop' });
    await bob.until(/\* alice came in \(key\)\nlobby>$/);
    const phone = terminals.open('phone', chat, { state: 'phone' });
    for (const window of [laptop, phone]) await window.until(AT_PROMPT);
    laptop.say('from the laptop');
    await phone.until(/alice: from the laptop\nlobby>$/);
    phone.say('from the phone');
    await laptop.until(/alice: from the laptop\n.*alice: from the phone\nlobby>$/);
    bob.say('/who');
    await bob.until(/lobby: 2 people: alice \(key\), bob \(you\)\nlobby>$/);
    phone.press('C-d');
    await phone.until(/ended with 0$/);
    laptop.say('still here');
    await bob.until(/alice: still here\nlobby>$/);
    expect(bob.screen()).not.toContain('alice left');
  });

  test('keeps what was said in private to its name while it is away, over a restart of the server, too', async () => {
    await terminals.run(['identity', 'create', '--name', 'alice'], '', 'alice');
    let visits = 0;
    const visit = async (sees: RegExp): Promise<void> => {
      const name = `visit${visits++}`;
      const alice = terminals.open(name, ['chat', `alice@${terminals.address}`], { state: 'alice' });
      await alice.until(sees);
      alice.press('C-d');
      await alice.until(/ended with 0$/);
    };
    await visit(AT_PROMPT);
    const bob = terminals.open('bob', ['chat', `bob@${terminals.address}`], { state: 'bob' });
    await bob.until(/alice left\n.*bob came in\nlobby>$/);
    bob.say('/msg alice one');
    await bob.until(/\* alice is away\n[^]*\[you → alice\] one/);
    await visit(/bob writes to you in private[^]*\[bob → you\] one\n/);
    bob.say('/msg alice two');
    await bob.until(/\[you → alice\] two/);
    await terminals.stopServer();
    await terminals.startServer();
    await visit(/bob writes to you in private[^]*\[bob → you\] two\n/);
    await bob.until(/Connected again/);
    bob.say('/msg alice three');
    await bob.until(/\[you → alice\] three/);
    await visit(/bob writes to you in private[^]*\[bob → you\] three\n/);
    expect(terminals.chatLog).not.toMatch(/one|two|three/);
  });

  test('keeps others from its name', async () => {
    await terminals.run(['identity', 'create', '--name', 'alice'], '', 'alice');
    const there = await terminals.run(['send', '--to', `alice@${terminals.address}`, 'mine'], '', 'alice');
    expect(there.exitCode).toBe(0);
    const thief = terminals.open('thief', ['chat', `alice@${terminals.address}`], {
      state: 'thief',
      ...WIDE,
    });
    await thief.until(/The name alice belongs to somebody with a key\.[^]*\nYour name:$/);
    thief.say('аlice');
    await thief.until(/The name аlice looks too much like alice, [^]*\nYour name:$/);
    thief.say('budi');
    await thief.until(/You are budi, in lobby/);
  });
});
