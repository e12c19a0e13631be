// The commands of the server, as commander has them.
import { Command, type CommanderError } from 'commander';
import { safeParse } from 'valibot';
import type { Key } from '../config/config.ts';
import { durationOf } from '../config/values.ts';
import { DEFAULT_PORT, DEFAULT_ROOM } from '../protocol/index.ts';
import { StartError } from '../texts/start-error.ts';
import { fill, type TextKey, type Texts } from '../texts/texts.ts';
import { examples, languageOption, localised } from './localised.ts';
import { logCommand } from './log-program.ts';
import type { LogRequest } from './log-request.ts';

/** What was asked for, checked as far as the words go. */
export interface Actions {
  /** `flags` are settings by their keys; `ready` asks for the JSON line. */
  serve(
    flags: Readonly<Partial<Record<Key, unknown>>>,
    file: string | undefined,
    ready: boolean,
  ): Promise<void>;
  status(data: string | undefined, question: StatusWords): Promise<void>;
  announce(data: string | undefined, room: string, text: string): Promise<void>;
  log(request: LogRequest): Promise<void>;
}

/** How `status` was asked. */
export interface StatusWords {
  readonly json: boolean;
  readonly heap: boolean;
  /** Milliseconds; 0 = since it was last asked; undefined: not. */
  readonly measureMs: number | undefined;
}

/** The whole program. Errors are thrown as CommanderError or StartError. */
export function createProgram(actions: Actions, texts: Texts, version: string): Command {
  const program = localised(new Command('kentongan'), texts)
    .description(texts['help.program'])
    .version(version, '-V, --version', texts['help.version'])
    .helpCommand(false);
  program.addCommand(serveCommand(actions, texts));
  program.addCommand(statusCommand(actions, texts));
  program.addCommand(announceCommand(actions, texts));
  program.addCommand(logCommand((request) => actions.log(request), texts));
  return program;
}

function serveCommand(actions: Actions, texts: Texts): Command {
  const command = localised(new Command('serve'), texts).description(texts['help.serve']);
  command
    .option('--host <address>', texts['help.host'])
    .option('--port <number>', fill(texts['help.port'], { port: DEFAULT_PORT }))
    .option('--data <directory>', texts['help.data'])
    .option('--log <file>', texts['help.log'])
    .option('--log-private', texts['help.log-private'])
    .option('--no-log-private', texts['help.no-log-private'])
    .option('--log-size <size>', texts['help.log-size'])
    .option('--log-files <number>', texts['help.log-files'])
    .option('--operator-log <file>', texts['help.operator-log'])
    .option('--grace <time>', texts['help.grace'])
    .option('--engine <name>', texts['help.engine'])
    .option('--retain <size>', texts['help.retain'])
    .option('--retain-count <number>', texts['help.retain-count'])
    .option('--retain-age <time>', texts['help.retain-age'])
    .option('--reserve <size>', texts['help.reserve'])
    .option('--config <file>', texts['help.config'])
    .option('--ready <format>', texts['help.ready'])
    .option('--quiet', texts['help.quiet'])
    .option('--no-quiet', texts['help.no-quiet'])
    .addOption(languageOption(texts))
    .addHelpText('after', () =>
      examples(texts, [
        ['serve', 'help.example.serve'],
        ['serve --port 7700 --data /srv/chat', 'help.example.port'],
        ['serve --host 127.0.0.1', 'help.example.local'],
        ['serve --config kentongan.toml', 'help.example.config'],
        ['serve --port 0 --ready json', 'help.example.ready'],
      ]),
    )
    .addHelpText('after', `\n${texts['help.settings']}\n${texts['help.signals']}`);
  return command.action(async (options: ServeOptions) => {
    const { config, ready, logPrivate, logSize, logFiles, operatorLog, retainCount, retainAge, ...rest } =
      options;
    if (ready !== undefined && ready !== 'json') {
      throw new StartError('usage.ready', { value: ready }, 'usage');
    }
    const flags = {
      ...rest,
      'log-private': logPrivate,
      'log-size': logSize,
      'log-files': logFiles,
      'operator-log': operatorLog,
      'retain-count': retainCount,
      'retain-age': retainAge,
    };
    await actions.serve(flags, config, ready === 'json');
  });
}

/** The flags of `serve` as commander names them. */
interface ServeOptions {
  readonly host?: string;
  readonly port?: string;
  readonly data?: string;
  readonly log?: string;
  readonly logPrivate?: boolean;
  readonly logSize?: string;
  readonly logFiles?: string;
  readonly operatorLog?: string;
  readonly grace?: string;
  readonly engine?: string;
  readonly retain?: string;
  readonly retainCount?: string;
  readonly retainAge?: string;
  readonly reserve?: string;
  readonly quiet?: boolean;
  readonly lang?: string;
  readonly config?: string;
  readonly ready?: string;
}

function statusCommand(actions: Actions, texts: Texts): Command {
  return localised(new Command('status'), texts)
    .description(texts['help.status'])
    .option('--json', texts['help.json'])
    .option('--heap', texts['help.heap'])
    .option('--measure [time]', texts['help.measure'])
    .option('--data <directory>', texts['help.data'])
    .addOption(languageOption(texts))
    .addHelpText('after', () =>
      examples(texts, [
        ['status', 'help.example.status'],
        ['status --json', 'help.example.status-json'],
        ['status --measure 30s', 'help.example.status-measure'],
      ]),
    )
    .action(async ({ data, json, heap, measure }: StatusOptions) => {
      const measureMs = measure === true ? 0 : measureOf(measure);
      await actions.status(data, { json: json === true, heap: heap === true, measureMs });
    });
}

interface StatusOptions {
  readonly data?: string;
  readonly json?: boolean;
  readonly heap?: boolean;
  readonly measure?: string | true;
}

const MEASURE_MS_MAX = 3_600_000;

/** @throws StartError */
function measureOf(word: string | undefined): number | undefined {
  if (word === undefined) return undefined;
  const { success, output } = safeParse(durationOf, word);
  if (success && output > 0 && output <= MEASURE_MS_MAX) return output;
  throw new StartError('usage.measure', { value: word }, 'usage');
}

function announceCommand(actions: Actions, texts: Texts): Command {
  return localised(new Command('announce'), texts)
    .description(texts['help.announce'])
    .argument('<text>', texts['help.text'])
    .option('--room <room>', fill(texts['help.room'], { room: DEFAULT_ROOM }))
    .option('--data <directory>', texts['help.data'])
    .addOption(languageOption(texts))
    .addHelpText('after', () =>
      examples(texts, [
        ['announce "…"', 'help.example.announce'],
        ['announce --room physics "…"', 'help.example.announce-room'],
      ]),
    )
    .action(async (text: string, { room = DEFAULT_ROOM, data }: { room?: string; data?: string }) => {
      await actions.announce(data, room, text);
    });
}

const USAGE: Readonly<Record<string, TextKey>> = {
  'commander.unknownOption': 'usage.unknown-option',
  'commander.unknownCommand': 'usage.unknown-command',
  'commander.missingArgument': 'usage.missing-argument',
  'commander.optionMissingArgument': 'usage.missing-value',
  'commander.excessArguments': 'usage.excess',
};

/** What commander says, as we say it. */
export function usageError(error: CommanderError): StartError {
  const [, what = error.message] = /'([^']*)'/.exec(error.message) ?? [];
  return new StartError(USAGE[error.code] ?? 'usage.other', { what }, 'usage');
}
