// What a command gets from the process that it runs in.
import type { ReadStream, WriteStream } from 'node:tty';
import { foldWords } from './fold.ts';
import type { Texts } from './texts.ts';

export interface Environment {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly texts: Texts;
  /** Standard output may have colours. */
  readonly colour: boolean;
  /** Says something to the person that is not the result: on standard error. */
  readonly remark: (text: string) => void;
  /** Says what went wrong, on standard error, with the program's name. */
  readonly complain: (text: string) => void;
}

/** Lines; in a window no word is cut in two. What begins with a space is to be typed or compared, and stays whole. */
function shown(text: string, { isTTY, columns }: WriteStream): string {
  return text
    .split('\n')
    .flatMap((line) => (isTTY && !line.startsWith(' ') ? foldWords(line, columns - 1) : [line]))
    .map((line) => `${line}\n`)
    .join('');
}

/** The environment of a process. */
export function environmentOf(
  process: Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr' | 'env'>,
  texts: Texts,
): Environment {
  const { stdin, stdout, stderr, env } = process;
  const noColour = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return {
    stdin,
    stdout,
    stderr,
    variables: env,
    texts,
    colour: stdout.isTTY && !noColour,
    remark: (text) => stderr.write(shown(text, stderr)),
    complain: (text) => stderr.write(shown(`kentongan: ${text}`, stderr)),
  };
}
