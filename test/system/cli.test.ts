// The client as people have it: processes in real terminals.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Terminals } from './cli-terminals.ts';

let terminals: Terminals;
beforeEach(async () => {
  terminals = await Terminals.start();
});
afterEach(() => terminals.end());

const AT_PROMPT = /\nlobby>$/;

describe('the prompt', () => {
  test('is not torn by what others say, nor is what they say', async () => {
    const alice = terminals.open('alice', ['chat', `alice@${terminals.address}`]);
    await alice.until(AT_PROMPT);
    alice.type('half a line');
    alice.press('Left', 'Left', 'Left', 'Left');
    await alice.until(/lobby> half a line$/);
    const messages = [...Array(40).keys()].map((n) => `message ${n} ${'and more '.repeat(n % 12)}end`);
    const { exitCode } = await terminals.run(
      ['send', '--to', `bob@${terminals.address}`],
      messages.join('\n'),
    );
    expect(exitCode).toBe(0);
    await alice.until(/message 39/);
    const screen = alice.screen('-S', '-');
    expect(screen.match(/lobby>/g)).toHaveLength(1);
    expect(alice.rows.at(-1)).toBe('lobby> half a line');
    expect(alice.cursor).toBe(`14,${alice.rows.length - 1}`);
    // Rows that were cut are indented; put together they are what was said.
    const said = screen
      .replaceAll(/\n {8}/g, ' ')
      .replaceAll(/ +/g, ' ')
      .matchAll(/bob \(program\): (.*?) ?end/g);
    expect([...said].map(([, text]) => text)).toEqual(messages.map((text) => text.replace(/ ?end$/, '')));
    alice.press('Enter');
    await alice.until(/alice: half a line\nlobby>$/);
  });

  test('survives another width, with wide characters in the line', async () => {
    const alice = terminals.open('alice', ['chat', `alice@${terminals.address}`]);
    await alice.until(AT_PROMPT);
    const text = '日本語 and a line that is longer than the narrow terminal will be';
    alice.type(text);
    await alice.until(/will be$/);
    alice.resize(40);
    await alice.until(/\nlobby> …[^\n]*will be$/);
    await terminals.run(['send', '--to', `bob@${terminals.address}`, 'narrow'], '');
    await alice.until(/narrow\nlobby> …[^\n]*will be$/);
    alice.resize(100);
    await terminals.run(['send', '--to', `bob@${terminals.address}`, 'wide'], '');
    await alice.until(/wide\nlobby> 日本語[^\n]*will be$/);
    expect(alice.screen().match(/lobby>/g)).toHaveLength(1);
    expect(alice.screen()).toMatch(
      /\n\d\d:\d\d bob \(program\): narrow\n\d\d:\d\d bob \(program\): wide\nlobby> /,
    );
    alice.press('Enter');
    await alice.until(/alice: 日本語 and a line/);
  });

  test('completes, remembers lines, and takes a pasted text as one message', async () => {
    const alice = terminals.open('alice', ['chat', `alice@${terminals.address}`]);
    await alice.until(AT_PROMPT);
    alice.type('/wh');
    alice.press('Tab', 'Enter');
    await alice.until(/lobby: 1 person: alice \(you\)\nlobby>$/);
    alice.press('Up');
    await alice.until(/lobby> \/who$/);
    alice.press('C-u');
    alice.paste('first\nsecond');
    await alice.until(/lobby> first⏎second$/);
    alice.press('Enter');
    await alice.until(/alice: first\n {8}second\nlobby>$/);
    await vi.waitFor(() => expect(terminals.chatLog).toContain('chat alice: first\\nsecond'));
  });
});

