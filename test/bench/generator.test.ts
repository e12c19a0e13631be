import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Generator, type Mark } from '../../bench/generator.ts';

const RESULT =
  '{"messages":1,"deliveries":2,"seconds":1,"deliveriesPerSecond":2,"latencyMs":{},"joinSeconds":0,"ownCpuSeconds":0,"busy":0,"failed":null}';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kentongan-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A generator that does what the lines of a shell say. */
function generatorOf(lines: string, onMark?: (mark: Mark) => void): Generator {
  const file = join(folder, 'load');
  writeFileSync(file, `#!/bin/sh\n${lines}\n`);
  chmodSync(file, 0o700);
  return new Generator([], { kind: 'free', reason: '' }, onMark, file);
}

describe.runIf(process.platform !== 'win32')('the generator', () => {
  it('waits at each mark until somebody has looked', async () => {
    const seen: string[] = [];
    const file = join(folder, 'marks');
    const generator = generatorOf(
      `echo begin >&3; head -c 1 <&4 >> ${file}; echo end >&3; head -c 1 <&4 >> ${file}; [ $(wc -c < ${file}) = 2 ] && echo '${RESULT}'`,
      (mark) => seen.push(mark),
    );
    expect((await generator.result()).deliveries).toBe(2);
    expect(seen).toEqual(['begin', 'end']);
  });

  it('goes on although the server is gone when it is looked at', async () => {
    const generator = generatorOf(
      `echo begin >&3; head -c 1 <&4 >/dev/null; echo '{"failed":"disconnected"}'; exit 1`,
      () => {
        throw new Error('ENOENT');
      },
    );
    await expect(generator.result()).rejects.toThrow('disconnected');
  });

  it('holds until its input ends', async () => {
    const generator = generatorOf(`echo ready; cat; echo '${RESULT}'`);
    await generator.ready();
    expect((await generator.result()).messages).toBe(1);
  });

  it('is not ready when it ends instead, and says why', async () => {
    await expect(generatorOf(`echo '{"failed":"nobody there"}'; exit 1`).ready()).rejects.toThrow(
      'nobody there',
    );
    await expect(generatorOf('echo no room >&2; exit 3').ready()).rejects.toThrow(
      /\(3\) without a result: no room/,
    );
  });

  it('ends when it is not there at all', async () => {
    const generator = new Generator([], { kind: 'free', reason: '' }, undefined, join(folder, 'nothing'));
    await expect(generator.result()).rejects.toThrow('without a result');
  });
});
