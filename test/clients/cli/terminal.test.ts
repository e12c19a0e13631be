import { PassThrough } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { describe, expect, test } from 'vitest';
import { Terminal } from '../../../clients/cli/terminal.ts';

function terminalOf(): { stdin: PassThrough; stdout: PassThrough; left: () => number; terminal: Terminal } {
  const stdin = Object.assign(new PassThrough(), { setRawMode: () => undefined });
  const stdout = Object.assign(new PassThrough(), { columns: 80, rows: 24 });
  let left = 0;
  const listener = {
    onLine: () => true,
    onLeave: () => {
      left++;
    },
    complete: () => ({ candidates: [], word: '' }) as never,
  };
  const terminal = new Terminal(
    stdin as unknown as ReadStream,
    stdout as unknown as WriteStream,
    false,
    listener,
  );
  terminal.open();
  return { stdin, stdout, left: () => left, terminal };
}

describe('a terminal that is gone', () => {
  test.each(['stdin', 'stdout'] as const)('is left in good order when %s fails', (which) => {
    const rig = terminalOf();
    rig[which].emit('error', Object.assign(new Error('read EIO'), { code: 'EIO' }));
    expect(rig.left()).toBe(1);
    rig.terminal.close();
    // An error that comes still later ends nothing.
    expect(() => rig[which].emit('error', new Error('read EIO'))).not.toThrow();
  });
});
