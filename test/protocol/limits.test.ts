import { describe, expect, test } from 'vitest';
import {
  type Author,
  encodeBody,
  encodeFrame,
  Frame,
  frameOf,
  limits,
  Mark,
  NoticeCode,
  Reason,
  stampBody,
  systemFrame,
} from '../../src/protocol/index.ts';

const fill = (length: number): Uint8Array => new Uint8Array(length).fill(0xff);
const author: Author = {
  name: 'n'.repeat(limits.NAME_BYTES_MAX),
  user: fill(limits.USER_BYTES),
  mark: Mark.SERVER,
  plain: true,
};
const envelope = { room: 'r'.repeat(limits.NAME_BYTES_MAX), author, id: fill(limits.ENTRY_ID_BYTES) };
const stamp = { seq: Number.MAX_SAFE_INTEGER, time: Number.MAX_SAFE_INTEGER, check: 0xffffffff };

/** The largest entry of every kind that this version writes. */
const MAXIMAL: ReadonlyArray<readonly [kind: string, entry: Frame]> = [
  [
    'chat',
    frameOf(
      {
        $case: 'chat',
        value: {
          content: { $case: 'text', value: 't'.repeat(limits.TEXT_BYTES_MAX) },
          replyTo: Number.MAX_SAFE_INTEGER,
        },
      },
      envelope,
    ),
  ],
  [
    'sealed chat',
    frameOf(
      {
        $case: 'chat',
        value: {
          content: {
            $case: 'sealed',
            value: {
              scheme: 0xffffffff,
              epoch: Number.MAX_SAFE_INTEGER,
              data: fill(limits.SEALED_BYTES_MAX),
            },
          },
          replyTo: Number.MAX_SAFE_INTEGER,
        },
      },
      envelope,
    ),
  ],
  [
    'leave',
    frameOf(
      {
        $case: 'leave',
        value: { reason: Reason.ENDED, by: author, text: 't'.repeat(limits.REASON_TEXT_BYTES_MAX) },
      },
      envelope,
    ),
  ],
  [
    'announcement',
    systemFrame(
      {
        $case: 'notice',
        value: { code: NoticeCode.ANNOUNCEMENT, args: ['t'.repeat(limits.ANNOUNCEMENT_BYTES_MAX)] },
      },
      envelope,
    ),
  ],
];

describe.each(MAXIMAL)('the largest %s', (_kind, entry) => {
  const framed = stampBody(encodeBody(entry), stamp);

  test('is an entry of allowed size', () => {
    expect(framed.length - limits.PREFIX_BYTES).toBeLessThanOrEqual(limits.ENTRY_BYTES_MAX);
  });

  test('fits in a frame inside a Page', () => {
    const stored = Frame.decode(framed.subarray(limits.PREFIX_BYTES));
    const page = systemFrame(
      { $case: 'page', value: { entries: [stored], oldest: Number.MAX_SAFE_INTEGER, more: true } },
      { ref: 0xffffffff, room: envelope.room },
    );
    expect(encodeFrame(page).length - limits.PREFIX_BYTES).toBeLessThanOrEqual(limits.FRAME_BYTES_MAX);
  });
});

test('a Page around the largest entry that is allowed at all fits in a frame', () => {
  const around = encodeFrame(
    systemFrame(
      { $case: 'page', value: { entries: [], oldest: Number.MAX_SAFE_INTEGER, more: true } },
      { ref: 0xffffffff, room: envelope.room },
    ),
  ).length;
  // The entry's own tag and length, and a longer length of the Page and of the System around it.
  const growth = 1 + 3 + 2 + 2;
  expect(around - limits.PREFIX_BYTES + growth).toBeLessThanOrEqual(limits.PAGE_OVERHEAD_BYTES_MAX);
  expect(limits.ENTRY_BYTES_MAX + limits.PAGE_OVERHEAD_BYTES_MAX).toBeLessThanOrEqual(limits.FRAME_BYTES_MAX);
});

test('the first byte of a frame is 0, the second 0 or 1: it can be no TLS and no HTTP', () => {
  expect(limits.FRAME_BYTES_MAX).toBeLessThan(0x02_00_00);
});

test('the largest Hello fits in a frame before the Welcome', () => {
  const hello = systemFrame(
    {
      $case: 'hello',
      value: {
        versionMin: 0xffffffff,
        versionMax: 0xffffffff,
        capabilities: Array.from({ length: limits.CAPABILITIES_MAX }, () =>
          'c'.repeat(limits.CAPABILITY_BYTES_MAX),
        ),
        name: author.name,
        // Longer than a secret, which never stands beside them.
        secret: new Uint8Array(0),
        beside: true,
        key: fill(limits.KEY_BYTES),
        clientNonce: fill(limits.CLIENT_NONCE_BYTES),
        password: 'x'.repeat(limits.PASSWORD_BYTES_MAX),
        software: 's'.repeat(limits.SOFTWARE_BYTES_MAX),
        locale: 'l'.repeat(limits.LOCALE_BYTES_MAX),
      },
    },
    { ref: 0xffffffff },
  );
  expect(encodeFrame(hello).length - limits.PREFIX_BYTES).toBeLessThanOrEqual(
    limits.FRAME_BYTES_MAX_BEFORE_WELCOME,
  );
});

test('a quarter of the smallest window holds half of the largest frame and the whole window two frames', () => {
  expect(limits.WINDOW_BYTES_MIN).toBeGreaterThanOrEqual(2 * limits.FRAME_BYTES_MAX);
});
