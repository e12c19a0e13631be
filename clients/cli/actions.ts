// Owns what each command does in a conversation.
import { hexOf, Mark, PresenceState } from '../../src/protocol/index.ts';
import type { Member } from '../sdk/index.ts';
import { columnsOf } from './columns.ts';
import { type Command, firstWord, parseCommand } from './commands.ts';
import type { Conversation } from './conversation.ts';
import { nameStyle, PLAIN_SIGN, shownName } from './entry-lines.ts';
import { type Span, span } from './paragraph.ts';
import { safeText } from './safe-text.ts';
import type { ShownRoom } from './shown-room.ts';
import type { ChatTexts } from './texts.ts';

/**
 * Does what a line says. Resolves when it is done, but for what was said: that is on its way then.
 * What goes wrong is told, never thrown.
 */
export async function enterLine(conversation: Conversation, line: string): Promise<void> {
  try {
    await act(conversation, parseCommand(line), line);
  } catch (error) {
    conversation.speech.refuse(conversation.teller.why(error));
  }
}

async function act(conversation: Conversation, command: Command, line: string): Promise<void> {
  switch (command.do) {
    case 'nothing':
      return;
    case 'say':
      if (!inActive(conversation, (room) => conversation.speech.say(room, command.text)))
        conversation.speech.unsaid(command.text);
      return;
    case 'message':
      return message(conversation, command.name, command.text);
    case 'who':
      inActive(conversation, (room) => who(conversation, room));
      return;
    case 'rooms':
      return rooms(conversation);
    case 'join':
      return join(conversation, command.room);
    case 'leave':
      return leave(conversation, command.room);
    case 'history':
      return history(conversation, command.count);
    case 'quit':
      return conversation.goodbye();
    case 'help':
      help(conversation);
      return;
    case 'wrong':
      conversation.speech.refuse(wrongText(conversation, command, line));
  }
}

function wrongText({ teller }: Conversation, command: Command & { do: 'wrong' }, line: string): string {
  const { chat, targets } = teller.texts;
  switch (command.why) {
    case 'unknown':
      return chat.unknownCommand(safeText(firstWord(line)));
    case 'room':
      return targets.room(safeText(command.room));
    case 'needsName':
    case 'needsRoom':
    case 'badCount':
      return chat[command.why];
  }
}

/** False: there is no room, which is said. */
function inActive(conversation: Conversation, then: (room: ShownRoom) => void): boolean {
  const { active, teller } = conversation;
  if (active === undefined) conversation.speech.refuse(teller.texts.chat.noRoom);
  else then(active);
  return active !== undefined;
}

async function message(conversation: Conversation, name: string, text: string): Promise<void> {
  const room = await conversation.open(`@${name}`);
  if (room === undefined) {
    if (text === '') conversation.speech.miss();
    else conversation.speech.unsaid(text);
    return;
  }
  if (text !== '') {
    conversation.speech.say(room, text);
    return;
  }
  conversation.activate(room);
  conversation.teller.remark(conversation.teller.texts.chat.privateOpened(room.title.slice(1)), 'private');
}

async function join(conversation: Conversation, name: string): Promise<void> {
  const room = await conversation.open(name);
  if (room === undefined) {
    conversation.speech.miss();
    return;
  }
  conversation.activate(room);
  const { teller } = conversation;
  teller.remark(teller.texts.chat.roomNow(room.title, room.view.members.size));
}

async function leave(conversation: Conversation, name: string | undefined): Promise<void> {
  const { teller } = conversation;
  const room = name === undefined ? conversation.active : conversation.find(name);
  if (room !== undefined) return conversation.leave(room);
  const { chat } = teller.texts;
  conversation.speech.refuse(name === undefined ? chat.noRoom : chat.notInRoom(safeText(name)));
}

async function history(conversation: Conversation, count: number): Promise<void> {
  const { active: room, teller } = conversation;
  const { chat } = teller.texts;
  if (room === undefined) {
    conversation.speech.refuse(chat.noRoom);
    return;
  }
  const entries = await room.older(count);
  if (entries.length === 0) {
    teller.remark(chat.historyNothing);
    return;
  }
  teller.rule(chat.historyStart(room.title));
  conversation.printEntries(room, entries);
  teller.rule(chat.historyEnd);
}

function who({ teller }: Conversation, { title, view }: ShownRoom): void {
  const { chat } = teller.texts;
  const spans: Span[] = [span(`${chat.who(title, view.members.size)}: `, 'quiet')];
  const members = [...view.members.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const [at, member] of members.entries()) {
    spans.push(span(at === 0 ? '' : ', ', 'quiet'), span(shownName(member), nameStyle(member)));
    const notes = notesOf(member, teller.self, chat);
    if (notes !== '') spans.push(span(` (${notes})`, 'quiet'));
  }
  if (view.listeners > 0) spans.push(span(`; ${chat.listeners(view.listeners)}`, 'quiet'));
  teller.print([spans]);
}

function notesOf(member: Member, self: string, chat: ChatTexts): string {
  const isSelf = hexOf(member.user) === self;
  return [
    ...(isSelf ? [chat.whoYou] : []),
    ...(member.mark === Mark.BOUND ? [chat.whoBound] : []),
    ...(member.plain ? [chat.whoPlain(PLAIN_SIGN)] : []),
    ...(!isSelf && member.presence === PresenceState.HELD ? [chat.whoHeld] : []),
  ].join(', ');
}

async function rooms(conversation: Conversation): Promise<void> {
  const { teller } = conversation;
  const { chat } = teller.texts;
  const list = await conversation.client.rooms();
  teller.remark(chat.rooms);
  const width = Math.max(...list.map(({ room }) => columnsOf(safeText(room))), 0);
  for (const { room, members, newest } of list) {
    const name = safeText(room);
    const isOurs = conversation.find(room) !== undefined;
    teller.print([
      [
        span(`  ${name}`, isOurs ? 'strong' : 'plain'),
        span(`${' '.repeat(width - columnsOf(name) + 2)}${chat.roomLine(members, newest)}`, 'quiet'),
      ],
    ]);
  }
}

function help({ teller }: Conversation): void {
  const lines = teller.texts.chat.help;
  const width = Math.max(...lines.map(([command]) => columnsOf(command)));
  for (const [command, meaning] of lines) {
    teller.print([
      [span(`  ${command}${' '.repeat(width - columnsOf(command) + 2)}`, 'strong'), span(meaning, 'plain')],
    ]);
  }
}
