// chat.log and its rotations against the log: docs/chat-log.md, read by somebody who knows only that page.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Frame, Reason } from '../../src/protocol/index.ts';
import { unescapeText } from '../support/unescape.ts';
import type { Book } from './book.ts';
import type { Findings } from './finding.ts';

/** What has to be escaped: controls, separators, and what is invisible. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const LINE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d) (\S+) #(\d+) (.*)$/;
const REASONS: Readonly<Record<number, string>> = { [Reason.LEFT]: 'left', [Reason.LOST]: 'lost' };

/** Every entry of every public room has its line, once and in order; no line stands for anything else. */
export function compareChatLog(path: string, books: readonly Book[], findings: Findings): void {
  const text = textOf(path);
  if (text !== '' && !text.endsWith('\n')) findings.add('chat.log', 'the last line has no end');
  const byRoom = new Map<string, string[]>();
  for (const line of text.split('\n').slice(0, -1)) {
    const [, , room = ''] = LINE.exec(line) ?? [];
    if (room === '') findings.add('chat.log', `no line at all: ${shown(line)}`);
    else if (byRoom.get(room)?.push(line) === undefined) byRoom.set(room, [line]);
  }
  for (const book of books) {
    if (!book.room.startsWith('~')) compareRoom(book, byRoom.get(book.room) ?? [], findings);
    byRoom.delete(book.room);
  }
  for (const room of byRoom.keys()) findings.add('chat.log', `has lines of ${room}`);
}

function compareRoom(book: Book, lines: readonly string[], findings: Findings): void {
  let at = 0;
  for (const entry of book.entries()) {
    const line = lines[at++] ?? '';
    const wrong = differs(line, entry);
    if (wrong === undefined) continue;
    findings.add('chat.log', `${book.room} #${entry.seq} ${wrong}: ${shown(line)}`);
    // Everything behind a hole or a double would be wrong, too.
    return;
  }
  if (lines.length > at) {
    findings.add('chat.log', `${book.room} has ${lines.length - at} lines more: ${shown(lines[at] ?? '')}`);
  }
}

/** What is wrong with an entry's line; undefined: nothing. */
function differs(line: string, entry: Frame): string | undefined {
  const [, time = '', , seq, event = ''] = LINE.exec(line) ?? [];
  if (Number(seq) !== entry.seq) return 'is missing or out of its place';
  if (Date.parse(time) !== entry.time || !time.endsWith('+07:00')) return 'has another time';
  if (UNSAFE.test(line)) return 'is not harmless';
  return unescapeText(event) === eventOf(entry) ? undefined : 'says something else';
}

/** The event, nothing escaped; the names here need no escapes. */
function eventOf({ kind, author }: Frame): string {
  switch (kind?.$case) {
    case 'chat': {
      const { content, replyTo } = kind.value;
      const text = content?.$case === 'text' ? content.value : '';
      return `chat ${author?.name}${replyTo === 0 ? '' : ` re #${replyTo}`}: ${text}`;
    }
    case 'join':
      return `join ${author?.name}`;
    case 'leave':
      return `leave ${author?.name} ${REASONS[kind.value.reason]}`;
    default:
      return '?';
  }
}

function shown(line: string): string {
  return JSON.stringify(line.slice(0, 120)).replaceAll(/(\\u0000){4,}/g, '…zeros…');
}

/** All of it, the oldest file first. */
function textOf(path: string): string {
  const folder = dirname(path);
  const numbers = readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(path)}.`))
    .map((name) => Number(name.slice(basename(path).length + 1)))
    .filter((number) => Number.isSafeInteger(number))
    .toSorted((a, b) => b - a);
  const files = [...numbers.map((number) => `${path}.${number}`), path];
  return files
    .filter((file) => existsSync(join(file)))
    .map((file) => readFileSync(file, 'utf8'))
    .join('');
}