describe('a person', () => {
  test('talks with two others; everybody sees the same', async () => {
    const [alice, bob, citra] = ['alice', 'bob', 'citra'].map((name) =>
      terminals.open(name, ['chat', `${name}@${terminals.address}`], {
        state: name,
        language: name === 'citra' ? 'id_ID.UTF-8' : 'en_GB.UTF-8',
      }),
    );
    if (alice === undefined || bob === undefined || citra === undefined) throw new Error('three');
    for (const window of [alice, bob, citra]) await window.until(AT_PROMPT);
    alice.say('halo');
    await bob.until(/alice: halo\nlobby>$/);
    bob.say('halo juga');
    await citra.until(/alice: halo\n.*bob: halo juga\nlobby>$/);
    citra.say('/msg bob rahasia');
    await bob.until(/citra writes to you in private.*\n.*\[citra → you\] rahasia\nlobby>$/);
    await citra.until(/\[Anda → bob\] rahasia/);
    bob.press('C-d');
    await bob.until(/ended with 0$/);
    await citra.until(/\* bob keluar/);
    expect(alice.screen()).not.toContain('rahasia');
  });

  test('who is killed comes back under the name, without a leave and a join', async () => {
    const bob = terminals.open('bob', ['chat', `bob@${terminals.address}`]);
    await bob.until(AT_PROMPT);
    const first = terminals.open('alice', ['chat', `alice@${terminals.address}`]);
    await first.until(AT_PROMPT);
    first.say('before');
    await bob.until(/alice: before/);
    process.kill(terminals.pidOf('alice'), 'SIGKILL');
    await bob.until(/\* alice lost the connection/);
    bob.say('you are away');
    const again = terminals.open('again', ['chat', `alice@${terminals.address}`]);
    await again.until(/bob: you are away\n(.*\n)*lobby>$/);
    await bob.until(/\* alice is back/);
    again.say('after');
    await bob.until(/alice: after/);
    const story = (): string[] =>
      [...terminals.chatLog.matchAll(/lobby #\d+ (join|leave|chat) (.*)/g)].map(
        ([, kind, what]) => `${kind} ${what}`,
      );
    const whole = [
      'join bob',
      'join alice',
      'chat alice: before',
      'chat bob: you are away',
      'chat alice: after',
    ];
    await vi.waitFor(() => expect(story()).toEqual(whole));
  });

  test('whose name is taken is asked for another one', async () => {
    const alice = terminals.open('alice', ['chat', `alice@${terminals.address}`], { state: 'one' });
    await alice.until(AT_PROMPT);
    const other = terminals.open('other', ['chat', `alice@${terminals.address}`], { state: 'two' });
    await other.until(/Somebody here is called alice\. Choose another name\.\nYour name:$/);
    other.say('alice');
    await other.until(/(called alice[^]*){2}Your name:$/);
    other.say('bob');
    await other.until(/You are bob, in lobby/);
    await alice.until(/\* bob came in/);
    expect(alice.screen()).not.toContain('alice left');
  });

  test('whose server goes away keeps what is typed', async () => {
    const alice = terminals.open('alice', ['chat', `alice@${terminals.address}`]);
    await alice.until(AT_PROMPT);
    await terminals.stopServer();
    await alice.until(/\(offline, next try in \d+ s\) lobby>$/);
    alice.say('said while away');
    await alice.until(/\(.*1 not sent yet\) lobby>$/);
    await terminals.startServer();
    await alice.until(/Connected again\.[^]*said while away/);
    await alice.until(AT_PROMPT);
    expect(alice.screen()).not.toContain('Not sent');
    await vi.waitFor(() => expect(terminals.chatLog.match(/said while away/g)).toHaveLength(1));
  });

  test('whose server has lost its log asks rather than repeats', async () => {
    await terminals.stopServer();
    await terminals.startServer('--engine', 'memory');
    const alice = terminals.open('alice', ['chat', `alice@${terminals.address}`]);
    await alice.until(AT_PROMPT);
    await terminals.stopServer();
    await alice.until(/\(offline, next try in \d+ s\) lobby>$/);
    alice.say('said in vain');
    await alice.until(/\(.*1 not sent yet\) lobby>$/);
    await terminals.startServer('--engine', 'memory');
    await alice.until(/Connected again\.[^]*Not sent: said in vain/);
    await alice.until(AT_PROMPT);
    expect(terminals.chatLog).not.toContain('said in vain');
  });
});

test('sending from a terminal ends at Ctrl-D with everything stored, and at Ctrl-C with 130', async () => {
  const args = ['send', '--to', `alice@${terminals.address}`];
  const first = terminals.open('first', args);
  await first.until(/Each line is one message\. Ctrl-D ends\./);
  first.say('one');
  first.say('two');
  first.press('C-d');
  await first.until(/2 messages stored in lobby\.\nended with 0$/);
  const second = terminals.open('second', args);
  await second.until(/Ctrl-D ends\./);
  second.say('three');
  second.press('C-c');
  await second.until(
    /kentongan: Interrupted\. [01] messages? (was|were) stored for certain\.\nended with 130$/,
  );
  const following = terminals.open('following', ['tail', terminals.address]);
  await following.until(/alice \(program\): two/);
  following.press('C-c');
  await following.until(/ended with 130$/);
  expect(following.screen()).toMatch(/: one\n.*: two\n/);
});

test('a message can not colour the screen, move the cursor or pass for another line', async () => {
  const alice = terminals.open('alice', ['chat', `alice@${terminals.address}`]);
  await alice.until(AT_PROMPT);
  const esc = '\u001b';
  const fake = `${' '.repeat(57)}12:00 alice: I owe you money`;
  const hostile = [
    `${esc}[31mred${esc}[0m`,
    `${esc}[2J${esc}[Hgone`,
    `${esc}]0;title\u0007`,
    `over\rwritten`,
    `\u009b31mred`,
    `\u202eesrever`,
    fake,
  ];
  await terminals.run(['send', '--to', `eve@${terminals.address}`], `${hostile.join('\n')}\nlast\n`);
  await alice.until(/last\nlobby>$/);
  const screen = alice.screen();
  for (const shown of [
    '\\e[31mred\\e[0m',
    '\\e[2J\\e[Hgone',
    '\\e]0;title\\x07',
    'over\\rwritten',
    '\\x9b31mred',
    '\\u202eesrever',
  ]) {
    expect(screen).toContain(`eve (program): ${shown}`);
  }
  expect(screen).not.toMatch(/^12:00 alice/m);
  // What colours there are come from the client: the texts have none but the default.
  const coloured = alice.screen('-e');
  const colour = new RegExp(`${esc}\\[(?:[0-9;]*;)?(?:[1-9]|[34][0-7]|9[0-7])(?:;[0-9;]*)?m`);
  for (const text of ['red', 'gone', 'esrever', 'I owe you money']) {
    const row = coloured.split('\n').find((line) => line.includes(text)) ?? '';
    expect(row).toContain(text);
    expect(row.slice(row.search(/\\|12:00 alice/))).not.toMatch(colour);
  }
  expect('\u001b[31mx').toMatch(colour);
});
