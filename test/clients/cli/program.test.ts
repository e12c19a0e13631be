import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CommandRig } from './commands-run.ts';
import { SlowStream } from './slow-stream.ts';

let rig: CommandRig;
beforeAll(async () => {
  rig = await CommandRig.start();
});
afterAll(() => rig.end());

describe('a command line', () => {
  test('without anything shows what there is', async () => {
    const { exitCode, out: nothing, err: out } = await rig.result([]);
    expect([exitCode, nothing]).toEqual([2, '']);
    for (const command of [
      'chat',
      'send',
      'tail',
      'trust',
      'identity',
      'serve',
      'status',
      'announce',
      'log',
      'invite',
      'names',
    ])
      expect(out).toContain(`  ${command} `);
    expect(out).toContain('3 the server can not be reached');
    const indonesian = await rig.result(['--lang', 'id']);
    expect([indonesian.exitCode, indonesian.out]).toEqual([2, '']);
    expect(indonesian.err).toMatch(/^Pemakaian: kentongan/);
    expect(indonesian.err).toContain('  log ');
    for (const args of [['help'], ['--help']])
      expect(await rig.result(args)).toEqual({ exitCode: 0, out, err: '' });
    const { exitCode: wrong, err } = await rig.result(['identity']);
    expect([wrong, err]).toEqual([2, expect.stringMatching(/^Usage: kentongan identity .*\n[^]*  export/)]);
  });

  test.each(['chat', 'send', 'tail', 'trust', 'identity'])(
    '%s --help has examples and exit codes in both languages',
    async (command) => {
      const english = await rig.result([command, '--help']);
      expect(english.exitCode).toBe(0);
      expect(english.out).toMatch(/^Usage: kentongan .*\n[^]*\nExamples:\n[^]*\nExit codes: 0/);
      const indonesian = await rig.result([command, '--help'], '', { LANG: 'id_ID.UTF-8' });
      expect(indonesian.out).toMatch(/^Pemakaian: kentongan .*\n[^]*\nContoh:\n[^]*\nKode keluar: 0/);
      expect((await rig.result(['help', command])).out).toBe(english.out);
      expect((await rig.result(['--lang', 'id', command, '--help'])).out).toBe(indonesian.out);
      expect((await rig.result([command, '--help', '--lang=id'])).out).toBe(indonesian.out);
    },
  );

  test('--version says which it is', async () => {
    expect((await rig.result(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each<[string[], RegExp]>([
    [['chta'], /no command chta\. Did you mean chat\?\nFor help: kentongan --help/],
    [['serv'], /no command serv\. Did you mean serve\?/],
    [['tail', '--jason'], /no option --jason\. Did you mean --json\?\nFor help: kentongan tail --help/],
    [['tail', 'a', 'b'], /Too many arguments/],
    [['send', '--to'], /A value is missing: -t, --to <target>/],
    [['tail', '--after', 'x'], /--after needs a whole number from 0 on, not x/],
    [['tail', '--last', '-1'], /--last needs a whole number/],
    [['tail', '--after', '1', '--last', '2'], /not both/],
    [['tail', 'host/@bob'], /Private rooms/],
    [['send', '--id', 'short', 'halo'], /32 hex digits or a UUID, not short/],
    [['send', '--id', '0'.repeat(32)], /--id is for one message/],
    [['send', '--whole', 'text'], /leave the text out/],
    [['chat', 'host:99999'], /"99999" is no port/],
    [['chat', 'kentongan://host#12'], /"12" is no fingerprint/],
    [['chat', 'https://host'], /"https:\/\/" is not known.*kentongan:\/\//],
    [['chat', '--code', 'x'.repeat(129)], /1 to 128 bytes/],
    [['trust'], /Give a server with its fingerprint/],
    [['trust', '--list', 'host'], /Give a server with its fingerprint/],
    [['trust', 'host'], /Which fingerprint\?/],
    [['trust', 'host', '12:34'], /"12:34" is no fingerprint/],
    [['trust', 'alice@host', '1'.repeat(64)], /no server alone/],
    [['identity', 'export'], /A value is missing: file/],
    [['chat', '--lang', 'de'], /no language de/],
    [['chat', '\u001b[31m:1:1'], /\\e\[31m/],
  ])('%j is refused with what to do', async (args, text) => {
    const { exitCode, out, err } = await rig.result(args);
    expect(exitCode).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(text);
    expect(err).toMatch(/\nFor help: kentongan/);
  });

  test.each([['send', '--to'], ['tail'], ['chat']])(
    '%s to a place where nobody answers ends with 3',
    async (...args) => {
      // Port 1 of this machine: whoever listens there speaks another language.
      const command = args[0] === 'send' ? [...args, '127.0.0.1:1', 'halo'] : [...args, '127.0.0.1:1'];
      const { exitCode, err } = await rig.result(command, 'halo\n');
      expect(exitCode).toBe(3);
      expect(err).toMatch(/^kentongan: .*127\.0\.0\.1:1/);
    },
  );
});

describe('send and tail', () => {
  test('say words, lines and whole texts, and read them back in order', async () => {
    const send = (...args: string[]): string[] => ['send', '--to', `alice@${rig.address}`, ...args];
    const first = await rig.result(send('halo'));
    expect(first).toMatchObject({ exitCode: 0, out: '' });
    expect(first.err).toMatch(
      /^First time at 127\.0\.0\.1:\d+\..*\n( {2}([0-9a-f]{4} ){7}[0-9a-f]{4}\n){2}$/,
    );
    expect(await rig.result(send('halo', 'dunia'))).toEqual({ exitCode: 0, out: '', err: '' });
    expect(await rig.result(send('--', '-5', 'degrees'))).toMatchObject({ exitCode: 0 });
    expect(await rig.result(send(), 'one\n\ntwo\r\nthree')).toMatchObject({
      exitCode: 0,
      err: '3 messages stored in lobby.\n',
    });
    expect(await rig.result(send('--whole'), 'a\nb\n')).toMatchObject({ exitCode: 0 });
    expect(await rig.result(send(), '\n\n')).toEqual({
      exitCode: 0,
      out: '',
      err: 'There was nothing to send.\n',
    });
    const { out } = await rig.result(['tail', rig.address, '--no-follow', '--json', '--after', '0']);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { seq: number; text: string; author: { mark: string } });
    expect(lines.map(({ text }) => text)).toEqual([
      'halo',
      'halo dunia',
      '-5 degrees',
      'one',
      'two',
      'three',
      'a\nb',
    ]);
    expect(lines.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(lines[0]?.author.mark).toBe('service');
    const last = await rig.result(['tail', rig.address, '--no-follow', '--last', '2']);
    expect(last.out).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d alice \(program\): three\n.* alice \(program\): a ⏎ b\n$/,
    );
    const after = await rig.result(['tail', rig.address, '--no-follow', '--after', '6']);
    expect(after.out.split('\n')).toHaveLength(2);
  });

  test('say the same id once', async () => {
    const args = [
      'send',
      '--to',
      `alice@${rig.address}`,
      '--id',
      '01890a5d-ac96-774b-bcce-b302099a8057',
      'exactly once',
    ];
    expect((await rig.result(args)).exitCode).toBe(0);
    expect((await rig.result(args)).exitCode).toBe(0);
    const { out } = await rig.result(['tail', rig.address, '--no-follow', '--after', '0']);
    expect(out.match(/exactly once/g)).toHaveLength(1);
    const other = await rig.result([...args.slice(0, -1), 'another text']);
    expect(other).toMatchObject({ exitCode: 1 });
    expect(other.err).toMatch(/Refused: This id already stands for another message/);
  });

  test('stop at a line that can not be sent, behind those that can', async () => {
    const args = ['send', '--to', `alice@${rig.address}`];
    const tooLong = await rig.result(args, `before\n${'x'.repeat(20_000)}\nbehind\n`);
    expect(tooLong.exitCode).toBe(1);
    expect(tooLong.err).toMatch(
      /Line 2 is too long.*\nNothing from line 2 on was sent\. Before it 1 message was stored\./,
    );
    const notUtf8 = await rig.result(args, Uint8Array.of(0x61, 0x0a, 0xff, 0x0a));
    expect(notUtf8.err).toMatch(/Line 2 is not UTF-8/);
    const { out } = await rig.result(['tail', rig.address, '--no-follow', '--last', '2']);
    expect(out).toMatch(/ before\n.* a\n$/);
  });

  test('say who is refused and why, in the language of the person', async () => {
    const nobody = await rig.result(['send', '--to', `a b@${rig.address}`, 'x'], '', { LANG: 'id_ID' });
    expect(nobody).toMatchObject({ exitCode: 1 });
    expect(nobody.err).toMatch(/^kentongan: Nama ini tidak bisa dipakai/);
    const nowhere = await rig.result(['tail', `${rig.address}/nowhere`, '--no-follow']);
    expect(nowhere.err).toMatch(/There is no such room/);
  });

  test('begin a room by saying something in it', async () => {
    const begun = await rig.result(['send', '--to', `alice@${rig.address}/builds`, 'it works']);
    expect(begun).toMatchObject({ exitCode: 0 });
    const told = await rig.result(['tail', `${rig.address}/builds`, '--no-follow']);
    expect(told.out).toMatch(/alice.*: it works/);
  });

  test('follow what comes', async () => {
    const following = rig.run(['tail', rig.address, '--last', '0', '--json']);
    const speaking = async (text: string): Promise<void> => {
      await rig.result(['send', '--to', `alice@${rig.address}`, text]);
    };
    // It is in when it is counted as a listener.
    while (rig.server.status().rooms[0]?.listeners !== 1)
      await new Promise((resolve) => setTimeout(resolve, 10));
    await speaking('first');
    await speaking('second');
    await following.stdout.until(/second/);
    expect(following.stdout.text.split('\n').map((line) => /"text":"(.*?)"/.exec(line)?.[1])).toEqual([
      'first',
      'second',
      undefined,
    ]);
    following.stdout.destroy(Object.assign(new Error('EPIPE'), { code: 'EPIPE' }));
    expect(await following.exitCode).toBe(0);
    expect(following.stderr.text).toBe('');
  });

  test('leave with the server what nobody takes from them, and lose nothing of it', async () => {
    const slow = new SlowStream();
    const reading = rig.runInto(slow, ['tail', rig.address, '--last', '0', '--json']);
    while (rig.server.status().rooms[0]?.listeners !== 1)
      await new Promise((resolve) => setTimeout(resolve, 10));
    const count = 2_000;
    const input = [...Array(count).keys()].map((n) => `${n} ${'x'.repeat(4_000)}`).join('\n');
    expect((await rig.result(['send', '--to', `alice@${rig.address}`], input)).exitCode).toBe(0);
    // All but the window of the connection and what the streams hold.
    expect(rig.server.status().rooms[0]?.lag).toBeGreaterThan(count - 300);
    expect(slow.writableLength).toBeLessThan(1_000_000);
    slow.open();
    await slow.untilTaken(count);
    const numbers = slow.taken
      .join('')
      .trimEnd()
      .split('\n')
      .map((line) => Number(/"text":"(\d+) /.exec(line)?.[1]));
    expect(numbers).toEqual([...Array(count).keys()]);
    slow.destroy(new Error('EPIPE'));
    expect(await reading.exitCode).toBe(0);
  });
});

test('Ctrl-C ends a tail that waits for a server which says nothing', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const arrived = new Promise((resolve) => silent.once('connection', resolve));
  const { exitCode } = rig.run(['tail', `127.0.0.1:${port}`]);
  await arrived;
  process.emit('SIGINT');
  expect(await exitCode).toBe(130);
  for (const socket of sockets) socket.destroy();
  silent.close();
});
