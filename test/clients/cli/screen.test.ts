import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnsOf } from '../../../clients/cli/columns.ts';
import { lineOf } from '../../../clients/cli/line.ts';
import { remark, span } from '../../../clients/cli/paragraph.ts';
import { promptRow } from '../../../clients/cli/prompt-row.ts';
import { safeText } from '../../../clients/cli/safe-text.ts';
import { Screen } from '../../../clients/cli/screen.ts';
import { runs } from '../../runs.ts';
import { TerminalEmulator } from './terminal-emulator.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const PROMPT = [span('lobby> ', 'quiet')];

describe('the row of the prompt', () => {
  test.each([
    ['halo', 4, 40, 'lobby> halo', 11],
    ['halo', 0, 40, 'lobby> halo', 7],
    ['one\ntwo', 7, 40, 'lobby> one⏎two', 14],
    ['\u001b[31m', 5, 40, 'lobby> \\e[31m', 13],
    ['0123456789abcdefghij', 20, 20, 'lobby> …bcdefghij', 17],
    ['0123456789abcdefghij', 0, 20, 'lobby> 012345678…', 7],
  ])('%j with the cursor at %i in %i columns', (text, cursor, columns, shown, column) => {
    const row = promptRow(PROMPT, { text, cursor }, columns);
    expect(row.spans.map((piece) => piece.text).join('')).toBe(shown);
    expect(row.cursor).toBe(column);
  });

  test('fits, and has the cursor in it, whatever is written', () => {
    const text = fc.array(fc.constantFrom('a', '日', ' ', '\n', 'e\u0301', '👍', '\u001b'), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(
        text,
        fc.nat(),
        fc.integer({ min: 12, max: 100 }),
        fc.boolean(),
        (pieces, at, columns, isLong) => {
          const before = pieces.slice(0, at % (pieces.length + 1)).join('');
          const prompt = isLong
            ? [span('(offline, next try in 12 s, 3 not sent yet) ', 'alarm'), ...PROMPT]
            : PROMPT;
          const row = promptRow(prompt, { text: pieces.join(''), cursor: before.length }, columns);
          const shown = row.spans.map((piece) => piece.text).join('');
          expect(row.columns).toBe(columnsOf(shown));
          expect(row.columns).toBeLessThanOrEqual(columns - 1);
          expect(row.cursor).toBeLessThanOrEqual(row.columns);
          expect(shown).not.toMatch(/\p{Cc}/u);
        },
      ),
      runs(1_000),
    );
  });
});

describe('the screen', () => {
  test('shows what is said above the line that is being written, and leaves the cursor in it', async () => {
    const terminal = new TerminalEmulator(40);
    const screen = new Screen(terminal.stream, true);
    screen.open();
    screen.prompt(PROMPT, { text: 'half a line', cursor: 4 });
    screen.print(remark('12:00 alice: halo'));
    screen.print(remark('12:00 bob: halo juga'));
    await turn();
    expect(terminal.text).toEqual(['12:00 alice: halo', '12:00 bob: halo juga', 'lobby> half a line']);
    expect(terminal.cursor).toEqual({ row: 2, column: 11 });
    screen.close();
    expect(terminal.text).toEqual(['12:00 alice: halo', '12:00 bob: halo juga', '']);
  });

  test('is one write for a burst of messages', async () => {
    const terminal = new TerminalEmulator(40);
    const screen = new Screen(terminal.stream, false);
    screen.open();
    const writes: string[] = [];
    const write = terminal.write.bind(terminal);
    terminal.write = (text) => {
      writes.push(text);
      return write(text);
    };
    for (let n = 0; n < 100; n++) screen.print(remark(`message ${n}`));
    await turn();
    expect(writes).toHaveLength(1);
    expect(terminal.text.slice(0, 100)).toEqual([...Array(100).keys()].map((n) => `message ${n}`));
  });

  test('never tears: every message once, whole, in order, and the prompt below them, in whatever order things come', async () => {
    const step = fc.oneof(
      fc.record({
        is: fc.constant('print' as const),
        text: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
      }),
      fc.record({ is: fc.constant('type' as const), text: fc.string({ unit: 'grapheme', maxLength: 60 }) }),
      fc.record({ is: fc.constant('turn' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.integer({ min: 20, max: 60 }),
        async (steps, columns) => {
          const terminal = new TerminalEmulator(columns);
          const screen = new Screen(terminal.stream, true);
          screen.open();
          let line = lineOf('');
          let number = 0;
          const said: string[] = [];
          for (const action of steps) {
            if (action.is === 'print') {
              const text = `<${number++}>${safeText(action.text)}`;
              said.push(text);
              screen.print(remark(text));
            } else if (action.is === 'type') {
              line = lineOf(action.text);
              screen.prompt(PROMPT, line);
            } else {
              await turn();
            }
          }
          screen.prompt(PROMPT, line);
          const rows = terminal.text;
          const shown = promptRow(PROMPT, line, columns);
          const prompt = shown.spans.map(({ text }) => text).join('');
          const squeezed = (text: string): string => text.replace(/[\s\u2068\u2069]/gu, '');
          expect(squeezed(rows.at(-1) ?? '')).toBe(squeezed(prompt));
          expect(terminal.cursor).toEqual({ row: rows.length - 1, column: shown.cursor });
          expect(squeezed(rows.slice(0, -1).join(''))).toBe(squeezed(said.join('')));
        },
      ),
      runs(300),
    );
  });

  test.each([
    [80, 30],
    [30, 80],
    [80, 79],
    [60, 20],
  ])('leaves nothing of the prompt behind from %i to %i columns', async (from, to) => {
    const terminal = new TerminalEmulator(from);
    const screen = new Screen(terminal.stream, true);
    screen.open();
    screen.prompt(PROMPT, lineOf('0123456789'.repeat(6)));
    screen.print(remark('one'));
    await turn();
    terminal.resize(to);
    screen.print(remark('two'));
    await turn();
    const prompt = promptRow(PROMPT, lineOf('0123456789'.repeat(6)), to);
    expect(terminal.text).toEqual(['one', 'two', prompt.spans.map(({ text }) => text).join('')]);
    expect(terminal.cursor).toEqual({ row: 2, column: prompt.cursor });
  });
});
