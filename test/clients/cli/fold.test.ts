import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { environmentOf } from '../../../clients/cli/environment.ts';
import { foldHelp, foldWords } from '../../../clients/cli/fold.ts';
import { textsOf } from '../../../clients/cli/language.ts';

test('a line is cut between words', () => {
  expect(foldWords('one two three', 7)).toEqual(['one two', 'three']);
  expect(foldWords('one two three', 6)).toEqual(['one', 'two', 'three']);
  expect(foldWords('extraordinary words', 5)).toEqual(['extraordinary', 'words']);
});

test('in a table the meaning stays beside its word, or comes below a command', () => {
  const text = '  seq       the number of the entry\n  kentongan chat alice@host    as alice';
  expect(foldHelp(text, 28)).toBe(
    '  seq       the number of\n            the entry\n  kentongan chat alice@host\n      as alice',
  );
  expect(foldHelp(text, 80)).toBe(text);
});

describe('what is said on standard error', () => {
  const said = (isTTY: boolean): string => {
    const stderr = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY, columns: 20 });
    const { stdin, stdout } = process;
    const environment = environmentOf(
      { stdin, stdout, stderr: stderr as unknown as NodeJS.Process['stderr'], env: {} },
      textsOf('en'),
    );
    environment.complain('the server shows another one\n  before  1a2b 1a2b 1a2b\nAsk.');
    return String(stderr.read());
  };

  test('fits the window; what is compared or typed stays whole', () => {
    expect(said(true)).toBe('kentongan: the\nserver shows\nanother one\n  before  1a2b 1a2b 1a2b\nAsk.\n');
  });

  test('is left alone for a file', () => {
    expect(said(false)).toBe('kentongan: the server shows another one\n  before  1a2b 1a2b 1a2b\nAsk.\n');
  });
});
