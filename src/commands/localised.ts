// Commander in the language of the people.
import { type Command, Option } from 'commander';
import { fold } from '../texts/fold.ts';
import type { TextKey, Texts } from '../texts/texts.ts';

export function localised(command: Command, texts: Texts): Command {
  const titles: Readonly<Record<string, TextKey>> = {
    'Usage:': 'help.usage',
    'Options:': 'help.options',
    'Commands:': 'help.commands',
    'Arguments:': 'help.arguments',
  };
  return command
    .helpOption('-h, --help', texts['help.help'])
    .configureHelp({
      minWidthToWrap: 20,
      styleTitle: (title) => {
        const key = titles[title];
        return key === undefined ? title : texts[key];
      },
    })
    .configureOutput({ outputError: () => undefined })
    .exitOverride();
}

export function languageOption(texts: Texts): Option {
  return new Option('--lang <language>', texts['help.lang']);
}

const HELP_COLUMNS = 80;

/** A paragraph below the options. */
export function paragraph(text: string): string {
  return `\n${fold(text, HELP_COLUMNS - 1).join('\n')}`;
}

/** What stands below the options: what to type, and what it is for. */
export function examples(texts: Texts, lines: ReadonlyArray<readonly [string, TextKey]>): string {
  const width = Math.max(...lines.map(([line]) => line.length));
  const rows = lines.flatMap(([line, key]) => {
    const row = `  ${texts.command} ${line.padEnd(width)}  ${texts[key]}`;
    return row.length < HELP_COLUMNS ? [row] : [`  ${texts.command} ${line}`, `      ${texts[key]}`];
  });
  return `\n${texts['help.examples']}\n${rows.join('\n')}`;
}
