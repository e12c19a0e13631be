// Owns the line that the person is writing: from key presses to entered lines. Draws nothing.
import {
  type Cut,
  cutBack,
  cutForward,
  cutToEnd,
  cutToStart,
  cutWordBack,
  cutWordForward,
  EMPTY_LINE,
  insert,
  type Line,
  left,
  lineOf,
  replaceBack,
  right,
  toEnd,
  toStart,
  wordLeft,
  wordRight,
} from './line.ts';
import { Recall } from './recall.ts';

/** A key press as node:readline tells it. */
export interface Key {
  /** What was typed, if it was text. */
  readonly text: string;
  readonly name?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
}

/** What could stand in the place of `line.slice(from, cursor)`. */
export interface Completion {
  readonly from: number;
  readonly candidates: readonly string[];
}

/** What a key press led to, beside a changed line. */
export type Outcome =
  | { readonly is: 'changed' }
  | { readonly is: 'entered'; readonly text: string }
  /** Several completions: show them. */
  | { readonly is: 'choices'; readonly candidates: readonly string[] }
  | { readonly is: 'redraw' }
  | { readonly is: 'suspend' }
  | { readonly is: 'leave' };

const CHANGED: Outcome = { is: 'changed' };

/** Longer than any message; what is pasted beyond is not taken in. */
const LINE_UNITS_MAX = 65_536;

const MOVES: Readonly<Record<string, (line: Line) => Line>> = {
  left,
  right,
  home: toStart,
  end: toEnd,
  'ctrl-b': left,
  'ctrl-f': right,
  'ctrl-a': toStart,
  'ctrl-e': toEnd,
  'ctrl-left': wordLeft,
  'ctrl-right': wordRight,
  'meta-left': wordLeft,
  'meta-right': wordRight,
  'meta-b': wordLeft,
  'meta-f': wordRight,
};

const ERASURES: Readonly<Record<string, (line: Line) => Cut>> = {
  backspace: cutBack,
  'ctrl-h': cutBack,
  delete: cutForward,
};

const CUTS: Readonly<Record<string, (line: Line) => Cut>> = {
  'ctrl-w': cutWordBack,
  'meta-backspace': cutWordBack,
  'ctrl-backspace': cutWordBack,
  'meta-d': cutWordForward,
  'ctrl-delete': cutWordForward,
  'ctrl-u': cutToStart,
  'ctrl-k': cutToEnd,
};

/** What never belongs into a line; line ends of pasted text stay. */
const UNWANTED = /[\p{Cc}\p{Cs}]/gu;

export class LineEditor {
  line: Line = EMPTY_LINE;
  readonly #complete: (line: Line) => Completion;
  readonly #recall = new Recall();
  #cut = '';
  #pasting = false;

  constructor(complete: (line: Line) => Completion) {
    this.#complete = complete;
  }

  press(key: Key): Outcome {
    const name = nameOf(key);
    if (name === 'paste-start' || name === 'paste-end') {
      this.#pasting = name === 'paste-start';
      return CHANGED;
    }
    if (this.#pasting) return this.#paste(key, name);
    return this.#control(name) ?? this.#edit(name) ?? this.#type(key);
  }

  #control(name: string): Outcome | undefined {
    switch (name) {
      case 'return':
      case 'enter':
        return this.#enter();
      case 'ctrl-c':
        return { is: 'leave' };
      case 'ctrl-d':
        if (this.line.text === '') return { is: 'leave' };
        this.line = cutForward(this.line).line;
        return CHANGED;
      case 'ctrl-z':
        return { is: 'suspend' };
      case 'ctrl-l':
        return { is: 'redraw' };
      case 'tab':
        return this.#tab();
      default:
        return undefined;
    }
  }

  #edit(name: string): Outcome | undefined {
    const move = MOVES[name];
    if (move !== undefined) {
      this.line = move(this.line);
      return CHANGED;
    }
    const erase = ERASURES[name];
    if (erase !== undefined) {
      this.line = erase(this.line).line;
      return CHANGED;
    }
    const cut = CUTS[name]?.(this.line);
    if (cut !== undefined) {
      this.line = cut.line;
      if (cut.cut !== '') this.#cut = cut.cut;
      return CHANGED;
    }
    if (name === 'ctrl-y') {
      this.#insert(this.#cut);
      return CHANGED;
    }
    return this.#walk(name);
  }

  #walk(name: string): Outcome | undefined {
    const isOlder = name === 'up' || name === 'ctrl-p';
    if (!isOlder && name !== 'down' && name !== 'ctrl-n') return undefined;
    const text = isOlder ? this.#recall.older(this.line.text) : this.#recall.newer();
    if (text !== undefined) this.line = lineOf(text);
    return CHANGED;
  }

  #type(key: Key): Outcome {
    if (key.ctrl !== true && key.meta !== true) this.#insert(key.text.replace(UNWANTED, ''));
    return CHANGED;
  }

  #paste(key: Key, name: string): Outcome {
    if (name === 'return' || name === 'enter') this.#insert('\n');
    else if (name === 'tab') this.#insert('    ');
    else this.#insert(key.text.replace(UNWANTED, ''));
    return CHANGED;
  }

  #insert(text: string): void {
    const free = LINE_UNITS_MAX - this.line.text.length;
    if (text.length <= free) this.line = insert(this.line, text);
  }

  #enter(): Outcome {
    const { text } = this.line;
    this.#recall.add(text);
    this.line = EMPTY_LINE;
    return { is: 'entered', text };
  }

  #tab(): Outcome {
    const { from, candidates } = this.#complete(this.line);
    const written = this.line.text.slice(from, this.line.cursor);
    const common = commonStart(candidates);
    if (common.length >= written.length && common !== written) {
      this.line = replaceBack(this.line, from, common);
      return CHANGED;
    }
    return candidates.length > 1 ? { is: 'choices', candidates } : CHANGED;
  }
}

function nameOf(key: Key): string {
  const name = key.name ?? '';
  if (key.ctrl === true) return `ctrl-${name}`;
  return key.meta === true ? `meta-${name}` : name;
}

function commonStart(candidates: readonly string[]): string {
  const [first = '', ...others] = candidates;
  let common = [...first];
  for (const other of others) {
    const characters = [...other];
    const differs = common.findIndex((character, at) => character !== characters[at]);
    if (differs >= 0) common = common.slice(0, differs);
  }
  return common.join('');
}
