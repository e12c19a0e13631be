import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { InFlight } from '../../../clients/cli/in-flight.ts';
import { LineOutput } from '../../../clients/cli/line-mode.ts';
import { Progress } from '../../../clients/cli/progress.ts';
import { SlowStream } from './slow-stream.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what is under way', () => {
  test('has room again when one is done, and is empty when all are', async () => {
    const inFlight = new InFlight(2);
    const first = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    inFlight.add(first.promise);
    inFlight.add(second.promise);
    const seen: string[] = [];
    const room = inFlight.room().then(() => seen.push('room'));
    const empty = inFlight.empty().then(() => seen.push('empty'));
    await turn();
    expect(seen).toEqual([]);
    first.resolve();
    await room;
    expect(seen).toEqual(['room']);
    second.resolve();
    await empty;
    expect(inFlight.count).toBe(0);
  });

  test('is bounded in weight, too', async () => {
    const inFlight = new InFlight(100, 10);
    const heavy = Promise.withResolvers<void>();
    inFlight.add(heavy.promise, 10);
    const seen: string[] = [];
    const room = inFlight.room().then(() => seen.push('room'));
    await turn();
    expect(seen).toEqual([]);
    heavy.resolve();
    await room;
    expect(seen).toEqual(['room']);
  });
});

describe('lines for a reader', () => {
  test('pause their source while the reader takes none, and resume it once', async () => {
    const stream = new SlowStream();
    const calls: string[] = [];
    const source = { pause: () => calls.push('pause'), resume: () => calls.push('resume') };
    const output = new LineOutput(stream, source, () => calls.push('gone'));
    output.line('short');
    expect(calls).toEqual([]);
    for (let n = 0; n < 5; n++) output.line(`line ${n}`);
    expect(calls).toEqual(['pause']);
    stream.open();
    await output.flushed();
    expect(calls).toEqual(['pause', 'resume']);
    expect(stream.taken.join('')).toBe('short\nline 0\nline 1\nline 2\nline 3\nline 4\n');
  });

  test('end when the reader is gone, once', () => {
    const stream = new EventEmitter() as unknown as Writable;
    const errors: string[] = [];
    const source = { pause: () => undefined, resume: () => undefined };
    expect(new LineOutput(stream, source, (error) => errors.push(error.message))).toBeDefined();
    stream.emit('error', new Error('EPIPE'));
    stream.emit('error', new Error('again'));
    expect(errors).toEqual(['EPIPE']);
  });
});

describe('progress', () => {
  test('is one changing line on a terminal, and nothing anywhere else', () => {
    const written = (isTTY: boolean): string => {
      let text = '';
      const stream = Object.assign(
        new Writable({ write: (chunk, _, done) => ((text += String(chunk)), done()) }),
        { isTTY },
      );
      const progress = new Progress(stream);
      progress.show(() => '1 of 2');
      progress.show(() => '2 of 2');
      progress.note('lost');
      progress.note('lost');
      progress.clear();
      return text;
    };
    expect(written(true)).toBe('\r\u001b[K1 of 2\r\u001b[Kkentongan: lost\n');
    expect(written(false)).toBe('kentongan: lost\n');
  });
});
