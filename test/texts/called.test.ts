import { describe, expect, test } from 'vitest';
import { calledIn } from '../../src/commands/called.ts';
import { english, type TextKey } from '../../src/texts/english.ts';
import { asCalled } from '../../src/texts/called.ts';
import { fold, foldAll } from '../../src/texts/fold.ts';
import { LANGUAGES, textsOf } from '../../src/texts/texts.ts';

const CALLED = { program: 'npx kentongan', data: ' --data /d' };

describe('a command in a text', () => {
  test.each([
    ['look at "kentongan status".', 'look at "npx kentongan status --data /d".'],
    ['kentongan invite --code', 'npx kentongan invite --data /d --code'],
    ['kentongan invite revoke all', 'npx kentongan invite revoke --data /d all'],
    ['kentongan names release {name}', 'npx kentongan names release --data /d {name}'],
    ['kentongan log restore FILE --replace', 'npx kentongan log restore --data /d FILE --replace'],
    ['kentongan log restore FILE --data {data}', 'npx kentongan log restore FILE --data {data}'],
    ['kentongan chat', 'npx kentongan chat'],
    ['"kentongan {command}--help"', '"npx kentongan {command}--help"'],
    ['a kentongan is a drum', 'a kentongan is a drum'],
  ])('%s is typed as %s', (text, typed) => {
    expect(asCalled(text, CALLED)).toBe(typed);
  });

  test.each(LANGUAGES)('is found in every text that has one (%s)', (language) => {
    const plain = textsOf(language);
    const texts = textsOf(language, CALLED);
    for (const key of Object.keys(english) as TextKey[]) {
      const count = plain[key].match(/kentongan (?=[a-z{])/g)?.length ?? 0;
      expect([key, texts[key].match(/npx kentongan (?=[a-z{])/g)?.length ?? 0]).toEqual([key, count]);
    }
    expect(texts.command).toBe('npx kentongan');
  });
});

describe('the data directory', () => {
  test.each([
    [undefined, ''],
    ['kentongan-data', ''],
    ['/srv/kentongan-data', ''],
    ['/srv/other', ' --data other'],
    ['../chat', ' --data /chat'],
    ['my chat', ' --data "my chat"'],
    ['my `chat`', ''],
    ['a{path}b', ''],
    ['a\u001b[2J', ''],
  ])('%j is said as %j', (data, said) => {
    expect(calledIn('kentongan', data, '/srv').data).toBe(said);
  });
});

describe('a line in a window', () => {
  test('is cut between words, and commands are whole', () => {
    expect(fold('the log is damaged. "kentongan log verify" tells more.', 24)).toEqual([
      'the log is damaged.',
      '"kentongan log verify"',
      'tells more.',
    ]);
    expect(fold('12:00:00 anna joined lobby', 18, '         ')).toEqual([
      '12:00:00 anna',
      '         joined',
      '         lobby',
    ]);
    expect(fold('averylongword and', 5)).toEqual(['averylongword', 'and']);
  });

  test('stays whole when it is to be typed, and when there is no window', () => {
    expect(foldAll(['  npx kentongan chat budi'], 10)).toEqual(['  npx kentongan chat budi']);
    expect(foldAll(['one two three'], undefined)).toEqual(['one two three']);
    expect(foldAll(['one two three', ''], 8)).toEqual(['one two', 'three', '']);
  });
});
