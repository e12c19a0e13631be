// Owns the choice of the language.
import { asCalled } from './called.ts';
import { LANGUAGES, type Language, type Texts } from './texts.ts';
import { TEXTS_EN } from './texts-en.ts';
import { TEXTS_ID } from './texts-id.ts';

const TABLES: Readonly<Record<Language, Texts>> = { en: TEXTS_EN, id: TEXTS_ID };

/** `program`: what people type for `kentongan`. */
export function textsOf(language: Language, program = 'kentongan'): Texts {
  return asCalled(TABLES[language], program);
}

/** A language that there is a table for. */
export function isLanguage(text: string): text is Language {
  return (LANGUAGES as readonly string[]).includes(text);
}

/**
 * The language of the environment: KENTONGAN_LANG, else LC_ALL, else LC_MESSAGES, else LANG, as POSIX has them;
 * without any (Windows) the language of the system. English where there is no table. `in` is Indonesian's old code.
 */
export function languageOf(
  environment: Readonly<Record<string, string | undefined>>,
  system: () => string = () => Intl.DateTimeFormat().resolvedOptions().locale,
): Language {
  const own = environment['KENTONGAN_LANG'] ?? '';
  if (isLanguage(own)) return own;
  const set = [environment['LC_ALL'], environment['LC_MESSAGES'], environment['LANG']];
  const locale = set.find((value) => value !== undefined && value !== '') ?? system();
  const language = locale.toLowerCase().split(/[_.@-]/)[0] ?? '';
  if (language === 'in') return 'id';
  return isLanguage(language) ? language : 'en';
}

/** The `--lang` of a command line, wherever it stands before a `--`; needed before the help can be written. */
export function languageFlag(args: readonly string[]): string | undefined {
  for (const [at, arg] of args.entries()) {
    if (arg === '--') return undefined;
    if (arg.startsWith('--lang=')) return arg.slice('--lang='.length);
    if (arg === '--lang') return args[at + 1];
  }
  return undefined;
}
