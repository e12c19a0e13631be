import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError, type InputLine, inputLines, inputWhole } from '../../../clients/cli/input-lines.ts';
import { runs } from '../../runs.ts';

async function* chunksOf(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].toSorted(
    (a, b) => a - b,
  );
  for (const [at, place] of places.entries()) {
    const next = places[at + 1];
    // A new buffer each time, as a stream that uses its memory again would need.
    if (next !== undefined) yield bytes.slice(place, next);
  }
}

interface Read {
  readonly lines: InputLine[];
  readonly error: unknown;
}

async function read(bytes: Uint8Array, bytesMax: number, cuts: readonly number[] = []): Promise<Read> {
  const lines: InputLine[] = [];
  try {
    for await (const line of inputLines(chunksOf(bytes, cuts), bytesMax)) lines.push(line);
    return { lines, error: undefined };
  } catch (error) {
    return { lines, error };
  }
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const texts = ({ lines }: Read): string[] => lines.map(({ number, text }) => `${number} ${text}`);

describe('the lines of an input', () => {
  test('are numbered, and empty ones are left out', async () => {
    expect(texts(await read(utf8('one\n\ntwo\r\n\r\nthree'), 100))).toEqual(['1 one', '3 two', '5 three']);
  });

  test('keep their spaces, and a carriage return that is not at the end', async () => {
    expect(texts(await read(utf8(' a \n \nb\rc\n'), 100))).toEqual(['1  a ', '2  ', '3 b\rc']);
  });

  test('may begin with a byte order mark, which is no text', async () => {
    expect(texts(await read(utf8('\ufeffone\n\ufefftwo'), 100))).toEqual(['1 one', '2 \ufefftwo']);
    expect(texts(await read(utf8('\ufeff\n'), 100))).toEqual([]);
  });

  test('may be as long as a message and not longer', async () => {
    expect(texts(await read(utf8(`${'x'.repeat(10)}\r\n`), 10))).toEqual([`1 ${'x'.repeat(10)}`]);
    const { lines, error } = await read(utf8(`one\n${'é'.repeat(6)}\nthree`), 10);
    expect(lines.map(({ text }) => text)).toEqual(['one']);
    expect(error).toMatchObject({ problem: 'tooLong', line: 2, bytes: 12 });
  });

  test('are not read to their end when they are too long', async () => {
    let chunks = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (; chunks < 1_000; chunks++) yield new Uint8Array(64).fill(120);
    }
    const reading = inputLines(endless(), 100).next();
    await expect(reading).rejects.toBeInstanceOf(InputError);
    expect(chunks).toBeLessThan(4);
  });

  test('are UTF-8 or refused with their number', async () => {
    const { lines, error } = await read(Uint8Array.of(0x61, 0x0a, 0xff, 0x0a, 0x62), 100);
    expect(lines.map(({ text }) => text)).toEqual(['a']);
    expect(error).toMatchObject({ problem: 'notUtf8', line: 2 });
  });

  test('are the same however the input comes in pieces', async () => {
    const text = fc.array(fc.constantFrom('a', 'é', '日', '👍', '\n', '\r\n', '\n\n', ' ', '\r'), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(300), { maxLength: 20 }), async (pieces, cuts) => {
        const bytes = utf8(pieces.join(''));
        const whole = await read(bytes, 12);
        const cut = await read(bytes, 12, cuts);
        expect(texts(cut)).toEqual(texts(whole));
        expect(cut.error instanceof InputError ? cut.error.line : cut.error).toEqual(
          whole.error instanceof InputError ? whole.error.line : whole.error,
        );
        if (whole.error === undefined) {
          const lines = pieces
            .join('')
            .split('\n')
            .map((line) => line.replace(/\r$/, ''));
          expect(whole.lines.map((line) => line.text)).toEqual(lines.filter((line) => line !== ''));
        }
      }),
      runs(500),
    );
  });
});

describe('a whole input', () => {
  test('is one message without the line end at its end', async () => {
    expect(await inputWhole(chunksOf(utf8('one\ntwo\n'), [3, 5]), 100)).toEqual({
      number: 1,
      text: 'one\ntwo',
      bytes: 7,
    });
    expect(await inputWhole(chunksOf(utf8(`${'x'.repeat(10)}\r\n`), []), 10)).toMatchObject({ bytes: 10 });
  });

  test('is refused when it is too long or not UTF-8', async () => {
    await expect(inputWhole(chunksOf(utf8('x'.repeat(11)), []), 10)).rejects.toMatchObject({
      problem: 'tooLong',
      bytes: 11,
    });
    await expect(inputWhole(chunksOf(Uint8Array.of(0xc3), []), 10)).rejects.toMatchObject({
      problem: 'notUtf8',
    });
  });
});
