// What the server says to people: one table per language.
import { escapeText } from './followers/escape.ts';
import { english, type TextKey } from './texts-en.ts';
import { indonesian } from './texts-id.ts';

export type { TextKey } from './texts-en.ts';

/** The languages that there are tables for. */
export const LANGUAGES = ['en', 'id'] as const;
export type Language = (typeof LANGUAGES)[number];

/** One language's words. `{name}` in a text is a value that comes in. */
export type Texts = Readonly<Record<TextKey, string>>;

/** What stands for the names in braces. */
export type TextValues = Readonly<Record<string, string | number>>;

const TABLES: Readonly<Record<Language, Texts>> = { en: english, id: indonesian };

export function textsOf(language: Language): Texts {
  return TABLES[language];
}

/**
 * A text with its values. Values may come from anybody: what could control a terminal is escaped in them.
 */
export function fill(template: string, values: TextValues): string {
  return template.replace(/\{(\w+)\}/g, (found, name: string) => {
    const value = values[name];
    return value === undefined ? found : escapeText(String(value));
  });
}

/** The language of the flag, else of KENTONGAN_LANG, else of the locale; English where nothing fits. */
export function languageOf(flag: string | undefined, environment: NodeJS.ProcessEnv): Language {
  const locale = environment['LC_ALL'] || environment['LC_MESSAGES'] || environment['LANG'] || '';
  const wanted = [flag, environment['KENTONGAN_LANG'], locale.split(/[_.@-]/)[0]];
  for (const one of wanted) {
    const found = LANGUAGES.find((language) => language === one?.toLowerCase());
    if (found !== undefined) return found;
  }
  return 'en';
}
