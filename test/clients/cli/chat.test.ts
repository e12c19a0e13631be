// Conversations without a terminal, against a real server; those with one are in test/system.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CommandRig, type Running } from './commands-run.ts';

let rig: CommandRig;
beforeEach(async () => {
  rig = await CommandRig.start();
});
afterEach(() => rig.end());

async function enter(name: string, ...args: string[]): Promise<Running> {
  const running = rig.run(['chat', `${name}@${rig.address}`, ...args]);
  await running.stdout.until(new RegExp(`${name} came in`));
  return running;
}

/** The lines without their times. */
function linesOf({ stdout }: Running): string[] {
  return stdout.text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\d\d:\d\d /, ''));
}

describe('a conversation in lines', () => {
  test('shows who comes, what is said and who goes, to everybody in the same order', async () => {
    const alice = await enter('alice');
    const bob = await enter('bob');
    await alice.stdout.until(/bob came in/);
    alice.stdin.write('halo bob\n//slash\n\n');
    await bob.stdout.until(/alice: \/slash/);
    bob.stdin.write('halo alice\n');
    await alice.stdout.until(/bob: halo alice/);
    bob.stdin.end('bye\n');
    expect(await bob.exitCode).toBe(0);
    await alice.stdout.until(/bob left/);
    const story = [
      '* alice came in',
      '* bob came in',
      'alice: halo bob',
      'alice: /slash',
      'bob: halo alice',
      'bob: bye',
      '* bob left',
    ];
    expect(linesOf(alice).filter((line) => story.includes(line))).toEqual(story);
    alice.stdin.end();
    expect(await alice.exitCode).toBe(0);
  });

  test('does not end well in a room that is damaged: nothing was stored, and that is said', async () => {
    await rig.server.announce('lobby', 'halo');
    await rig.damage('lobby');
    const damaged = await rig.result(['chat', `alice@${rig.address}`], 'hi\n');
    expect(damaged.exitCode).toBe(1);
    expect(damaged.out).toMatch(/The log of this room is damaged\..*\n/);
    expect(damaged.out).toMatch(
      /You are in no room\..*\nNot stored: hi\n0 messages stored, 1 not stored\.\n$/,
    );
    expect((await rig.result(['chat', `alice@${rig.address}`])).exitCode).toBe(1);
  });

  test('leaves when its input fails, and says why', async () => {
    const alice = await enter('alice');
    const bob = await enter('bob');
    await alice.stdout.until(/bob came in/);
    bob.stdin.destroy(new Error('the disk is on fire'));
    expect(await bob.exitCode).toBe(1);
    expect(bob.stdout.text).toContain('the disk is on fire');
    await alice.stdout.until(/bob left/);
    alice.stdin.end();
    await alice.exitCode;
  });

  test('shows to who comes late what was said before, and more when asked', async () => {
    const input = [...Array(60).keys()].map((n) => `line ${n}`).join('\n');
    await rig.result(['send', '--to', `sender@${rig.address}`], input);
    const alice = await enter('alice');
    // The newest of the twenty is that she came in.
    expect(linesOf(alice).filter((line) => line.includes(': line '))).toHaveLength(19);
    alice.stdin.write('/history 30\n');
    await alice.stdout.until(/── now ──/);
    const shown = linesOf(alice);
    const earlier = shown.slice(shown.indexOf('── earlier in lobby ──') + 1, shown.indexOf('── now ──'));
    expect(earlier).toEqual([...Array(30).keys()].map((n) => `sender (program): line ${n + 11}`));
    alice.stdin.write('/history 30\n/history\n');
    await alice.stdout.until(/nothing earlier/);
    expect(linesOf(alice).filter((line) => /: line \d$/.test(line))).toHaveLength(10);
    alice.stdin.end();
    await alice.exitCode;
  });

  test('shows to who comes back only what is new, behind a little of what was', async () => {
    const first = await enter('alice');
    first.stdin.end('something old\n');
    await first.exitCode;
    await rig.result(['send', '--to', `bob@${rig.address}`, 'something new']);
    const again = rig.run(['chat', `alice@${rig.address}`]);
    await again.stdout.until(/── new ──[^]*alice came in/);
    const shown = linesOf(again);
    const rule = shown.indexOf('── new ──');
    expect(shown.slice(0, rule)).toContain('alice: something old');
    expect(shown.slice(rule + 1).filter((line) => line.includes('something'))).toEqual([
      'bob (program): something new',
    ]);
    again.stdin.end();
    await again.exitCode;
  });

  test('shows a private message that has waited behind what was missed, under its rule', async () => {
    const variables = { KENTONGAN_STATE: join(rig.directory, 'bob') };
    await rig.result(['identity', 'create', '--name', 'bob'], '', variables);
    const bob = rig.run(['chat', `bob@${rig.address}`], variables);
    await bob.stdout.until(/bob came in/);
    bob.stdin.end();
    await bob.exitCode;
    const alice = await enter('alice');
    alice.stdin.end('/msg bob psst\nsomething new\n');
    expect(await alice.exitCode).toBe(0);
    const again = rig.run(['chat', `bob@${rig.address}`], variables);
    await again.stdout.until(/psst/);
    const shown = linesOf(again);
    const [rule, news, psst] = ['── new ──', 'alice: something new', '[alice → you] psst'].map((line) =>
      shown.indexOf(line),
    );
    expect([rule, news, psst]).not.toContain(-1);
    expect([rule, news, psst]).toEqual([rule, news, psst].toSorted((a = 0, b = 0) => a - b));
    again.stdin.end();
    await again.exitCode;
  });

  test('leaves out what is too much for who was away long, and says how much first', async () => {
    const first = await enter('alice');
    first.stdin.end();
    await first.exitCode;
    const input = [...Array(700).keys()].map((n) => `line ${n}`).join('\n');
    await rig.result(['send', '--to', `bob@${rig.address}`], input);
    const again = rig.run(['chat', `alice@${rig.address}`]);
    await again.stdout.until(/line 699\n.*alice came in/);
    const shown = linesOf(again);
    const said = shown.findIndex((line) => /^\d+ older entries are not shown here/.test(line));
    // The newest of the five hundred is that she came in; she had read up to where she left.
    expect(shown.slice(said + 1, said + 500)).toEqual(
      [...Array(499).keys()].map((n) => `bob (program): line ${n + 201}`),
    );
    expect(shown.slice(0, said).join('\n')).not.toMatch(/line/);
    again.stdin.end();
    await again.exitCode;
  });

  test('keeps private talk to the two, and opens it by itself for the other one', async () => {
    const [alice, bob, eve] = [await enter('alice'), await enter('bob'), await enter('eve')];
    alice.stdin.write('/msg bob for you alone\n');
    await bob.stdout.until(/\[alice → you\] for you alone/);
    expect(bob.stdout.text).toMatch(/alice writes to you in private\. Answer with: \/msg alice TEXT/);
    bob.stdin.write('/msg alice and for you\n');
    await alice.stdout.until(/\[bob → you\] and for you/);
    expect(alice.stdout.text).toContain('[you → bob] for you alone');
    eve.stdin.end('/msg nobody x\nbye\n');
    expect(await eve.exitCode).toBe(1);
    expect(eve.stdout.text).toMatch(/Nobody of that name/);
    expect(eve.stdout.text).toMatch(/\nNot stored: x\n[^]*1 message stored, 1 not stored\.\n/);
    expect(eve.stdout.text).not.toMatch(/for you/);
    for (const running of [alice, bob]) {
      running.stdin.end();
      await running.exitCode;
    }
  });

  test('answers its commands', async () => {
    const alice = await enter('alice');
    alice.stdin.write(
      '/who\n/join physics\n/rooms\nin physics\n/leave\n/leave nowhere\n/nonsense\n/msg\n/join ~x\n/help\n/quit\n',
    );
    // Not all of them make sense.
    expect(await alice.exitCode).toBe(1);
    const text = linesOf(alice).join('\n');
    for (const expected of [
      'lobby: 1 person: alice (you)',
      'You are in physics now, 1 person here.',
      /\n {2}lobby {4}1 person, \d+ entr(y|ies)\n {2}physics {2}1 person/,
      'physics alice: in physics',
      'You left physics.',
      'You are not in nowhere.',
      'There is no command /nonsense.',
      'Who? Write it as /msg NAME TEXT',
      '"~x" can not be a room.',
      /\n {2}\/history \[N\] +show N earlier/,
    ]) {
      expect(text).toMatch(
        typeof expected === 'string' ? new RegExp(expected.replaceAll(/[.?()/*+[\]]/g, '\\$&')) : expected,
      );
    }
  });

  test('can not be torn or coloured by what others say or are called', async () => {
    const alice = await enter('alice');
    await rig.result(
      ['send', '--whole', '--to', `eve@${rig.address}`],
      '\u001b[31mred\u001b[2J\r12:00 bob: fake\u202e\nsecond\u009b',
    );
    await alice.stdout.until(/eve/);
    expect(alice.stdout.text).toContain(
      'eve (program): \\e[31mred\\e[2J\\r12:00 bob: fake\\u202e ⏎ second\\x9b\n',
    );
    expect(alice.stdout.text).not.toMatch(/[^\P{Cc}\n]/u);
    alice.stdin.end();
    await alice.exitCode;
  });

  test('ends where the same user begins again, and says so', async () => {
    const first = await enter('alice');
    const second = rig.run(['chat', `alice@${rig.address}`]);
    expect(await first.exitCode).toBe(1);
    expect(first.stdout.text).toMatch(/You connected again from somewhere else/);
    expect(first.stdout.text).not.toMatch(/alice left/);
    second.stdin.end();
    expect(await second.exitCode).toBe(0);
  });
});

describe('whoever may not come in', () => {
  test('is told why: the name of somebody else', async () => {
    const alice = await enter('alice');
    const other = await rig.result(['chat', `alice@${rig.address}`], 'halo\n', {
      KENTONGAN_STATE: join(rig.directory, 'other'),
    });
    expect(other.exitCode).toBe(1);
    expect(other.err).toMatch(/Somebody here is called alice\. Choose another name\./);
    alice.stdin.end();
    await alice.exitCode;
  });

  test('is told why: a damaged state file, which stays as it is', async () => {
    const file = join(rig.directory, 'state', 'servers', `localhost%3a${rig.server.port}`, 'user-alice.json');
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, '{');
    const refused = await rig.result(['chat', `alice@${rig.address}`], '');
    expect(refused.exitCode).toBe(1);
    expect(refused.err).toContain(`damaged: ${file}`);
    expect(readFileSync(file, 'utf8')).toBe('{');
  });
});
