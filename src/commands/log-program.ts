// `kentongan log …`, as commander has it.
import { Command } from 'commander';
import { StartError } from '../texts/start-error.ts';
import type { TextKey, Texts } from '../texts/texts.ts';
import { examples, languageOption, localised } from './localised.ts';
import type { LogRequest } from './log-request.ts';
import { formatOf, selectionOf, type SelectionWords, seqOf } from './log-values.ts';

/** @param run takes what was asked for, checked as far as the words go */
export function logCommand(run: (request: LogRequest) => Promise<void>, texts: Texts): Command {
  const group = localised(new Command('log'), texts).description(texts['help.log-group']).helpCommand(false);
  for (const make of [verifyCommand, exportCommand, backupCommand, restoreCommand, eraseCommand]) {
    group.addCommand(make(run, texts));
  }
  group.addCommand(rebuildCommand(run, texts));
  // Commander alone would show the help as an error, and say nothing of a word that is wrong.
  return group
    .addOption(languageOption(texts))
    .argument('[command]')
    .allowExcessArguments()
    .allowUnknownOption()
    .action((word: string | undefined) => {
      if (word === undefined) throw new StartError('log.no-command', {}, 'usage');
      throw new StartError('usage.unknown-command', { what: word }, 'usage');
    });
}

type Run = (request: LogRequest) => Promise<void>;
interface Common {
  readonly data?: string;
}

/** A command of the group with the options that all have. */
function commandOf(
  name: string,
  about: TextKey,
  texts: Texts,
  lines: ReadonlyArray<readonly [string, TextKey]>,
): Command {
  return localised(new Command(name), texts)
    .description(texts[about])
    .option('--data <directory>', texts['help.data'])
    .addOption(languageOption(texts))
    .addHelpText('after', () => examples(texts, lines));
}

const collect = (value: string, before: string[] = []): string[] => [...before, value];

function verifyCommand(run: Run, texts: Texts): Command {
  return commandOf('verify', 'help.log.verify', texts, [
    ['log verify', 'help.example.log-verify'],
    ['log verify --file chat.backup', 'help.example.log-verify-file'],
  ])
    .option('--room <room>', texts['help.log.room'], collect)
    .option('--file <file>', texts['help.log.file'])
    .option('--json', texts['help.log.json'])
    .action(
      async ({ data, room = [], file, json }: Common & { room?: string[]; file?: string; json?: true }) => {
        await run({ do: 'verify', data, rooms: room, file, json: json === true });
      },
    );
}

interface ExportOptions extends Common, SelectionWords {
  readonly room?: string[];
  readonly format?: string;
  readonly private?: true;
  readonly file?: string;
}

function exportCommand(run: Run, texts: Texts): Command {
  return commandOf('export', 'help.log.export', texts, [
    ['log export', 'help.example.log-export'],
    ['log export --room lobby --since 2026-11-22 --format jsonl', 'help.example.log-export-json'],
  ])
    .option('--room <room>', texts['help.log.room'], collect)
    .option('--from <seq>', texts['help.log.from'])
    .option('--to <seq>', texts['help.log.to'])
    .option('--since <time>', texts['help.log.since'])
    .option('--until <time>', texts['help.log.until'])
    .option('--format <format>', texts['help.log.format'])
    .option('--private', texts['help.log.private'])
    .option('--file <file>', texts['help.log.file'])
    .action(async (options: ExportOptions) => {
      await run({
        do: 'export',
        data: options.data,
        file: options.file,
        rooms: options.room ?? [],
        selection: selectionOf(options),
        format: formatOf(options.format),
        private: options.private === true,
      });
    });
}

function backupCommand(run: Run, texts: Texts): Command {
  return commandOf('backup', 'help.log.backup', texts, [
    ['log backup chat.backup', 'help.example.log-backup'],
  ])
    .argument('<file>', texts['help.log.backup-file'])
    .option('--replace', texts['help.log.backup-replace'])
    .option('--damaged', texts['help.log.backup-damaged'])
    .action(async (file: string, { data, replace, damaged }: Common & { replace?: true; damaged?: true }) => {
      await run({ do: 'backup', data, file, replace: replace === true, damaged: damaged === true });
    });
}

function restoreCommand(run: Run, texts: Texts): Command {
  return commandOf('restore', 'help.log.restore', texts, [
    ['log restore chat.backup --replace', 'help.example.log-restore'],
    ['log restore kentongan-data/log.db --salvage --replace', 'help.example.log-salvage'],
  ])
    .argument('<file>', texts['help.log.restore-file'])
    .option('--replace', texts['help.log.restore-replace'])
    .option('--salvage', texts['help.log.salvage'])
    .action(async (file: string, { data, replace, salvage }: Common & { replace?: true; salvage?: true }) => {
      await run({ do: 'restore', data, file, replace: replace === true, salvage: salvage === true });
    });
}

function eraseCommand(run: Run, texts: Texts): Command {
  return commandOf('erase', 'help.log.erase', texts, [['log erase lobby 17', 'help.example.log-erase']])
    .argument('<room>', texts['help.log.erase-room'])
    .argument('<seq>', texts['help.log.seq'])
    .action(async (room: string, seq: string, { data }: Common) => {
      await run({ do: 'erase', data, room, seq: seqOf('<seq>', seq) ?? 0 });
    });
}

interface RebuildOptions extends Common {
  readonly log?: string;
  readonly logPrivate?: true;
  readonly discard?: true;
}

function rebuildCommand(run: Run, texts: Texts): Command {
  return localised(new Command('rebuild-chatlog'), texts)
    .description(texts['help.log.rebuild'])
    .option('--data <directory>', texts['help.data'])
    .option('--log <file>', texts['help.log.chat-log'])
    .option('--log-private', texts['help.log.private'])
    .option('--discard', texts['help.log.discard'])
    .addOption(languageOption(texts))
    .action(async ({ data, log, logPrivate, discard }: RebuildOptions) => {
      await run({ do: 'rebuild', data, log, private: logPrivate === true, discard: discard === true });
    });
}
