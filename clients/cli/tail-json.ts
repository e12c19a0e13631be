// Owns the JSON lines of `kentongan tail --json`. They are a contract: fields keep their names, their meaning
// and their order; new ones and new types may be added. `kentongan tail --help` describes them.
import { type Author, hexOf, Mark, NoticeCode, Reason } from '../../src/protocol/index.ts';
import type { Entry, RoomView } from '../sdk/index.ts';
import { dateOf } from './clock-face.ts';

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

/** A user. */
export interface AuthorJson {
  readonly name: string;
  /** 16 hex digits; the same as long as the name belongs to the same user. */
  readonly user: string;
  readonly mark: string;
  /** The words crossed the network unencrypted. */
  readonly plain: boolean;
}

/**
 * One line. `type` is `join`, `leave`, `chat`, `notice`, `removal`, `removed` or `unknown` for an entry; `gap`: entries
 * before `next` no longer exist; `reset`: the room began anew, what is held of it is void. Fields that do not apply are
 * absent.
 */
export interface LineJson {
  readonly type: Entry['kind']['type'] | 'gap' | 'reset';
  readonly room: string;
  /** 32 hex digits; a `seq` means something together with this. */
  readonly log: string;
  readonly seq?: number;
  /** ISO 8601, UTC, milliseconds: when the server stored it. */
  readonly time?: string;
  /** 32 hex digits, unique in the room. */
  readonly id?: string;
  readonly author?: AuthorJson;
  /** chat: what was said. leave: what the one who removed the author said, if anything. */
  readonly text?: string;
  /** chat: the seq that this answers, if any. */
  readonly replyTo?: number;
  /** leave. */
  readonly reason?: string;
  /** leave: who removed the author, if somebody did. */
  readonly by?: AuthorJson;
  /** notice. */
  readonly code?: string;
  readonly args?: readonly string[];
  /** removal: the seq of the entry that was erased. */
  readonly of?: number;
  /** gap: the seq of the next entry. */
  readonly next?: number;
}

/** An entry as one line. */
export function entryJson(entry: Entry, view: RoomView): LineJson {
  const { kind, author } = entry;
  return {
    type: kind.type,
    room: entry.room,
    log: hexOf(view.position.logId),
    seq: entry.seq,
    time: dateOf(entry.time).toISOString(),
    id: hexOf(entry.id),
    ...(author === undefined ? {} : { author: authorJson(author) }),
    ...kindJson(kind),
  };
}

/** Entries before `next` no longer exist. */
export function gapJson(view: RoomView, next: number): LineJson {
  return { type: 'gap', room: view.room, log: hexOf(view.position.logId), next };
}

/** The room began anew. */
export function resetJson(view: RoomView): LineJson {
  return { type: 'reset', room: view.room, log: hexOf(view.position.logId) };
}

function kindJson(kind: Entry['kind']): Partial<LineJson> {
  switch (kind.type) {
    case 'chat':
      return { text: kind.text, ...(kind.replyTo === 0 ? {} : { replyTo: kind.replyTo }) };
    case 'leave':
      return {
        ...(kind.text === '' ? {} : { text: kind.text }),
        reason: REASONS.get(kind.reason) ?? 'unknown',
        ...(kind.by === undefined ? {} : { by: authorJson(kind.by) }),
      };
    case 'notice':
      return { code: kind.code === NoticeCode.ANNOUNCEMENT ? 'announcement' : 'unknown', args: kind.args };
    case 'removal':
      return { of: kind.of };
    case 'join':
    case 'removed':
    case 'unknown':
      return {};
  }
}

function authorJson(author: Author): AuthorJson {
  return {
    name: author.name,
    user: hexOf(author.user),
    mark: MARKS.get(author.mark) ?? 'unknown',
    plain: author.plain,
  };
}
