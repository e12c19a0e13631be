// The commands of the server, as commander has them.
import { Command, type CommanderError } from 'commander';
import { safeParse } from 'valibot';
import { durationOf } from '../config/values.ts';
import { DEFAULT_ROOM } from '../protocol/index.ts';
import { StartError } from '../texts/start-error.ts';
import { fill, type TextKey, type Texts } from '../texts/texts.ts';
import { examples, languageOption, localised } from './localised.ts';
import { inviteCommand, type InviteRequest, namesCommand, type NamesRequest } from './invite-program.ts';
import { logCommand } from './log-program.ts';
import type { LogRequest } from './log-request.ts';
import { type Serve, serveCommand } from './serve-program.ts';

/** What was asked for, checked as far as the words go. */
export interface Actions {
  readonly serve: Serve;
  status(data: string | undefined, question: StatusWords): Promise<void>;
  announce(data: string | undefined, room: string, text: string): Promise<void>;
  invite(request: InviteRequest): Promise<void>;
  names(request: NamesRequest): Promise<void>;
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
  const program = localised(new Command(texts.command), texts)
    .description(texts['help.program'])
    .version(version, '-V, --version', texts['help.version'])
    .helpCommand(false);
  program.addCommand(serveCommand(actions.serve, texts));
  program.addCommand(statusCommand(actions, texts));
  program.addCommand(announceCommand(actions, texts));
  program.addCommand(inviteCommand((request) => actions.invite(request), texts));
  program.addCommand(namesCommand((request) => actions.names(request), texts));
  program.addCommand(logCommand((request) => actions.log(request), texts));
  return program;
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
