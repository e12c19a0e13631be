// `kentongan invite …` and `kentongan names …`, as commander has them.
import { Command } from 'commander';
import { safeParse } from 'valibot';
import { ageOf, hostNameOf } from '../config/values.ts';
import { EXPIRES_MS_MAX, NOTE_CHARACTERS_MAX } from '../control/socket.ts';
import { DEFAULT_ROOM, isPublicRoom } from '../protocol/index.ts';
import { StartError } from '../texts/start-error.ts';
import { fill, type TextKey, type Texts } from '../texts/texts.ts';
import { examples, languageOption, localised } from './localised.ts';

interface Common {
  readonly data: string | undefined;
  readonly json: boolean;
}

/** What was asked of `invite`, checked. */
export type InviteRequest = Common &
  (
    | {
        readonly do: 'link';
        readonly room: string;
        /** Absent: all of this machine. */
        readonly host: string | undefined;
        /** Make a code that holds so long; absent: none. */
        readonly expiresMs: number | undefined;
        readonly note: string;
        /** Print the QR code, whatever is at the other end. */
        readonly qr: boolean;
      }
    | { readonly do: 'list' }
    | { readonly do: 'revoke'; readonly which: string }
  );

/** What was asked of `names`. */
export type NamesRequest = Common &
  ({ readonly do: 'list' } | { readonly do: 'release'; readonly name: string });

const EXPIRES_MS = 604_800_000;
const EXPIRES_MS_MIN = 60_000;

interface Words {
  readonly data?: string;
  readonly json?: true;
}

interface LinkWords extends Words {
  readonly code?: true;
  readonly expires?: string;
  readonly note?: string;
  readonly room?: string;
  readonly host?: string;
  readonly qr?: true;
}

/** A command with the options that all of them have. */
function commandOf(
  name: string,
  about: TextKey,
  texts: Texts,
  lines: ReadonlyArray<readonly [string, TextKey]> = [],
): Command {
  const command = localised(new Command(name), texts)
    .description(texts[about])
    .helpCommand(false)
    .option('--json', texts['help.json'])
    .option('--data <directory>', texts['help.data'])
    .addOption(languageOption(texts));
  return lines.length === 0 ? command : command.addHelpText('after', () => examples(texts, lines));
}

/** What stands before the command counts, too: `kentongan invite --data d list`. */
function common(command: Command): Common {
  const { data, json } = command.optsWithGlobals<Words>();
  return { data, json: json === true };
}

/** @param run takes what was asked for, checked as far as the words go */
export function inviteCommand(run: (request: InviteRequest) => Promise<void>, texts: Texts): Command {
  const group = commandOf('invite', 'help.invite', texts, [
    ['invite', 'help.example.invite'],
    ['invite --code --expires 1d', 'help.example.invite-code'],
    ['invite revoke all', 'help.example.invite-revoke'],
  ])
    .option('--code', texts['help.invite.code'])
    .option('--expires <time>', texts['help.invite.expires'])
    .option('--note <text>', texts['help.invite.note'])
    .option('--room <room>', fill(texts['help.invite.room'], { room: DEFAULT_ROOM }))
    .option('--host <address>', texts['help.invite.host'])
    .option('--qr', texts['help.invite.qr'])
    .action(async (words: LinkWords, command: Command) => {
      await run({ ...common(command), ...linkOf(words) });
    });
  const list = commandOf('list', 'help.invite.list', texts).action(async (_words, command: Command) => {
    await run({ ...common(command), do: 'list' });
  });
  const revoke = commandOf('revoke', 'help.invite.revoke', texts)
    .argument('<code>', texts['help.invite.which'])
    .action(async (which: string, _words, command: Command) => {
      await run({ ...common(command), do: 'revoke', which });
    });
  return group.addCommand(list).addCommand(revoke);
}

/** @param run takes what was asked for */
export function namesCommand(run: (request: NamesRequest) => Promise<void>, texts: Texts): Command {
  const group = commandOf('names', 'help.names-command', texts, [
    ['names', 'help.example.names'],
    ['names release budi', 'help.example.names-release'],
  ]).action(async (_words, command: Command) => {
    await run({ ...common(command), do: 'list' });
  });
  const release = commandOf('release', 'help.names.release', texts)
    .argument('<name>', texts['help.names.name'])
    .action(async (name: string, _words, command: Command) => {
      await run({ ...common(command), do: 'release', name });
    });
  return group.addCommand(release);
}

/** @throws StartError */
function linkOf(words: LinkWords): Omit<Extract<InviteRequest, { do: 'link' }>, keyof Common> {
  const { room = DEFAULT_ROOM, note = '', host } = words;
  if (!isPublicRoom(room)) throw new StartError('invite.bad.room', { value: room }, 'usage');
  if (host !== undefined && !safeParse(hostNameOf, host).success) {
    throw new StartError('invite.bad.host', { value: host }, 'usage');
  }
  if (note.length > NOTE_CHARACTERS_MAX) {
    throw new StartError('invite.bad.note', { limit: NOTE_CHARACTERS_MAX }, 'usage');
  }
  const wantsCode = words.code === true || words.expires !== undefined || note !== '';
  const expiresMs = wantsCode ? expiresOf(words.expires) : undefined;
  return { do: 'link', room, host, expiresMs, note, qr: words.qr === true };
}

/** @throws StartError */
function expiresOf(word: string | undefined): number {
  if (word === undefined) return EXPIRES_MS;
  const { success, output } = safeParse(ageOf, word);
  if (success && output >= EXPIRES_MS_MIN && output <= EXPIRES_MS_MAX) return output;
  throw new StartError('invite.bad.expires', { value: word }, 'usage');
}
