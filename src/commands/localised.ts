// Commander in the language of the people.
import { type Command, Option } from 'commander';
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

/** What stands below the options: what to type, and what it is for. */
export function examples(texts: Texts, lines: ReadonlyArray<readonly [string, TextKey]>): string {
  const width = Math.max(...lines.map(([line]) => line.length));
  const rows = lines.map(([line, key]) => `  kentongan ${line.padEnd(width)}  ${texts[key]}`);
  return `\n${texts['help.examples']}\n${rows.join('\n')}`;
}
