// Owns what a line typed into the chat means.
import { parseRoom, TargetError } from './target.ts';

/** What the person wants. */
export type Command =
  | { readonly do: 'nothing' }
  | { readonly do: 'say'; readonly text: string }
  /** Without a text: go on with that person. */
  | { readonly do: 'message'; readonly name: string; readonly text: string }
  | { readonly do: 'who' }
  | { readonly do: 'rooms' }
  | { readonly do: 'join'; readonly room: string }
  | { readonly do: 'leave'; readonly room: string | undefined }
  | { readonly do: 'history'; readonly count: number }
  | { readonly do: 'quit' }
  | { readonly do: 'help' }
  | { readonly do: 'wrong'; readonly why: 'unknown' | 'needsName' | 'needsRoom' | 'badCount' }
  | { readonly do: 'wrong'; readonly why: 'room'; readonly room: string };

/** The commands, with their slash, as they are completed. */
export const COMMANDS: readonly string[] = [
  '/msg',
  '/who',
  '/rooms',
  '/join',
  '/leave',
  '/history',
  '/quit',
  '/help',
];

const HISTORY_DEFAULT = 20;
const HISTORY_MAX = 500;

/** The first word of a line, as it was typed; for the hint about an unknown command. */
export function firstWord(line: string): string {
  return /^\S+/.exec(line)?.[0] ?? '';
}

/** Reads a line. Two slashes begin a message that begins with one. Never throws. */
export function parseCommand(line: string): Command {
  const text = line.trimEnd();
  if (text === '') return { do: 'nothing' };
  if (text.startsWith('//')) return { do: 'say', text: text.slice(1) };
  if (!text.startsWith('/')) return { do: 'say', text };
  const word = firstWord(text);
  const rest = text.slice(word.length).trimStart();
  switch (word.toLowerCase()) {
    case '/msg':
      return parseMessage(rest);
    case '/who':
      return { do: 'who' };
    case '/rooms':
      return { do: 'rooms' };
    case '/join':
      return rest === '' ? { do: 'wrong', why: 'needsRoom' } : parseJoin(firstWord(rest));
    case '/leave':
      return parseLeave(firstWord(rest));
    case '/history':
      return parseHistory(rest);
    case '/quit':
      return { do: 'quit' };
    case '/help':
      return { do: 'help' };
    default:
      return { do: 'wrong', why: 'unknown' };
  }
}

function parseMessage(rest: string): Command {
  const word = firstWord(rest);
  const name = word.startsWith('@') ? word.slice(1) : word;
  if (name === '') return { do: 'wrong', why: 'needsName' };
  return { do: 'message', name, text: rest.slice(word.length).trimStart() };
}

function parseJoin(word: string): Command {
  if (word.startsWith('@')) return parseMessage(word);
  return withRoom(word, (room) => ({ do: 'join', room }));
}

function parseLeave(word: string): Command {
  return word === '' ? { do: 'leave', room: undefined } : withRoom(word, (room) => ({ do: 'leave', room }));
}

function withRoom(word: string, then: (room: string) => Command): Command {
  try {
    return then(parseRoom(word));
  } catch (error) {
    if (error instanceof TargetError) return { do: 'wrong', why: 'room', room: word };
    throw error;
  }
}

function parseHistory(rest: string): Command {
  if (rest === '') return { do: 'history', count: HISTORY_DEFAULT };
  const count = Number(rest);
  if (!/^\d+$/.test(rest) || count === 0) return { do: 'wrong', why: 'badCount' };
  return { do: 'history', count: Math.min(count, HISTORY_MAX) };
}
