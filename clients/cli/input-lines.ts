// Owns how bytes from standard input become messages: bounded, strict, with line numbers.

/** Input that can not be sent. Everything before it can. */
export class InputError extends Error {
  readonly problem: 'tooLong' | 'notUtf8';
  /** From 1. */
  readonly line: number;
  /** What is known of its length; the rest of a line that is too long is not read. */
  readonly bytes: number;

  constructor(problem: 'tooLong' | 'notUtf8', line: number, bytes: number) {
    super(`${problem}: line ${line}, ${bytes} bytes`);
    this.name = 'InputError';
    this.problem = problem;
    this.line = line;
    this.bytes = bytes;
  }
}

export interface InputLine {
  /** From 1; empty lines count. */
  readonly number: number;
  readonly text: string;
  /** In UTF-8. */
  readonly bytes: number;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * The lines of a stream that are not empty, without their ends (LF or CR LF), one at a time: nothing is read
 * ahead beyond a chunk. A byte order mark at the start is left out.
 * @throws InputError at the first line longer than `bytesMax` or not UTF-8, after those before it were given
 */
export async function* inputLines(
  source: AsyncIterable<Uint8Array>,
  bytesMax: number,
): AsyncGenerator<InputLine> {
  let number = 1;
  let pieces: Uint8Array[] = [];
  let length = 0;
  const take = (piece: Uint8Array): void => {
    pieces.push(piece);
    length += piece.length;
    // One more for a CR that belongs to the end.
    if (length > bytesMax + 1) throw new InputError('tooLong', number, length);
  };
  const finish = (): InputLine => {
    const line = lineOf(pieces, number, bytesMax);
    pieces = [];
    length = 0;
    number++;
    return line;
  };
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      take(chunk.subarray(start, end));
      start = end + 1;
      const line = finish();
      if (line.bytes > 0) yield line;
    }
    if (start < chunk.length) take(chunk.slice(start));
  }
  if (length > 0) {
    const line = finish();
    if (line.bytes > 0) yield line;
  }
}

function lineOf(pieces: readonly Uint8Array[], number: number, bytesMax: number): InputLine {
  const joined = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  const bytes = joined.at(-1) === CARRIAGE_RETURN ? joined.subarray(0, -1) : joined;
  if (bytes.length > bytesMax) throw new InputError('tooLong', number, bytes.length);
  const text = decode(bytes, number);
  return { number, text, bytes: text === '' ? 0 : bytes.length };
}

/**
 * All of a stream as one message, without a line end at its end.
 * @throws InputError
 */
export async function inputWhole(source: AsyncIterable<Uint8Array>, bytesMax: number): Promise<InputLine> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source) {
    pieces.push(chunk);
    length += chunk.length;
    // Two more for a line end that does not count.
    if (length > bytesMax + 2) throw new InputError('tooLong', 1, length);
  }
  const text = decode(Buffer.concat(pieces), 1).replace(/\r?\n$/, '');
  const bytes = Buffer.byteLength(text);
  if (bytes > bytesMax) throw new InputError('tooLong', 1, bytes);
  return { number: 1, text, bytes };
}

function decode(bytes: Uint8Array, line: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: line !== 1 }).decode(bytes);
  } catch {
    throw new InputError('notUtf8', line, bytes.length);
  }
}
