// Owns asking for a line that nobody shall read on the screen.
import type { Writable } from 'node:stream';
import type { ReadStream } from 'node:tty';

const ENTER = new Set(['\r', '\n']);
const BACKSPACE = new Set(['\b', '\u007f']);
/** Ctrl-C, Ctrl-D, Escape. */
const LEAVE = new Set(['\u0003', '\u0004', '\u001b']);
const CLEAR = '\u0015';

/** Asks at a terminal, without an echo. Undefined: the person does not want to say it, or the terminal is gone. */
export function askHidden(
  question: string,
  stdin: ReadStream,
  output: Writable,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  let line: string[] = [];
  const decoder = new TextDecoder();
  const onData = (chunk: Uint8Array | string): void => {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    for (const character of text) {
      if (ENTER.has(character)) return resolve(line.join(''));
      if (LEAVE.has(character)) return resolve(undefined);
      if (BACKSPACE.has(character)) line.pop();
      else if (character === CLEAR) line = [];
      else if (character >= ' ') line.push(character);
    }
  };
  const onEnd = (): void => resolve(undefined);
  output.write(question);
  const wasRaw = stdin.isRaw;
  stdin.setRawMode(true);
  stdin.on('data', onData).on('end', onEnd);
  stdin.resume();
  return promise.finally(() => {
    stdin.off('data', onData).off('end', onEnd);
    stdin.pause();
    stdin.setRawMode(wasRaw);
    output.write('\n');
  });
}
