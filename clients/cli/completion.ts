// Owns what the Tab key offers.
import { COMMANDS } from './commands.ts';
import type { Completion } from './editor.ts';
import type { Line } from './line.ts';

/** What can be completed beside commands. */
export interface Names {
  /** People who are here. */
  readonly people: readonly string[];
  /** Rooms that are known. */
  readonly rooms: readonly string[];
}

const NOTHING: Completion = { from: 0, candidates: [] };

/** Commands at the start, rooms and people behind commands that take them, people anywhere else. */
export function complete(line: Line, names: Names): Completion {
  const before = line.text.slice(0, line.cursor);
  if (/^\/\S*$/.test(before)) return matching(0, before, COMMANDS, ' ');
  const argument = /^\/(join|leave|msg)\s+@?(\S*)$/i.exec(before);
  if (argument !== null) {
    const written = argument[2] ?? '';
    const wanted =
      argument[1]?.toLowerCase() === 'msg' || before.at(-1 - written.length) === '@'
        ? names.people
        : names.rooms;
    return matching(line.cursor - written.length, written, wanted, ' ');
  }
  const written = /[^\s@]+$/.exec(before)?.[0] ?? '';
  if (written === '') return NOTHING;
  const from = line.cursor - written.length;
  return matching(from, written, names.people, from === 0 ? ': ' : ' ');
}

function matching(from: number, written: string, all: readonly string[], end: string): Completion {
  const start = written.toLowerCase();
  const found = all.filter((name) => name.toLowerCase().startsWith(start)).toSorted();
  return { from, candidates: [...new Set(found)].map((name) => name + end) };
}
