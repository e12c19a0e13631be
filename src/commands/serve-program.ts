// `kentongan serve`, as commander has it.
import { Command, Option } from 'commander';
import type { Key } from '../config/config.ts';
import { LIMIT_KEYS, type LimitKey, limitOf, limitText } from '../config/limits.ts';
import { DEFAULT_PORT } from '../protocol/index.ts';
import { StartError } from '../texts/start-error.ts';
import { fill, type Texts } from '../texts/texts.ts';
import { examples, languageOption, localised, paragraph } from './localised.ts';

/** `flags` are settings by their keys; `ready` asks for the JSON line. */
export type Serve = (
  flags: Readonly<Partial<Record<Key, unknown>>>,
  file: string | undefined,
  ready: boolean,
) => Promise<void>;

export function serveCommand(serve: Serve, texts: Texts): Command {
  const command = localised(new Command('serve'), texts).description(texts['help.serve']);
  addGeneral(command, texts);
  for (const option of [...accessOptions(texts), ...limitOptions(texts)]) command.addOption(option);
  command
    .addHelpText('after', () =>
      examples(texts, [
        ['serve', 'help.example.serve'],
        ['serve --port 7700 --data /srv/chat', 'help.example.port'],
        ['serve --host 127.0.0.1', 'help.example.local'],
        ['serve --lab', 'help.example.lab'],
        ['serve --config kentongan.toml', 'help.example.config'],
        ['serve --port 0 --ready json', 'help.example.ready'],
      ]),
    )
    .addHelpText('after', paragraph(texts['help.settings']) + paragraph(texts['help.signals']));
  return command.action(async (options: Readonly<Record<string, string | boolean | undefined>>) => {
    const { config, ready, ...flags } = options;
    if (ready !== undefined && ready !== 'json') {
      throw new StartError('usage.ready', { value: String(ready) }, 'usage');
    }
    const byKey = Object.fromEntries(Object.entries(flags).map(([name, value]) => [keyOf(name), value]));
    await serve(byKey, config === undefined ? undefined : String(config), ready === 'json');
  });
}

/** `logPrivate`, as commander has it, is the setting `log-private`. */
function keyOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function addGeneral(command: Command, texts: Texts): void {
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
    .option('--operator-log-size <size>', texts['help.operator-log-size'])
    .option('--operator-log-files <number>', texts['help.operator-log-files'])
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
    .addOption(languageOption(texts));
}

function accessOptions(texts: Texts): Option[] {
  const options = [
    new Option('--plain <where>', texts['help.plain']),
    new Option('--cert <file>', texts['help.cert']),
    new Option('--key <file>', texts['help.key']),
    new Option('--names <list>', texts['help.names']),
    new Option('--origins <list>', texts['help.origins']),
    new Option('--password-file <file>', texts['help.password-file']),
    new Option('--members-only', texts['help.members-only']),
    new Option('--no-members-only', texts['help.no-members-only']),
    new Option('--lab', texts['help.lab']),
    new Option('--no-lab', texts['help.no-lab']),
  ];
  return options.map((option) => option.helpGroup(texts['help.group.access']));
}

function limitOptions(texts: Texts): Option[] {
  const options = LIMIT_KEYS.flatMap((key) => [
    new Option(`--${key} ${limitOf(key).unit === 'count' ? '<number>' : '<time>'}`, limitHelp(key, texts)),
    ...(key === 'burst' ? [new Option('--rate-for <list>', texts['help.rate-for'])] : []),
  ]);
  return options.map((option) => option.helpGroup(texts['help.group.limits']));
}

function limitHelp(key: LimitKey, texts: Texts): string {
  const { default: usual, lab } = limitOf(key);
  const values = { default: limitText(key, usual), lab: limitText(key, lab ?? usual) };
  const said = fill(texts[lab === undefined ? 'help.default' : 'help.default-lab'], values);
  return `${texts[`help.limit.${key}`]} ${said}`;
}
