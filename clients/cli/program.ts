// Owns the command line: what may be written, what it means, and what is said when it makes no sense.
import { Command, CommanderError } from 'commander';
import { chat } from './chat.ts';
import { type Environment, environmentOf } from './environment.ts';
import { failure } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { foldHelp } from './fold.ts';
import { IdentityCommand, type IdentityOptions } from './identity-command.ts';
import { isLanguage, languageFlag, languageOf, textsOf } from './language.ts';
import {
  chatRequest,
  type PlaceOptions,
  type SendOptions,
  sendRequest,
  type TailOptions,
  tailRequest,
  type TrustOptions,
  trustRequest,
  UsageError,
} from './requests.ts';
import { safeText } from './safe-text.ts';
import { send } from './send.ts';
import { tail } from './tail.ts';
import { parseTarget } from './target.ts';
import type { Texts } from './texts.ts';
import { trust } from './trust.ts';
import { VERSION } from './version.ts';

/** Runs one command line, without the program's name, which people type as `typed`. Gives the exit code; never throws. */
export async function run(
  args: readonly string[],
  process: NodeJS.Process,
  typed = 'kentongan',
): Promise<number> {
  const flag = languageFlag(args);
  const texts = textsOf(flag !== undefined && isLanguage(flag) ? flag : languageOf(process.env), typed);
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
    // No command at all: commander has shown on standard error which there are.
    if (error instanceof CommanderError && error.code === 'commander.help')
      return error.exitCode === 0 ? EXIT.OK : EXIT.USAGE;
    return failed(error, args, environment);
  }
}

function failed(error: unknown, args: readonly string[], environment: Environment): number {
  const { texts, complain, remark } = environment;
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.OK;
  if (error instanceof CommanderError || error instanceof UsageError) {
    complain(error instanceof UsageError ? error.message : commanderText(error, texts));
    const command = ['chat', 'send', 'tail', 'trust', 'identity'].find((name) => args.includes(name));
    remark(texts.help.more(command === undefined ? '' : `${command} `));
    return EXIT.USAGE;
  }
  return failure(error, parseTarget(''), environment);
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
    case 'commander.missingArgument':
      return help.missingValue(quoted);
    case 'commander.excessArguments':
      return help.tooManyArguments;
    default:
      return safeText(error.message);
  }
}

function programOf(environment: Environment, end: (exitCode: number) => void): Command {
  const { texts, stdout, stderr } = environment;
  const { help } = texts;
  const program = new Command(help.program)
    .description(help.overview)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: () => undefined,
    })
    .configureHelp({
      styleTitle: (title) => help.titles[title as keyof typeof help.titles] ?? title,
      minWidthToWrap: 20,
      subcommandTerm: (command) => command.name(),
    })
    .version(VERSION, '-V, --version', help.options.version)
    .helpOption('-h, --help', help.options.help)
    .helpCommand('help [command]', help.commands.help)
    .option('--lang <language>', help.options.lang)
    .addHelpText('after', below(environment, `${help.overviewEnd}\n${help.exitCodes}`));
  addTalk(program, environment, end);
  addKeys(program, environment, end);
  // The commands of the server stand in the same overview; another program carries them out.
  for (const name of ['serve', 'status', 'announce', 'log', 'invite', 'names'] as const) {
    program.command(name).helpOption(false).helpGroup(help.serverTitle).description(help.commands[name]);
  }
  return program;
}

function describe(command: Command, environment: Environment, text: string, examples: string): Command {
  const { help } = environment.texts;
  return command
    .helpOption('-h, --help', help.options.help)
    .description(text)
    .option('--lang <language>', help.options.lang)
    .addHelpText('after', below(environment, `${examples}\n${help.exitCodes}`));
}

const HELP_COLUMNS = 80;
const HELP_COLUMNS_MAX = 100;

/** What stands below the options. */
function below({ stdout }: Environment, text: string): () => string {
  const columns = stdout.isTTY ? Math.min(stdout.columns, HELP_COLUMNS_MAX) : HELP_COLUMNS;
  return () => `\n${foldHelp(text, columns - 1)}`;
}

/** The commands that connect. */
function addTalk(program: Command, environment: Environment, end: (exitCode: number) => void): void {
  const { texts } = environment;
  const { help } = texts;
  const { options } = help;
  const entrance = (command: Command): Command =>
    command.option('-c, --code <code>', options.code).option('-g, --guest', options.guest);

  entrance(describe(program.command('chat'), environment, help.chat, help.chatEnd))
    .summary(help.commands.chat)
    .argument('[target]', help.target)
    .option('-n, --name <name>', options.name)
    .option('-r, --room <room>', options.room)
    .action(async (target: string | undefined, given: PlaceOptions) => {
      end(await chat(chatRequest(target, given, environment), environment));
    });

  entrance(describe(program.command('send'), environment, help.send, help.sendEnd))
    .summary(help.commands.send)
    .argument('[text...]', help.text)
    .option('-t, --to <target>', options.to)
    .option('-n, --name <name>', options.name)
    .option('-r, --room <room>', options.room)
    .option('-w, --whole', options.whole)
    .option('--id <id>', options.id)
    .action(async (words: string[], given: SendOptions) => {
      end(await send(sendRequest(words, given, environment), environment));
    });

  entrance(describe(program.command('tail'), environment, help.tail, help.tailEnd))
    .summary(help.commands.tail)
    .argument('[target]', help.target)
    .option('-r, --room <room>', options.room)
    .option('-j, --json', options.json)
    .option('-a, --after <seq>', options.after)
    .option('-l, --last <count>', options.last)
    .option('-f, --follow', options.follow)
    .option('--no-follow', options.noFollow)
    .action(async (target: string | undefined, given: TailOptions) => {
      end(await tail(tailRequest(target, given, environment), environment));
    });
}

/** The commands about certificates and keys. */
function addKeys(program: Command, environment: Environment, end: (exitCode: number) => void): void {
  const { texts } = environment;
  const { help } = texts;
  const { options, identityCommands } = help;

  describe(program.command('trust'), environment, help.trust, help.trustEnd)
    .summary(help.commands.trust)
    .argument('[server]', help.server)
    .argument('[fingerprint...]', help.fingerprint)
    .option('-l, --list', options.list)
    .option('-f, --forget', options.forget)
    .action(async (server: string | undefined, digits: string[], given: TrustOptions) => {
      const words = server === undefined ? [] : [server, ...digits];
      end(await trust(trustRequest(words, given, environment), environment));
    });

  const identity = describe(program.command('identity'), environment, help.identity, help.identityEnd)
    .summary(help.commands.identity)
    .helpCommand(false);
  const keys = new IdentityCommand(environment);
  const add = (name: keyof typeof identityCommands): Command =>
    identity
      .command(name)
      .description(identityCommands[name])
      .helpOption('-h, --help', options.help)
      .option('--lang <language>', options.lang);
  const named = (command: Command): Command => command.option('-n, --name <name>', options.identityName);

  named(add('create')).action(async (given: IdentityOptions) => end(await keys.create(given)));
  named(add('show')).action(async (given: IdentityOptions) => end(await keys.show(given)));
  named(add('export'))
    .argument('<file>', help.file)
    .option('-f, --force', options.forceFile)
    .action(async (file: string, given: IdentityOptions) => end(await keys.export(file, given)));
  add('import')
    .argument('<file>', help.file)
    .option('-f, --force', options.forceKey)
    .action(async (file: string, given: IdentityOptions) => end(await keys.import(file, given)));
  named(add('delete'))
    .option('-f, --force', options.forceDelete)
    .action(async (given: IdentityOptions) => end(await keys.delete(given)));
}
