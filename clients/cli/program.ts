// Owns the command line: what may be written, what it means, and what is said when it makes no sense.
import { Command, CommanderError } from 'commander';
import { chat } from './chat.ts';
import { type Environment, environmentOf } from './environment.ts';
import { errorText, exitCodeOf } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { isLanguage, languageFlag, languageOf, textsOf } from './language.ts';
import {
  chatTarget,
  type PlaceOptions,
  type SendOptions,
  sendRequest,
  type TailOptions,
  tailRequest,
  UsageError,
} from './requests.ts';
import { safeText } from './safe-text.ts';
import { send } from './send.ts';
import { tail } from './tail.ts';
import { parseTarget } from './target.ts';
import type { Texts } from './texts.ts';
import { VERSION } from './version.ts';

/** Runs one command line, without the program's name. Gives the exit code; never throws. */
export async function run(args: readonly string[], process: NodeJS.Process): Promise<number> {
  const flag = languageFlag(args);
  const texts = textsOf(flag !== undefined && isLanguage(flag) ? flag : languageOf(process.env));
  const environment = environmentOf(process, texts);
  let exitCode: number = EXIT.OK;
  const program = programOf(environment, (code) => {
    exitCode = code;
  });
  try {
    if (flag !== undefined && !isLanguage(flag)) throw new UsageError(texts.help.badLanguage(safeText(flag)));
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.code === 'commander.help' && error.exitCode !== 0) {
      // No command at all: whoever asks nothing wants to know what there is.
      program.outputHelp();
      return EXIT.OK;
    }
    return failed(error, args, environment);
  }
}

function failed(error: unknown, args: readonly string[], environment: Environment): number {
  const { texts, complain, remark } = environment;
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.OK;
  if (error instanceof CommanderError || error instanceof UsageError) {
    complain(error instanceof UsageError ? error.message : commanderText(error, texts));
    const command = ['chat', 'send', 'tail'].find((name) => args.includes(name));
    remark(texts.help.more(command === undefined ? 'kentongan' : `kentongan ${command}`));
    return EXIT.USAGE;
  }
  complain(errorText(error, parseTarget(''), texts));
  return exitCodeOf(error);
}

/** What commander says in English, in the person's language. */
function commanderText(error: CommanderError, { help }: Texts): string {
  const quoted = safeText(/'([^']*)'/.exec(error.message)?.[1] ?? '');
  const meant = /Did you mean (?:one of )?(.+)\?/.exec(error.message)?.[1];
  const hint = meant === undefined ? '' : ` ${help.didYouMean(safeText(meant))}`;
  switch (error.code) {
    case 'commander.unknownCommand':
      return help.unknownCommand(quoted) + hint;
    case 'commander.unknownOption':
      return help.unknownOption(quoted) + hint;
    case 'commander.optionMissingArgument':
      return help.missingValue(quoted);
    case 'commander.excessArguments':
      return help.tooManyArguments;
    default:
      return safeText(error.message);
  }
}

function programOf(environment: Environment, end: (exitCode: number) => void): Command {
  const { texts, stdout } = environment;
  const { help } = texts;
  const program = new Command('kentongan')
    .description(help.overview)
    .exitOverride()
    .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: () => undefined })
    .configureHelp({ styleTitle: (title) => help.titles[title as keyof typeof help.titles] ?? title })
    .version(VERSION, '-V, --version', help.options.version)
    .helpOption('-h, --help', help.options.help)
    .helpCommand('help [command]', help.commands.help)
    .option('--lang <language>', help.options.lang)
    .addHelpText('after', `\n${help.overviewEnd}\n${help.exitCodes}`);
  const describe = (command: Command, text: string, examples: string): Command =>
    command
      .helpOption('-h, --help', help.options.help)
      .description(text)
      .option('--lang <language>', help.options.lang)
      .addHelpText('after', `\n${examples}\n${help.exitCodes}`);

  describe(program.command('chat'), help.chat, help.chatEnd)
    .summary(help.commands.chat)
    .argument('[target]', help.target)
    .option('-n, --name <name>', help.options.name)
    .option('-r, --room <room>', help.options.room)
    .action(async (target: string | undefined, options: PlaceOptions) => {
      end(await chat(chatTarget(target, options, texts), environment));
    });

  describe(program.command('send'), help.send, help.sendEnd)
    .summary(help.commands.send)
    .argument('[text...]', help.text)
    .option('-t, --to <target>', help.options.to)
    .option('-n, --name <name>', help.options.name)
    .option('-r, --room <room>', help.options.room)
    .option('-w, --whole', help.options.whole)
    .option('--id <id>', help.options.id)
    .action(async (words: string[], options: SendOptions) => {
      end(await send(sendRequest(words, options, texts), environment));
    });

  describe(program.command('tail'), help.tail, help.tailEnd)
    .summary(help.commands.tail)
    .argument('[target]', help.target)
    .option('-r, --room <room>', help.options.room)
    .option('-j, --json', help.options.json)
    .option('-a, --after <seq>', help.options.after)
    .option('-l, --last <count>', help.options.last)
    .option('-f, --follow', help.options.follow)
    .option('--no-follow', help.options.noFollow)
    .action(async (target: string | undefined, options: TailOptions) => {
      end(await tail(tailRequest(target, options, texts), environment));
    });

  // The commands of the server stand in the same overview; another program carries them out.
  for (const name of ['serve', 'status', 'announce', 'log'] as const) {
    program.command(name).helpOption(false).helpGroup(help.serverTitle).description(help.commands[name]);
  }
  return program;
}
