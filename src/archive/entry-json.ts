// An entry as one line of JSON: the same contract as that of `kentongan tail --json` (docs/cli.md).
import { hexOf } from '../protocol/bytes.ts';
import { type Author, type Frame, Mark, NoticeCode, Reason } from '../protocol/gen/kentongan/v1/kentongan.ts';
import type { Seq } from '../roomlog/roomlog.ts';
import { escapeJson } from '../texts/escape.ts';

const MARKS: ReadonlyMap<number, string> = new Map([
  [Mark.GUEST, 'guest'],
  [Mark.BOUND, 'bound'],
  [Mark.SERVICE, 'service'],
  [Mark.SERVER, 'server'],
]);
const REASONS: ReadonlyMap<number, string> = new Map([
  [Reason.LEFT, 'left'],
  [Reason.LOST, 'lost'],
  [Reason.KICKED, 'kicked'],
  [Reason.BANNED, 'banned'],
  [Reason.ENDED, 'ended'],
]);
/** The last moment that a Date can show. */
const TIME_MAX = 8.64e15;

/** The line of an entry, with its newline. */
export function entryLine(entry: Frame, logId: Uint8Array): string {
  const { type, ...rest } = kindJson(entry.kind);
  return line({
    type,
    room: entry.room,
    log: hexOf(logId),
    seq: entry.seq,
    time: new Date(Math.min(entry.time, TIME_MAX)).toISOString(),
    id: hexOf(entry.id),
    ...(entry.author === undefined ? {} : { author: authorJson(entry.author) }),
    ...rest,
  });
}

/** The line that says that the entries before `next` are missing, with its newline. */
export function gapLine(room: string, logId: Uint8Array, next: Seq): string {
  return line({ type: 'gap', room, log: hexOf(logId), next });
}

function line(value: object): string {
  return `${escapeJson(JSON.stringify(value))}\n`;
}

interface KindJson {
  readonly type: string;
  readonly [field: string]: unknown;
}

const UNKNOWN: KindJson = { type: 'unknown' };

function kindJson(kind: Frame['kind']): KindJson {
  switch (kind?.$case) {
    case 'join':
      return { type: 'join' };
    case 'leave': {
      const { text, reason, by } = kind.value;
      return {
        type: 'leave',
        ...(text === '' ? {} : { text }),
        reason: REASONS.get(reason) ?? 'unknown',
        ...(by === undefined ? {} : { by: authorJson(by) }),
      };
    }
    case 'chat': {
      const { content, replyTo } = kind.value;
      if (content?.$case !== 'text') return UNKNOWN;
      return { type: 'chat', text: content.value, ...(replyTo === 0 ? {} : { replyTo }) };
    }
    case 'system':
      return systemJson(kind.value.kind);
    case undefined:
      return UNKNOWN;
  }
}

type SystemKind = NonNullable<Extract<NonNullable<Frame['kind']>, { $case: 'system' }>['value']['kind']>;

function systemJson(kind: SystemKind | undefined): KindJson {
  switch (kind?.$case) {
    case 'notice': {
      const { code, args } = kind.value;
      return { type: 'notice', code: code === NoticeCode.ANNOUNCEMENT ? 'announcement' : 'unknown', args };
    }
    case 'removal':
      return { type: 'removal', of: kind.value.of };
    case 'removed':
      return { type: 'removed' };
    default:
      return UNKNOWN;
  }
}

function authorJson({ name, user, mark, plain }: Author): object {
  return { name, user: hexOf(user), mark: MARKS.get(mark) ?? 'unknown', plain };
}
