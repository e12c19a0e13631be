// What the server says to people: one table per language.
import { asCalled, type Called, PLAINLY_CALLED } from './called.ts';
import { escapeText } from './escape.ts';
import { english, type TextKey } from './english.ts';
import { indonesian } from './indonesian.ts';

export type { TextKey } from './english.ts';

/** The languages that there are tables for. */
export const LANGUAGES = ['en', 'id'] as const;
export type Language = (typeof LANGUAGES)[number];

/** One language's words. `{name}` in a text is a value that comes in, `{name:room|rooms}` that value and what is counted. */
export type Texts = Readonly<Record<TextKey, string>>;

/** What stands for the names in braces. */
export type TextValues = Readonly<Record<string, string | number>>;

const TABLES: Readonly<Record<Language, Texts>> = { en: english, id: indonesian };

/** `called`: how the commands in the texts are to be typed. */
export function textsOf(language: Language, called: Called = PLAINLY_CALLED): Texts {
  const texts = Object.entries(TABLES[language]).map(([key, text]) => [key, asCalled(text, called)]);
  return { ...Object.fromEntries(texts), command: called.program } as Texts;
}

const PLACE = /\{(\w+)(?::([^|{}]*)\|([^|{}]*))?\}/g;

/**
 * A text with its values. Values may come from anybody: what could control a terminal is escaped in them.
 */
export function fill(template: string, values: TextValues): string {
  return template.replace(PLACE, (found, name: string, one?: string, many?: string) => {
    const value = values[name];
    if (value === undefined) return found;
    const text = escapeText(String(value));
    return one === undefined ? text : `${text} ${Number(value) === 1 ? one : many}`;
  });
}

/**
 * The language of the flag, else of KENTONGAN_LANG, else of the locale (LC_ALL, LC_MESSAGES, LANG, and
 * without any of them that of the system). English where there is no table. `in` is Indonesian's old code.
 */
export function languageOf(
  flag: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  system: () => string = () => Intl.DateTimeFormat().resolvedOptions().locale,
): Language {
  for (const wanted of [flag, environment['KENTONGAN_LANG']]) {
    const found = LANGUAGES.find((language) => language === wanted);
    if (found !== undefined) return found;
  }
  const set = [environment['LC_ALL'], environment['LC_MESSAGES'], environment['LANG']];
  const locale = set.find((value) => value !== undefined && value !== '') ?? system();
  const [language = ''] = locale.toLowerCase().split(/[_.@-]/);
  return language === 'id' || language === 'in' ? 'id' : 'en';
}
