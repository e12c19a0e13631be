// The composition root of the command line: words in, exit code out.
import { setTimeout as pause } from 'node:timers/promises';
import { CommanderError } from 'commander';
import { type Config, environmentSource, flagSource, type Key, resolveConfig } from './config/config.ts';
import { readConfigFile } from './config/file.ts';
import { ask, dataSaid, refusal } from './commands/ask.ts';
import { calledIn } from './commands/called.ts';
import { runInvite } from './commands/invite.ts';
import { runNames } from './commands/names.ts';
import { runLog } from './commands/log.ts';
import { createProgram, type StatusWords, usageError } from './commands/program.ts';
import { limits } from './protocol/index.ts';
import { serve } from './commands/serve.ts';
import { StartError } from './texts/start-error.ts';
import { statusLines } from './commands/status-lines.ts';
import { foldAll } from './texts/fold.ts';
import { fill, languageOf, type Texts, textsOf } from './texts/texts.ts';
import { readVersion } from './version.ts';

/**
 * Runs one command of the server's side: `serve`, `status`, `announce`, `invite`, `names`, `log`.
 * @param words what stands behind the program's name
 * @param typed what people type for that name here
 * @returns the exit code: 0 done, 1 failure, 2 usage
 */
export async function main(words: readonly string[], typed = 'kentongan'): Promise<number> {
  const language = languageFlag(words);
  const inWords = (data?: string, lang = language): Texts =>
    textsOf(languageOf(lang, process.env), calledIn(typed, data, process.cwd()));
  let texts = inWords();
  const about = (data: string | undefined, lang?: string): Texts => {
    texts = inWords(data, lang);
    return texts;
  };
  let code = 0;
  const program = createProgram(
    {
      serve: async (flags, file, ready) => {
        const config = configOf(flags, file);
        code = await serve(config, ready, about(config.data, config.lang));
      },
      status: (data, how) => runStatus(data, how, about(dataSaid(data))),
      announce: (data, room, text) => runAnnounce(data, room, text, about(dataSaid(data))),
      invite: (request) => runInvite(request, about(dataSaid(request.data))),
      names: (request) => runNames(request, about(dataSaid(request.data))),
      log: async (request) => {
        code = await runLog(request, about(dataSaid(request.data)));
      },
    },
    texts,
    readVersion(),
  );
  try {
    if (language !== undefined) resolveConfig([flagSource({ lang: language }, process.cwd())], process.cwd());
    await program.parseAsync(words, { from: 'user' });
    return code;
  } catch (error) {
    return explain(error, words, texts);
  }
}

function configOf(flags: Readonly<Partial<Record<Key, unknown>>>, file: string | undefined): Config {
  const cwd = process.cwd();
  const path = file ?? (process.env['KENTONGAN_CONFIG'] || undefined);
  return resolveConfig(
    [
      flagSource(flags, cwd),
      environmentSource(process.env, cwd),
      ...(path === undefined ? [] : [readConfigFile(path, cwd)]),
    ],
    cwd,
  );
}

async function runStatus(data: string | undefined, how: StatusWords, texts: Texts): Promise<void> {
  const { json, heap, measureMs } = how;
  if (measureMs !== undefined && measureMs > 0) {
    await ask(data, { do: 'status', measure: true });
    await pause(measureMs);
  }
  const reply = await ask(data, { do: 'status', heap, measure: measureMs !== undefined });
  if (!('status' in reply)) throw new StartError('control.refused', { reason: JSON.stringify(reply) });
  const lines = json ? [JSON.stringify(reply.status)] : statusLines(reply.status, texts);
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function runAnnounce(
  data: string | undefined,
  room: string,
  text: string,
  texts: Texts,
): Promise<void> {
  const bytes = Buffer.byteLength(text);
  const limit = limits.ANNOUNCEMENT_BYTES_MAX;
  if (bytes === 0) throw new StartError('announce.empty', {}, 'usage');
  if (bytes > limit) throw new StartError('announce.too-long', { limit }, 'usage');
  const reply = await ask(data, { do: 'announce', room, text });
  if (!reply.ok) {
    const { reason } = reply;
    if (reason === 'NO_SUCH_ROOM') throw new StartError('announce.no-room', { room });
    throw refusal(reply, {}, { room });
  }
  const seq = 'seq' in reply ? reply.seq : 0;
  process.stdout.write(`${fill(texts['announce.done'], { room, seq })}\n`);
}

/** Commands that have commands. */
const GROUPS: ReadonlySet<string> = new Set(['log', 'invite', 'names']);

/** Tells people what went wrong, and says it to the shell by a number. */
function explain(error: unknown, words: readonly string[], texts: Texts): number {
  // Help and version are no errors, although commander throws them.
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const known = error instanceof CommanderError ? usageError(error) : error;
  if (!(known instanceof StartError)) throw known;
  complain(`kentongan: ${known.text(texts)}`);
  if (error instanceof CommanderError) {
    const [first = '', second = ''] = words;
    const named = [first, ...(GROUPS.has(first) ? [second] : [])].filter(
      (word) => /^[a-z-]+$/.test(word) && !word.startsWith('-'),
    );
    const command = named.map((word) => `${word} `).join('');
    complain(fill(texts['usage.hint'], { command }));
  }
  return known.exitCode;
}

function complain(text: string): void {
  const { stderr } = process;
  process.stderr.write(`${foldAll([text], stderr.isTTY ? stderr.columns : undefined).join('\n')}\n`);
}

/** The language has to be known before the words can be read. Behind `--` there are no options. */
function languageFlag(words: readonly string[]): string | undefined {
  const end = words.indexOf('--');
  const options = end < 0 ? words : words.slice(0, end);
  const at = options.indexOf('--lang');
  if (at >= 0) return options[at + 1];
  return options.find((word) => word.startsWith('--lang='))?.slice('--lang='.length);
}
