// What a command gets from the process that it runs in.
import type { ReadStream, WriteStream } from 'node:tty';
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
    remark: (text) => stderr.write(`${text}\n`),
    complain: (text) => stderr.write(`kentongan: ${text}\n`),
  };
}
