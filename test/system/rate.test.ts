// A file that is longer than the server takes at once goes through `kentongan send`: slowed, never refused.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { Terminals } from './cli-terminals.ts';

const LINES = 3_000;

let terminals: Terminals;
afterEach(() => terminals.end());

const texts = Array.from({ length: LINES }, (_, n) => `line ${n} of a long file`);
/** What chat.log has: it is written a moment after a message is stored. */
const told = (): string[] =>
  [...terminals.chatLog.matchAll(/chat alice: (line .*)$/gm)].map(([, text]) => text ?? '');

test('at a terminal it says how many lines a second the server takes, and all of them arrive in order', async () => {
  terminals = await Terminals.start();
  const file = join(terminals.directory, 'lines.txt');
  writeFileSync(file, `${texts.join('\n')}\n`);
  const started = Date.now();
  // The shell reads the file; the screen is a terminal.
  const sender = terminals.open('sender', ['send', '--to', `alice@${terminals.address}`], { input: file });
  await sender.until(/\d+ of \d+ stored; the server takes 200 lines a second$/);
  // Meanwhile somebody else is not slowed.
  const other = await terminals.run(['send', '--to', `bob@${terminals.address}`, 'in between'], '', 'bob');
  expect(other.exitCode).toBe(0);
  await sender.until(/3,000 messages stored in lobby\.\nended with 0$/);
  expect(sender.screen('-S', '-')).not.toMatch(/Too much at once|refused/);
  // 400 at once, then 200 a second.
  expect(Date.now() - started).toBeGreaterThan(((LINES - 400) / 200 - 1) * 1_000);
  await vi.waitFor(() => expect(told()).toEqual(texts), 5_000);
  expect(terminals.chatLog.indexOf('in between')).toBeLessThan(terminals.chatLog.indexOf(texts.at(-1) ?? ''));
});

test('without a limit, and without a terminal, it says nothing', async () => {
  terminals = await Terminals.start('--rate', '0');
  await terminals.run(['send', '--to', `alice@${terminals.address}`, 'first'], '');
  const { exitCode, out, err } = await terminals.run(
    ['send', '--to', `alice@${terminals.address}`],
    texts.join('\n'),
  );
  expect({ exitCode, out, err }).toEqual({ exitCode: 0, out: '', err: '3,000 messages stored in lobby.\n' });
  await vi.waitFor(() => expect(told()).toEqual(texts), 5_000);
});
