// Owns how an entry of a log looks to a person.
import { type Author, hexOf, Mark, NoticeCode, Reason } from '../../src/protocol/index.ts';
import type { Entry } from '../sdk/index.ts';
import { type Paragraph, type Span, type Style, span } from './paragraph.ts';
import { safeLines, safeText } from './safe-text.ts';
import type { LineTexts } from './texts.ts';

/** What an entry is shown with. */
export interface Setting {
  readonly texts: LineTexts;
  /** What stands before the entry: the time, and the room where several are shown. Safe. */
  readonly head: string;
  /** The other one of a private room. */
  readonly peer: Author | undefined;
  /** The user of this client, in hexadecimal; '' when it has none. */
  readonly self: string;
}

const NAME_STYLES: readonly Style[] = ['name0', 'name1', 'name2', 'name3', 'name4', 'name5'];

/** The same user has the same colour everywhere. */
export function nameStyle(author: Author): Style {
  return NAME_STYLES[(author.user[0] ?? 0) % NAME_STYLES.length] ?? 'plain';
}

/** Behind the name of a user whose words cross the network unencrypted. No name can have it. */
export const PLAIN_SIGN = '!';

/** A name, safe, with its sign if it has one. */
export function shownName({ name, plain }: Author): string {
  return `${safeText(name)}${plain ? PLAIN_SIGN : ''}`;
}

/** One entry. Everything that others wrote in it has become safe. */
export function entryParagraph(entry: Entry, setting: Setting): Paragraph {
  const { texts } = setting;
  const head = span(setting.head, 'quiet');
  const { kind } = entry;
  switch (kind.type) {
    case 'chat':
      return chat(entry.author, kind, setting);
    case 'join':
      return [[head, span(`* ${joining(entry.author, texts)}`, 'quiet')]];
    case 'leave':
      return [[head, span(`* ${leaving(entry.author, kind, texts)}`, 'quiet')]];
    case 'notice':
      return notice(head, kind, texts);
    case 'removal':
      return [[head, span(`* ${texts.removal(kind.of)}`, 'quiet')]];
    case 'removed':
      return [[head, span(`* ${texts.removed}`, 'quiet')]];
    case 'unknown':
      return [[head, span(`* ${texts.unknown}`, 'quiet')]];
  }
}

type Kind<Type extends Entry['kind']['type']> = Extract<Entry['kind'], { readonly type: Type }>;

function chat(author: Author | undefined, kind: Kind<'chat'>, setting: Setting): Paragraph {
  const { texts } = setting;
  const [first = '', ...more] = safeLines(kind.text);
  const answers = kind.replyTo === 0 ? [] : [span(`(${texts.answers(kind.replyTo)}) `, 'quiet')];
  const style: Style = setting.peer === undefined ? 'plain' : 'private';
  return [
    [span(setting.head, 'quiet'), ...speaker(author, setting), ...answers, span(first, style)],
    ...more.map((line) => [span(line, style)]),
  ];
}

function speaker(author: Author | undefined, { texts, peer, self }: Setting): Span[] {
  const name = nameOf(author, texts);
  const isSelf = author !== undefined && hexOf(author.user) === self;
  if (peer !== undefined) {
    const other = nameOf(peer, texts);
    const arrow = isSelf ? `${texts.you} → ${other}` : `${name} → ${texts.you}`;
    return [span(`[${arrow}] `, 'private')];
  }
  const program = author?.mark === Mark.SERVICE ? [span(` (${texts.program})`, 'quiet')] : [];
  return [
    span(name, isSelf || author === undefined ? 'own' : nameStyle(author)),
    ...program,
    span(': ', 'quiet'),
  ];
}

function joining(author: Author | undefined, texts: LineTexts): string {
  const notes = [
    ...(author?.mark === Mark.BOUND ? [texts.bound] : []),
    ...(author?.plain === true ? [texts.plain] : []),
  ];
  return texts.joined(nameOf(author, texts), notes.join(', '));
}

function leaving(author: Author | undefined, { reason, by, text }: Kind<'leave'>, texts: LineTexts): string {
  const name = nameOf(author, texts);
  const who = by === undefined ? '' : safeText(by.name);
  switch (reason) {
    case Reason.LOST:
      return texts.lost(name);
    case Reason.KICKED:
      return texts.kicked(name, who, safeText(text));
    case Reason.BANNED:
      return texts.banned(name, who, safeText(text));
    case Reason.ENDED:
      return texts.ended(name);
    default:
      return texts.left(name);
  }
}

function notice(head: Span, kind: Kind<'notice'>, texts: LineTexts): Paragraph {
  if (kind.code !== NoticeCode.ANNOUNCEMENT) return [[head, span(`* ${texts.unknown}`, 'quiet')]];
  const [first = '', ...more] = safeLines(kind.args[0] ?? '');
  return [
    [head, span(`* ${texts.announcement(first)}`, 'strong')],
    ...more.map((line) => [span(line, 'strong')]),
  ];
}

function nameOf(author: Author | undefined, texts: LineTexts): string {
  // Of somebody who has gone for good the server may know no name any more.
  return author === undefined || author.name === '' ? texts.nobody : shownName(author);
}
