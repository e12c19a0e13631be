import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chatLine, gapLine } from '../../src/followers/chat-line.ts';
import { unescapeText } from '../support/unescape.ts';
import { type Author, type Frame, frameOf, Mark, Reason, systemFrame } from '../../src/protocol/index.ts';

const zone = (): number => 420;
const time = Date.UTC(2026, 10, 22, 12, 3, 11, 245);
const stamp = { room: 'lobby', seq: 17, time, check: 0 };

function author(name: string): Author {
  return { name, user: new Uint8Array(8), mark: Mark.GUEST, plain: true };
}

function chat(name: string, text: string, replyTo = 0): Frame {
  const content = { $case: 'text', value: text } as const;
  return frameOf({ $case: 'chat', value: { content, replyTo } }, { ...stamp, author: author(name) });
}

function leave(name: string, reason: Reason, text = '', by?: string): Frame {
  const value = { reason, text, by: by === undefined ? undefined : author(by) };
  return frameOf({ $case: 'leave', value }, { ...stamp, author: author(name) });
}

const AT = '2026-11-22T19:03:11.245+07:00 lobby #17';

describe('each kind has its line', () => {
  const cases: ReadonlyArray<readonly [string, Frame]> = [
    ['chat alice: halo', chat('alice', 'halo')],
    ['chat alice re #12: ya', chat('alice', 'ya', 12)],
    ['chat alice: two\\nlines', chat('alice', 'two\nlines')],
    ['leave alice left', leave('alice', Reason.LEFT)],
    ['leave alice lost', leave('alice', Reason.LOST)],
    ['leave alice kicked by bob: be\\u{1b}nice', leave('alice', Reason.KICKED, 'be\u001bnice', 'bob')],
    ['leave alice ended', leave('alice', Reason.ENDED)],
    ['leave alice other', leave('alice', 77 as Reason)],
    [
      'join alice',
      frameOf(
        { $case: 'join', value: { have: undefined, last: 0, mode: 0 } },
        { ...stamp, author: author('alice') },
      ),
    ],
    [
      'notice announcement: makan siang',
      systemFrame({ $case: 'notice', value: { code: 1, args: ['makan siang'] } }, stamp),
    ],
    ['notice 9: a b', systemFrame({ $case: 'notice', value: { code: 9 as 1, args: ['a', 'b'] } }, stamp)],
    [
      'sealed alice',
      frameOf(
        {
          $case: 'chat',
          value: {
            content: { $case: 'sealed', value: { scheme: 1, epoch: 1, data: new Uint8Array(3) } },
            replyTo: 0,
          },
        },
        { ...stamp, author: author('alice') },
      ),
    ],
    ['removal #7', systemFrame({ $case: 'removal', value: { of: 7 } }, stamp)],
    ['removed', systemFrame({ $case: 'removed', value: {} }, stamp)],
    ['unknown -', frameOf({ $case: 'system', value: { kind: undefined } }, stamp)],
    ['unknown alice', { ...chat('alice', ''), kind: undefined }],
  ];
  test.each(cases)('%s', (line, entry) => {
    expect(chatLine(entry, zone)).toBe(`${AT} ${line}\n`);
  });

  test('a gap names both ends', () => {
    expect(gapLine('lobby', 18, 20, time, zone)).toBe('2026-11-22T19:03:11.245+07:00 lobby #20 gap #18\n');
  });
});

/** The grammar of the doc comment, a second time. */
const LINE =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d) ([^\s:]+) #(\d+) (chat ([^\s:]+)(?: re #(\d+))?: (.*)|leave ([^\s:]+) (left|lost|kicked|banned|ended|other)(?: by ([^\s:]+))?(?:: (.*))?)\n$/u;

const content = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc
    .array(
      fc.constantFrom(
        '\n',
        '\r',
        '\u001b[31m',
        '\u009b',
        '\u2028',
        '\u202e',
        '\\',
        '\\n',
        ': ',
        ' re #1',
        AT,
        '\u0000',
      ),
    )
    .map((parts) => parts.join('')),
);

describe('nothing that people write can make a line', () => {
  test('a chat is exactly one line, of this room, and can be read back', () => {
    fc.assert(
      fc.property(content, content, content, fc.nat(), (room, name, text, replyTo) => {
        fc.pre(room !== '' && name !== '' && name !== '-');
        const line = chatLine({ ...chat(name, text, replyTo), room }, zone);
        const found = LINE.exec(line);
        expect(found, JSON.stringify(line)).not.toBeNull();
        expect(unescapeText(found?.[2] ?? '')).toBe(room);
        expect(unescapeText(found?.[5] ?? '')).toBe(name);
        expect(Number(found?.[6] ?? 0)).toBe(replyTo);
        expect(unescapeText(found?.[7] ?? '')).toBe(text);
      }),
    );
  });

  test('so is a leave with a reason', () => {
    fc.assert(
      fc.property(content, content, content, (name, by, text) => {
        fc.pre(name !== '' && by !== '' && text !== '');
        const found = LINE.exec(chatLine(leave(name, Reason.BANNED, text, by), zone));
        expect(unescapeText(found?.[8] ?? '')).toBe(name);
        expect(unescapeText(found?.[10] ?? '')).toBe(by);
        expect(unescapeText(found?.[11] ?? '')).toBe(text);
      }),
    );
  });

  test('no line has a control character but its own newline', () => {
    fc.assert(
      fc.property(content, content, (name, text) => {
        const line = chatLine(chat(name, text), zone);
        // oxlint-disable-next-line no-control-regex -- these are what is looked for
        expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});
