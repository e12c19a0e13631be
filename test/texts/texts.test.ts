import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fill, LANGUAGES, languageOf, textsOf } from '../../src/texts/texts.ts';
import { english, type TextKey } from '../../src/texts/english.ts';

const keys = Object.keys(english) as TextKey[];

function placeholders(text: string): string[] {
  return (text.match(/(?<=\{)\w+/g) ?? []).toSorted();
}

/** Texts that are the same in both languages on purpose. */
const SAME: ReadonlySet<TextKey> = new Set<TextKey>(['usage.other', 'status.durability.disk']);

describe.each(LANGUAGES)('%s', (language) => {
  const texts = textsOf(language);

  test('has every text, and no other', () => {
    expect(Object.keys(texts).toSorted()).toEqual(keys.toSorted());
  });

  test('what `serve` says fits into a line of 80 columns', () => {
    for (const key of keys.filter((one) => one.startsWith('serve.'))) {
      expect([key, texts[key].length]).toEqual([key, Math.min(79, texts[key].length)]);
    }
  });

  test.each(keys)('%s takes the same values as in English, and is not empty', (key) => {
    expect(placeholders(texts[key])).toEqual(placeholders(english[key]));
    expect(texts[key].trim()).not.toBe('');
  });
});

test('Indonesian is not English', () => {
  const same = keys.filter((key) => textsOf('id')[key] === english[key] && !SAME.has(key));
  // Texts of placeholders and of words that both languages have.
  expect(same.filter((key) => english[key].replaceAll(/\{\w+\}|[^a-z]/gi, '').length > 12)).toEqual([]);
});

test('Indonesian calls a computer one thing alone', () => {
  for (const key of keys) expect(textsOf('id')[key]).not.toMatch(/\bmesin(?! penyimpanan)/i);
});

test('values can not control a terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const line = fill('{name} joined', { name });
      // oxlint-disable-next-line no-control-regex -- these are what is looked for
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/u);
    }),
  );
});

test('one is one, everything else is many', () => {
  const say = (rooms: number | string): string => fill('{rooms:room|rooms}, {x}', { rooms, x: '{rooms}' });
  expect([0, 1, 2, '1', 21].map((rooms) => say(rooms))).toEqual(
    ['0 rooms', '1 room', '2 rooms', '1 room', '21 rooms'].map((text) => `${text}, {rooms}`),
  );
  expect(fill(textsOf('en')['event.mark-unreadable'], { rooms: 1 })).toMatch(/for 1 room\. Each/);
});

test('a value is not read as a text again', () => {
  expect(fill('{a} {b}', { a: '{b}', b: 'c' })).toBe('{b} c');
});

describe('the language', () => {
  test.each([
    ['id', {}, 'id'],
    [undefined, { KENTONGAN_LANG: 'id', LANG: 'en_GB.UTF-8' }, 'id'],
    [undefined, { LANG: 'id_ID.UTF-8' }, 'id'],
    [undefined, { LANG: 'id_ID.UTF-8', LC_ALL: 'C' }, 'en'],
    [undefined, { LC_MESSAGES: 'in_ID' }, 'id'],
    ['xx', { LANG: 'de_DE' }, 'en'],
    [undefined, {}, 'en'],
  ] as const)('flag %s, environment %j: %s', (flag, environment, language) => {
    expect(languageOf(flag, environment, () => 'en-US')).toBe(language);
  });

  test('without any variable it is that of the system', () => {
    expect(languageOf(undefined, {}, () => 'id-ID')).toBe('id');
  });
});
