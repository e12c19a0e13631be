// Commands and the certificates of servers: met, known again, changed, told by a link.
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CommandRig } from './commands-run.ts';

let rig: CommandRig;
beforeEach(async () => {
  rig = await CommandRig.start();
});
afterEach(() => rig.end());

const send = (...more: string[]): string[] => ['send', '--to', `alice@${rig.address}`, ...more];
const link = (fingerprint: string, query = ''): string =>
  `kentongan://alice@${rig.address}/lobby${query}#${fingerprint}`;
const grouped = (fingerprint: string): string => (fingerprint.match(/..../g) ?? []).join(' ');
/** As it is shown: in two rows, behind a label. */
const shown = (label: string, fingerprint: string): string =>
  `${label}${grouped(fingerprint.slice(0, 32))}\n${' '.repeat(label.length)}${grouped(fingerprint.slice(32))}\n`;

describe('a server', () => {
  test('that is met first is told with its fingerprint, and then never again', async () => {
    const first = await rig.result(send('one'));
    expect(first.exitCode).toBe(0);
    expect(first.err).toBe(
      `First time at ${rig.address}. Is this what the server's screen shows?\n${shown('  ', rig.fingerprint)}`,
    );
    expect(await rig.result(send('two'))).toEqual({ exitCode: 0, out: '', err: '' });
    // The same server under another name that the machine has for itself.
    const other = ['send', '--to', `alice@localhost:${rig.server.port}`, 'three'];
    expect(await rig.result(other)).toEqual({ exitCode: 0, out: '', err: '' });
    const file = join(rig.directory, 'state', 'known-hosts');
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(1);
  });

  test('that a link tells of is met without a word', async () => {
    const args = ['send', '--to', link(rig.fingerprint.toUpperCase()), 'one'];
    expect(await rig.result(args)).toEqual({ exitCode: 0, out: '', err: '' });
    expect(await rig.result(send('two'))).toEqual({ exitCode: 0, out: '', err: '' });
  });

  test('that is not the one of the link gets nothing', async () => {
    const wrong = '0'.repeat(64);
    const { exitCode, out, err } = await rig.result(['send', '--to', link(wrong), 'one']);
    expect({ exitCode, out }).toEqual({ exitCode: 4, out: '' });
    expect(err).toContain(shown('  link    ', wrong) + shown('  server  ', rig.fingerprint));
    expect(err).not.toContain('kentongan trust');
    // And it is not known by that.
    expect((await rig.result(send('two'))).err).toMatch(/^First time/);
    const said = (await rig.result(['tail', '--no-follow', rig.address])).out;
    expect(said).toMatch(/two\n$/);
    expect(said).not.toContain('one');
  });

  test.each(['chat', 'send', 'tail'])(
    'whose certificate changed stops %s until it is accepted',
    async (command) => {
      const args = {
        chat: ['chat', `alice@${rig.address}`],
        send: send(),
        tail: ['tail', '--no-follow', rig.address],
      }[command] as string[];
      expect((await rig.result(args, 'halo\n')).exitCode).toBe(0);
      const before = rig.fingerprint;
      await rig.restart({ renewed: true });
      const stopped = await rig.result(args, 'halo\n');
      expect({ exitCode: stopped.exitCode, out: stopped.out }).toEqual({ exitCode: 4, out: '' });
      expect(stopped.err).toContain(shown('  before  ', before) + shown('  now     ', rig.fingerprint));
      const accept = /\n {2}kentongan (trust .*)\n/.exec(stopped.err)?.[1] ?? '';
      expect((await rig.result(accept.split(' '))).exitCode).toBe(0);
      expect((await rig.result(args, 'halo\n')).exitCode).toBe(0);
    },
  );

  test('that is known from before is not replaced by a link', async () => {
    await rig.result(send('one'));
    await rig.restart({ renewed: true });
    const { exitCode, err } = await rig.result(['send', '--to', link(rig.fingerprint), 'two']);
    expect(exitCode).toBe(4);
    expect(err).toContain('kentongan trust');
  });

  test('that speaks no TLS gets not a byte of ours, and the person is told what plain would mean', async () => {
    let heard = '';
    const plain = createServer((socket) => {
      socket.on('data', (chunk) => {
        heard += chunk.toString('latin1');
        socket.end('hello, who is there?');
      });
      socket.on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => plain.once('listening', resolve));
    const { port } = plain.address() as { port: number };
    const { exitCode, err } = await rig.result(['send', '--to', `alice@127.0.0.1:${port}`, 'secret words']);
    plain.close();
    expect(exitCode).toBe(3);
    expect(err).toMatch(
      /speaks no TLS[^]*write kentongan\+plain:\/\/127\.0\.0\.1:\d+\n.*everybody on the way/,
    );
    // A ClientHello, and no more.
    expect(heard.charCodeAt(0)).toBe(0x16);
    expect(heard).not.toMatch(/secret words|alice/);
  });
});

describe('kentongan trust', () => {
  const trust = (...args: string[]): ReturnType<CommandRig['result']> => rig.result(['trust', ...args]);

  test('says beforehand which certificate is right, in any spelling', async () => {
    const digits = rig.fingerprint;
    const colons = (digits.match(/../g) ?? []).join(':').toUpperCase();
    for (const spelling of [
      [digits],
      [colons],
      [`sha256:${digits}`],
      grouped(digits).split(' '),
      [grouped(digits)],
    ])
      expect(await trust(rig.address, ...spelling)).toMatchObject({ exitCode: 0, out: '' });
    expect(await rig.result(send('one'))).toEqual({ exitCode: 0, out: '', err: '' });
    expect((await trust('--list')).out).toMatch(
      new RegExp(`^localhost:${rig.server.port} {2}${grouped(digits)} {2}\\d{4}-\\d\\d-\\d\\d\\n$`),
    );
  });

  test('forgets a server, which is then met anew', async () => {
    expect((await trust('--list')).err).toMatch(/No server was met yet/);
    expect((await trust('--forget', rig.address)).exitCode).toBe(1);
    await rig.result(send('one'));
    await rig.restart({ renewed: true });
    expect((await trust('--forget', rig.address)).exitCode).toBe(0);
    expect((await trust('--list')).out).toBe('');
    expect((await rig.result(send('two'))).err).toMatch(/^First time/);
  });
});

describe('without TLS', () => {
  test('one comes in from this machine, as somebody else than with TLS', async () => {
    expect((await rig.result(send('one'))).exitCode).toBe(0);
    const plain = ['send', '--to', `kentongan+plain://alice@${rig.address}`, 'two'];
    const { exitCode, err } = await rig.result(plain);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    const tail = await rig.result(['tail', '--json', '--no-follow', `kentongan+plain://${rig.address}`]);
    const authors = tail.out
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { author: { user: string; plain: boolean } }).author);
    expect(new Set(authors.map(({ user }) => user)).size).toBe(2);
  });
});
