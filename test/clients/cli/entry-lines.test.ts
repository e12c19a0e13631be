import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entryParagraph } from '../../../clients/cli/entry-lines.ts';
import { flat } from '../../../clients/cli/paragraph.ts';
import { entryJson, gapJson, resetJson } from '../../../clients/cli/tail-json.ts';
import { TEXTS_EN } from '../../../clients/cli/texts-en.ts';
import type { Entry, RoomView } from '../../../clients/sdk/index.ts';
import { type Author, Mark, NoticeCode, Reason } from '../../../src/protocol/index.ts';
import { runs } from '../../runs.ts';
import { findControls } from './control-scanner.ts';

const author = (name: string, mark: Mark = Mark.GUEST, plain = false): Author => ({
  name,
  user: new Uint8Array(8).fill(name.length),
  mark,
  plain,
});
const SELF = '0505050505050505';

function entry(kind: Entry['kind'], by: Author | null = author('alice')): Entry {
  const base = {
    room: 'lobby',
    seq: 17,
    time: Date.UTC(2026, 10, 22, 12, 3, 11, 245),
    check: 1,
    id: new Uint8Array(16).fill(9),
  };
  return { ...base, kind, ...(by === null ? {} : { author: by }) };
}

function line(shown: Entry, peer?: Author): string {
  return flat(entryParagraph(shown, { texts: TEXTS_EN.lines, head: '12:03 ', peer, self: SELF }));
}

describe('an entry is shown as a line:', () => {
  test.each<[string, Entry, string]>([
    ['chat', entry({ type: 'chat', text: 'halo', replyTo: 0 }), '12:03 alice: halo'],
    ['an answer', entry({ type: 'chat', text: 'halo', replyTo: 3 }), '12:03 alice: (answers #3) halo'],
    ['several lines', entry({ type: 'chat', text: 'one\ntwo', replyTo: 0 }), '12:03 alice: one ⏎ two'],
    [
      'a program',
      entry({ type: 'chat', text: 'x', replyTo: 0 }, author('cron', Mark.SERVICE)),
      '12:03 cron (program): x',
    ],
    ['nobody', entry({ type: 'chat', text: 'x', replyTo: 0 }, null), '12:03 somebody: x'],
    ['join', entry({ type: 'join' }), '12:03 * alice came in'],
    ['join by key', entry({ type: 'join' }, author('alice', Mark.BOUND)), '12:03 * alice came in (key)'],
    [
      'join in plain',
      entry({ type: 'join' }, author('alice', Mark.GUEST, true)),
      '12:03 * alice! came in (unencrypted)',
    ],
    [
      'chat in plain',
      entry({ type: 'chat', text: 'halo', replyTo: 0 }, author('alice', Mark.GUEST, true)),
      '12:03 alice!: halo',
    ],
    ['leave', entry({ type: 'leave', reason: Reason.LEFT, text: '' }), '12:03 * alice left'],
    [
      'lost',
      entry({ type: 'leave', reason: Reason.LOST, text: '' }),
      '12:03 * alice is gone (connection lost)',
    ],
    [
      'removal',
      entry({ type: 'leave', reason: Reason.KICKED, by: author('bob'), text: 'noise' }),
      '12:03 * alice was removed by bob: noise',
    ],
    [
      'announcement',
      entry({ type: 'notice', code: NoticeCode.ANNOUNCEMENT, args: ['break'] }),
      '12:03 * Announcement: break',
    ],
    ['an erasing', entry({ type: 'removal', of: 7 }, null), '12:03 * message #7 was erased'],
    ['what was erased', entry({ type: 'removed' }, null), '12:03 * an erased message'],
    ['what is too new', entry({ type: 'unknown' }), '12:03 * something that this client is too old to show'],
  ])('%s', (_, shown, expected) => {
    expect(line(shown)).toBe(expected);
  });

  test('private talk, in both directions', () => {
    const text = entry({ type: 'chat', text: 'psst', replyTo: 0 }, author('bob'));
    expect(line(text, author('bob'))).toBe('12:03 [bob → you] psst');
    expect(line(entry({ type: 'chat', text: 'psst', replyTo: 0 }), author('bob'))).toBe(
      '12:03 [you → bob] psst',
    );
  });

  test('nothing in it can control a terminal, whoever wrote which part', () => {
    const text = fc.string({ unit: 'binary' });
    const kinds = fc.oneof(
      text.map((said): Entry['kind'] => ({ type: 'chat', text: said, replyTo: 0 })),
      text.map((said): Entry['kind'] => ({
        type: 'leave',
        reason: Reason.KICKED,
        by: author(said),
        text: said,
      })),
      text.map((said): Entry['kind'] => ({ type: 'notice', code: NoticeCode.ANNOUNCEMENT, args: [said] })),
      fc.constant<Entry['kind']>({ type: 'join' }),
    );
    fc.assert(
      fc.property(kinds, text, fc.boolean(), (kind, name, isPrivate) => {
        const shown = line(entry(kind, author(name)), isPrivate ? author(name) : undefined);
        // The isolates are ours, and stand in pairs.
        expect(shown.split('\u2068').length).toBe(shown.split('\u2069').length);
        expect(findControls(shown.replaceAll(/[\u2068\u2069]/g, ''))).toEqual([]);
      }),
      runs(1_000),
    );
  });
});

describe('an entry is one JSON object:', () => {
  const view = {
    room: 'lobby',
    position: { logId: new Uint8Array(16).fill(0xab), seq: 17, check: 1 },
  } as RoomView;
  const BASE = {
    room: 'lobby',
    log: 'ab'.repeat(16),
    seq: 17,
    time: '2026-11-22T12:03:11.245Z',
    id: '09'.repeat(16),
    author: { name: 'alice', user: SELF, mark: 'guest', plain: false },
  };

  test.each<[Entry['kind'], object]>([
    [{ type: 'join' }, {}],
    [{ type: 'chat', text: 'a\nb', replyTo: 0 }, { text: 'a\nb' }],
    [
      { type: 'chat', text: 'x', replyTo: 3 },
      { text: 'x', replyTo: 3 },
    ],
    [{ type: 'leave', reason: Reason.LOST, text: '' }, { reason: 'lost' }],
    [
      { type: 'leave', reason: Reason.KICKED, text: 'noise', by: author('bob', Mark.BOUND, true) },
      {
        text: 'noise',
        reason: 'kicked',
        by: { name: 'bob', user: '0303030303030303', mark: 'bound', plain: true },
      },
    ],
    [
      { type: 'notice', code: NoticeCode.ANNOUNCEMENT, args: ['x'] },
      { code: 'announcement', args: ['x'] },
    ],
    [{ type: 'removal', of: 7 }, { of: 7 }],
    [{ type: 'removed' }, {}],
    [{ type: 'unknown' }, {}],
  ])('%j', (kind, fields) => {
    const json = JSON.stringify(entryJson(entry(kind), view));
    expect(json).toBe(JSON.stringify({ type: kind.type, ...BASE, ...fields }));
  });

  test('what happens to the log has its own types', () => {
    expect(gapJson(view, 9)).toEqual({ type: 'gap', room: 'lobby', log: 'ab'.repeat(16), next: 9 });
    expect(resetJson(view)).toEqual({ type: 'reset', room: 'lobby', log: 'ab'.repeat(16) });
  });

  test('a time that no calendar has does not stop it', () => {
    expect(entryJson({ ...entry({ type: 'join' }), time: Number.MAX_SAFE_INTEGER }, view).time).toBe(
      '+275760-09-13T00:00:00.000Z',
    );
  });
});
