// An entry of a room's log, as an application sees it.
import type { Author, Frame, NoticeCode, Reason, System } from '../../src/protocol/index.ts';
import { copyOf } from './bytes.ts';

/** What an entry says. `unknown` is a kind or a content that this version does not know: skip it. */
export type EntryKind =
  | { readonly type: 'join' }
  | { readonly type: 'leave'; readonly reason: Reason; readonly by?: Author; readonly text: string }
  /** `replyTo`: the seq that this answers, 0 = none. `text` is what somebody wrote: neutralise it for terminals. */
  | { readonly type: 'chat'; readonly text: string; readonly replyTo: number }
  | { readonly type: 'notice'; readonly code: NoticeCode; readonly args: readonly string[] }
  /** What entry `of` said was erased: forget what is kept of it, and show it no more. */
  | { readonly type: 'removal'; readonly of: number }
  /** Something that was erased stood here. */
  | { readonly type: 'removed' }
  | { readonly type: 'unknown' };

export interface Entry {
  readonly room: string;
  /** Position in the room's log, from 1. */
  readonly seq: number;
  /** When it was stored, milliseconds since 1970. For people; orders nothing. */
  readonly time: number;
  /** Prefix of the log's hash chain at this entry, 0 = the server offers none. */
  readonly check: number;
  readonly author?: Author;
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly kind: EntryKind;
}

/** Reads an entry out of a frame with `seq` ≠ 0. Nothing in it is a view of the frame's bytes. */
export function entryOf(frame: Frame, room: string = frame.room): Entry {
  const { seq, time, check } = frame;
  return {
    room,
    seq,
    time,
    check,
    ...(frame.author === undefined ? {} : { author: authorOf(frame.author) }),
    id: copyOf(frame.id),
    kind: kindOf(frame),
  };
}

/** The same author without a hold on the bytes of a frame. */
export function authorOf(author: Author): Author {
  return { name: author.name, user: copyOf(author.user), mark: author.mark, plain: author.plain };
}

function kindOf({ kind }: Frame): EntryKind {
  switch (kind?.$case) {
    case 'join':
      return { type: 'join' };
    case 'leave': {
      const { reason, by, text } = kind.value;
      return { type: 'leave', reason, ...(by === undefined ? {} : { by: authorOf(by) }), text };
    }
    case 'chat': {
      const { content, replyTo } = kind.value;
      return content?.$case === 'text' ? { type: 'chat', text: content.value, replyTo } : { type: 'unknown' };
    }
    case 'system':
      return systemKindOf(kind.value);
    case undefined:
      return { type: 'unknown' };
  }
}

function systemKindOf({ kind }: System): EntryKind {
  switch (kind?.$case) {
    case 'notice':
      return { type: 'notice', code: kind.value.code, args: kind.value.args };
    case 'removal':
      return { type: 'removal', of: kind.value.of };
    case 'removed':
      return { type: 'removed' };
    default:
      return { type: 'unknown' };
  }
}
