// A terminal of a few control sequences, for tests: what it does not know it refuses.
import { EventEmitter } from 'node:events';
import type { WriteStream } from 'node:tty';
import { characterColumns } from '../../../clients/cli/columns.ts';

const ESC = String.fromCharCode(27);
/** A control sequence with its parameters and its final letter, or one character. */
const TOKENS = new RegExp(`${ESC}\\[(\\??[0-9;]*)([A-Za-z])|[^]`, 'gu');

/** Rows as they stand, the oldest first; nothing ever scrolls out. Narrowing wraps rows again, as terminals do. */
export class TerminalEmulator extends EventEmitter {
  columns: number;
  readonly isTTY = true;
  #rows: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    super();
    this.columns = columns;
  }

  /** As the stream that it stands for. */
  get stream(): WriteStream {
    return this as unknown as WriteStream;
  }

  /** The rows as text, without spaces at their ends. */
  get text(): string[] {
    return this.#rows.map((row) => row.join('').trimEnd());
  }

  get cursor(): { readonly row: number; readonly column: number } {
    return { row: this.#row, column: this.#column };
  }

  resize(columns: number): void {
    const cursor = { row: this.#row, column: this.#column };
    const old = this.#rows;
    this.#rows = [];
    for (const [at, row] of old.entries()) {
      const pieces = piecesOf(row, columns);
      if (at === cursor.row) {
        const down = Math.floor(cursor.column / columns);
        this.#row = this.#rows.length + down;
        this.#column = cursor.column % columns;
        while (pieces.length <= down) pieces.push([]);
      }
      this.#rows.push(...pieces);
    }
    this.columns = columns;
    this.emit('resize');
  }

  write(text: string): boolean {
    const tokens = text.matchAll(TOKENS);
    for (const [token, parameters, final] of tokens) {
      if (final !== undefined) this.#control(parameters ?? '', final);
      else if (token === '\r') this.#column = 0;
      else if (token === '\n') this.#lineFeed();
      else this.#draw(token);
    }
    return true;
  }

  #control(parameters: string, final: string): void {
    const count = Number(parameters === '' ? '1' : parameters);
    switch (final) {
      case 'A':
        this.#row = Math.max(0, this.#row - count);
        return;
      case 'C':
        this.#column = Math.min(this.columns - 1, this.#column + count);
        return;
      case 'J':
        this.#rows = this.#rows.slice(0, this.#row + 1);
        this.#rows[this.#row] = this.#current.slice(0, this.#column);
        return;
      case 'm':
      case 'h':
      case 'l':
        return;
      default:
        throw new Error(`unknown control sequence ${parameters}${final}`);
    }
  }

  #draw(character: string): void {
    if (/\p{Cc}/u.test(character)) throw new Error(`a control character ${character.codePointAt(0)}`);
    const width = characterColumns(character);
    if (this.#column + width > this.columns) {
      this.#lineFeed();
      this.#column = 0;
    }
    const row = this.#current;
    if (width === 0) {
      row[this.#column - 1] += character;
      return;
    }
    row[this.#column] = character;
    if (width === 2) row[this.#column + 1] = '';
    this.#column += width;
  }

  #lineFeed(): void {
    this.#row++;
    while (this.#rows.length <= this.#row) this.#rows.push([]);
  }

  get #current(): string[] {
    const row = this.#rows[this.#row];
    if (row === undefined) throw new Error('outside');
    return row;
  }
}

function piecesOf(row: readonly string[], columns: number): string[][] {
  const pieces: string[][] = [];
  for (let at = 0; at === 0 || at < row.length; at += columns) pieces.push(row.slice(at, at + columns));
  return pieces;
}
