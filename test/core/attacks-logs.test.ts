// What others write, in the files of the operator.
import { expect, test } from 'vitest';
import { OperatorLog } from '../../src/observe/operator-log.ts';

test('a line of the operator log moves no cursor, reorders nothing, and is JSON with the same values', () => {
  const lines: string[] = [];
  const log = new OperatorLog({ write: (line) => lines.push(line) });
  const name = 'a\u001b[31m\u009b2J\u007f\u202e\u2028\\"\n\u{e0041}';
  const event = { event: 'refused', session: 1, address: 'x', name, code: 1003, fault: 'NAME_BAD', room: '' };
  log.observe(event as Parameters<typeof log.observe>[0]);
  const [line = ''] = lines;
  expect(line.endsWith('\n')).toBe(true);
  expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(JSON.parse(line)).toMatchObject(event);
});
