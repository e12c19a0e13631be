import { expect, test } from 'vitest';
import { lineOf } from '../../src/observe/lines.ts';
import { withLook } from '../../src/observe/look.ts';
import { textsOf } from '../../src/texts/texts.ts';

test.each([
  ['alice', 'alice'],
  ['Иван', 'Иван'],
  ['田中', '田中'],
  ['éva', 'éva'],
  ['\u0430lice', '\u0430lice [U+0430]'],
  ['\u043e\u0441\u0430', '\u043e\u0441\u0430 [U+043E U+0441 U+0430]'],
  ['ж\u0430lice', 'ж\u0430lice [U+0436 U+0430]'],
])('the operator is shown %s as %s', (name, shown) => {
  expect(withLook(name)).toBe(shown);
});

test('also when somebody comes in', () => {
  const event = { event: 'joined', room: 'lobby', address: '192.0.2.7:5', name: '\u0430lice' } as const;
  expect(lineOf(event, textsOf('en'))?.text).toBe('\u0430lice [U+0430] joined lobby from 192.0.2.7:5');
});
