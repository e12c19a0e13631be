import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { complete } from '../../../clients/cli/completion.ts';
import { type Key, LineEditor, type Outcome } from '../../../clients/cli/editor.ts';
import { lineOf } from '../../../clients/cli/line.ts';
import { runs } from '../../runs.ts';

const NAMES = { people: ['alice', 'alina', 'Bob', 'budi.s'], rooms: ['lobby', 'physics'] };

function newEditor(): LineEditor {
  return new LineEditor((line) => complete(line, NAMES));
}

/** `<name>` is a key, `<ctrl-x>` and `<meta-x>` with a modifier; everything else is typed. */
function type(editor: LineEditor, keys: string): Outcome[] {
  return [...keys.matchAll(/<([a-z0-9-]+)>|([^<])/gu)].map(([, name, text = '']) =>
    editor.press(keyOf(name, text)),
  );
}

function keyOf(name: string | undefined, text: string): Key {
  if (name === undefined) return { text, name: text };
  if (name.startsWith('ctrl-')) return { text: '\u0001', name: name.slice(5), ctrl: true };
  if (name.startsWith('meta-')) return { text: '\u001b', name: name.slice(5), meta: true };
  return { text: name === 'return' ? '\r' : '\u001b[X', name };
}

/** The text with `|` where the cursor is. */
function shown({ line }: LineEditor): string {
  return `${line.text.slice(0, line.cursor)}|${line.text.slice(line.cursor)}`;
}

describe('the line editor', () => {
  test.each([
    ['halo', 'halo|'],
    ['halo<left><left>X', 'haX|lo'],
    ['halo<home>X<end>Y', 'XhaloY|'],
    ['halo<ctrl-a>X<ctrl-e>Y', 'XhaloY|'],
    ['halo<backspace><backspace>', 'ha|'],
    ['halo<home><delete>', '|alo'],
    ['halo<home><ctrl-d>', '|alo'],
    ['one two three<ctrl-w><ctrl-w>', 'one |'],
    ['one two<ctrl-left><ctrl-left>X<ctrl-right>Y', 'XoneY| two'],
    ['one two<meta-b><ctrl-k>', 'one |'],
    ['one two<ctrl-u>x<ctrl-y>', 'xone two|'],
    ['👩‍👧<left>x', 'x|👩‍👧'],
    ['日本<left><backspace>', '|本'],
    ['e\u0301x<left><left>y', 'y|e\u0301x'],
  ])('%s gives %s', (keys, expected) => {
    const editor = newEditor();
    for (const piece of keys.startsWith('👩') ? ['👩\u200d👧', keys.slice(5)] : [keys]) {
      if (piece.includes('\u200d')) editor.press({ text: piece });
      else type(editor, piece);
    }
    expect(shown(editor)).toBe(expected);
  });

  test('hands over what was entered and begins anew', () => {
    const editor = newEditor();
    expect(type(editor, 'halo<return>').at(-1)).toEqual({ is: 'entered', text: 'halo' });
    expect(shown(editor)).toBe('|');
  });

  test('goes through earlier lines and comes back to the unfinished one', () => {
    const editor = newEditor();
    type(editor, 'one<return>two<return>two<return>half');
    type(editor, '<up>');
    expect(shown(editor)).toBe('two|');
    type(editor, '<up><up>');
    expect(shown(editor)).toBe('one|');
    type(editor, '<down><down>');
    expect(shown(editor)).toBe('half|');
    type(editor, '<down>');
    expect(shown(editor)).toBe('half|');
  });

  test('leaves at Ctrl-C, and at Ctrl-D when the line is empty', () => {
    expect(type(newEditor(), 'x<ctrl-c>').at(-1)).toEqual({ is: 'leave' });
    expect(type(newEditor(), '<ctrl-d>').at(-1)).toEqual({ is: 'leave' });
    expect(type(newEditor(), 'x<home><ctrl-d>').at(-1)).toEqual({ is: 'changed' });
  });

  test('takes pasted lines as one text and enters nothing by itself', () => {
    const editor = newEditor();
    expect(
      type(editor, '<paste-start>one<return>two<tab>!<paste-end>').some(({ is }) => is !== 'changed'),
    ).toBe(false);
    expect(editor.line.text).toBe('one\ntwo    !');
    expect(type(editor, '<return>').at(-1)).toEqual({ is: 'entered', text: 'one\ntwo    !' });
  });

  test('never takes a control character into the line', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 3 }), { maxLength: 20 }), (texts) => {
        const editor = newEditor();
        for (const text of texts) editor.press({ text });
        expect(editor.line.text).not.toMatch(/[\p{Cc}\p{Cs}]/u);
        expect(editor.line.cursor).toBe(editor.line.text.length);
      }),
      runs(300),
    );
  });

  test('keeps the cursor inside the line, between characters, whatever is pressed', () => {
    const key = fc.oneof(
      fc
        .constantFrom('left', 'right', 'home', 'end', 'backspace', 'delete', 'up', 'down', 'tab', 'return')
        .map((name): Key => ({ text: '', name })),
      fc
        .constantFrom('a', 'b', 'd', 'e', 'f', 'h', 'k', 'u', 'w', 'y', 'left', 'right', 'n', 'p')
        .map((name): Key => ({ text: '', name, ctrl: true })),
      fc.constantFrom('a', ' ', '日', '👍', '👩\u200d👧', 'e\u0301', '/', '@').map((text): Key => ({ text })),
    );
    fc.assert(
      fc.property(fc.array(key, { maxLength: 60 }), (keys) => {
        const editor = newEditor();
        for (const press of keys) {
          editor.press(press);
          const { text, cursor } = editor.line;
          expect(cursor).toBeGreaterThanOrEqual(0);
          expect(cursor).toBeLessThanOrEqual(text.length);
          expect(text.isWellFormed()).toBe(true);
          expect(text.slice(0, cursor).isWellFormed()).toBe(true);
        }
      }),
      runs(500),
    );
  });
});

describe('the Tab key', () => {
  test.each([
    ['/w<tab>', '/who |'],
    ['/msg b<tab>', '/msg b|'],
    ['/msg Bo<tab>', '/msg Bob |'],
    ['/msg @Bo<tab>', '/msg @Bob |'],
    ['/join ph<tab>', '/join physics |'],
    ['/leave l<tab>', '/leave lobby |'],
    ['ali<tab>', 'ali|'],
    ['alic<tab>', 'alice: |'],
    ['halo BUD<tab>', 'halo budi.s |'],
    ['halo @bob<tab>', 'halo @Bob |'],
    ['nobody<tab>', 'nobody|'],
    ['<tab>', '|'],
  ])('%s gives %s', (keys, expected) => {
    const editor = newEditor();
    type(editor, keys);
    expect(shown(editor)).toBe(expected);
  });

  test('shows the choices when there are several', () => {
    expect(type(newEditor(), 'al<tab><tab>').at(-1)).toEqual({
      is: 'choices',
      candidates: ['alice: ', 'alina: '],
    });
    expect(complete(lineOf('/'), NAMES).candidates).toHaveLength(8);
  });
});
