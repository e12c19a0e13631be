// The grammar of chat.log: one entry, one line.
import { decodeFrame, frameOf } from '../protocol/frame.ts';
import {
  type Author,
  type Frame,
  type Leave,
  type Notice,
  NoticeCode,
  Reason,
  type System,
} from '../protocol/gen/kentongan/v1/kentongan.ts';
import { escapeText, escapeWord } from '../texts/escape.ts';
import { formatLocalTime, localZone, type ZoneOffset } from './local-time.ts';

/**
 * One entry of a room as one line of chat.log, with its newline.
 *
 * ```text
 * line    = time SP room SP "#" seq SP event LF
 * time    = RFC 3339, local time with offset and milliseconds: 2026-11-22T19:03:11.245+07:00
 * room    = word                        ; the room's name; "~…" for a private room
 * seq     = 1*DIGIT                     ; the entry's number in its room, counted from 1
 * event   = "chat" SP name [SP "re" SP "#" seq] ":" SP text
 *         / "join" SP name
 *         / "leave" SP name SP reason [SP "by" SP name] [":" SP text]
 *         / "notice" SP notice ":" SP text
 *         / "removal" SP "#" seq        ; what that entry said was erased
 *         / "removed"                   ; stands where an entry was erased
 *         / "sealed" SP name            ; said, but encrypted between members
 *         / "unknown" SP name           ; a kind that this version does not know
 *         / "gap" SP "#" seq            ; entries from this one up to the line's own seq are not in this file
 * reason  = "left" / "lost" / "kicked" / "banned" / "ended" / "other"
 * notice  = "announcement" / 1*DIGIT    ; the number of a code that this version does not know
 * name    = word / "-"                  ; "-": the entry has no author
 * word    = 1*(any character but space, colon and those that are escaped)
 * text    = *(any character but those that are escaped)
 * ```
 *
 * Escaped, wherever they come from: control characters (U+0000–U+001F, U+007F–U+009F), U+2028 and U+2029,
 * format characters (among them the bidirectional controls U+061C, U+200E, U+200F, U+202A–U+202E and
 * U+2066–U+2069) and other characters that are invisible by design, except U+200C, U+200D and
 * U+FE00–U+FE0F; the backslash; in a word spaces and colons, too. They become `\n`, `\r`, `\t`, `\\` or
 * `\u{hex}`. So a line always begins with a time that the server wrote, no content can start another one or
 * colour it, and every text can be read back.
 *
 * Within one log of a room `seq` only grows. With the memory engine each start of the server begins new logs
 * and the file is continued: `seq` starts at 1 again.
 */
export function chatLine(entry: Frame, zone: ZoneOffset = localZone): string {
  return `${formatLocalTime(entry.time, zone)} ${escapeWord(entry.room)} #${entry.seq} ${event(entry)}\n`;
}

/** The line for entries of a room that were gone before they could be written. Both ends are meant. */
export function gapLine(room: string, first: number, last: number, now: number, zone?: ZoneOffset): string {
  return `${formatLocalTime(now, zone)} ${escapeWord(room)} #${last} gap #${first}\n`;
}

/** An entry that can not be read is one of an unknown kind: its line says that there is something. */
export function readEntry(payload: Uint8Array): Frame {
  try {
    return decodeFrame(payload);
  } catch {
    return frameOf({ $case: 'system', value: { kind: undefined } });
  }
}

function event(entry: Frame): string {
  const name = word(entry.author);
  switch (entry.kind?.$case) {
    case 'chat': {
      const { content, replyTo } = entry.kind.value;
      if (content === undefined) return `unknown ${name}`;
      if (content.$case === 'sealed') return `sealed ${name}`;
      return `chat ${name}${replyTo === 0 ? '' : ` re #${replyTo}`}: ${escapeText(content.value)}`;
    }
    case 'join':
      return `join ${name}`;
    case 'leave':
      return leave(name, entry.kind.value);
    case 'system':
      return system(entry.kind.value) ?? `unknown ${name}`;
    case undefined:
      return `unknown ${name}`;
  }
}

const REASONS: Readonly<Record<number, string>> = {
  [Reason.LEFT]: 'left',
  [Reason.LOST]: 'lost',
  [Reason.KICKED]: 'kicked',
  [Reason.BANNED]: 'banned',
  [Reason.ENDED]: 'ended',
};

function leave(name: string, { reason, by, text }: Leave): string {
  const who = by === undefined ? '' : ` by ${word(by)}`;
  return `leave ${name} ${REASONS[reason] ?? 'other'}${who}${text === '' ? '' : `: ${escapeText(text)}`}`;
}

function system({ kind }: System): string | undefined {
  switch (kind?.$case) {
    case 'notice':
      return notice(kind.value);
    case 'removal':
      return `removal #${kind.value.of}`;
    case 'removed':
      return 'removed';
    default:
      return undefined;
  }
}

function notice({ code, args }: Notice): string {
  const what = code === NoticeCode.ANNOUNCEMENT ? 'announcement' : String(code);
  return `notice ${what}: ${escapeText(args.join(' '))}`;
}

function word(author: Author | undefined): string {
  return author === undefined || author.name === '' ? '-' : escapeWord(author.name);
}
