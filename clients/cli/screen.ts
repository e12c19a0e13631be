// Owns the terminal: what is said goes up, the prompt stays in the last row, and neither tears the other.
import type { WriteStream } from 'node:tty';
import { EMPTY_LINE, type Line } from './line.ts';
import { type Paragraph, paint, type Span, wrap } from './paragraph.ts';
import { promptRow } from './prompt-row.ts';

/** What is drawn in the last row. The cursor stands in it. */
interface Drawn {
  readonly columns: number;
  readonly cursor: number;
}

const ESC = '\u001b';
const BRACKETED_PASTE_ON = `${ESC}[?2004h`;
const BRACKETED_PASTE_OFF = `${ESC}[?2004l`;
const CLEAR_BELOW = `${ESC}[J`;
const COLUMNS_DEFAULT = 80;
/** Paragraphs that may wait for the next write. */
const WAITING_MAX = 500;

/**
 * Invariant: between two writes the cursor is in the prompt's row and everything above it is whole rows.
 * Every write erases the prompt, adds rows above, and draws the prompt again: one write, so that no terminal
 * shows a state between.
 */
export class Screen {
  readonly #out: WriteStream;
  readonly #colour: boolean;
  readonly #onResize = (): void => this.#write();
  #waiting: Paragraph[] = [];
  #scheduled: NodeJS.Immediate | undefined;
  #prompt: readonly Span[] = [];
  #line: Line = EMPTY_LINE;
  #drawn: Drawn | undefined;
  #open = false;

  constructor(out: WriteStream, colour: boolean) {
    this.#out = out;
    this.#colour = colour;
  }

  /** Takes the terminal. */
  open(): void {
    this.#open = true;
    this.#out.on('resize', this.#onResize);
    this.#out.write(BRACKETED_PASTE_ON);
    this.#write();
  }

  /** Gives the terminal back: the prompt disappears, the cursor is in an empty row. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#out.off('resize', this.#onResize);
    this.#write();
    this.#out.write(BRACKETED_PASTE_OFF);
  }

  /** Shows something above the prompt, soon. */
  print(paragraph: Paragraph): void {
    this.#waiting.push(paragraph);
    if (this.#waiting.length >= WAITING_MAX) this.#write();
    else this.#schedule();
  }

  /** Shows another prompt or another state of the line, at once. */
  prompt(prompt: readonly Span[], line: Line): void {
    this.#prompt = prompt;
    this.#line = line;
    if (this.#open) this.#write();
  }

  /** Empties the screen but for the prompt. */
  clear(): void {
    this.#drawn = undefined;
    this.#out.write(`${ESC}[H${CLEAR_BELOW}`);
    this.#write();
  }

  #schedule(): void {
    this.#scheduled ??= setImmediate(() => this.#write());
  }

  #write(): void {
    if (this.#scheduled !== undefined) clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    const columns = this.#out.columns > 0 ? this.#out.columns : COLUMNS_DEFAULT;
    let text = this.#erasure(columns);
    for (const paragraph of this.#waiting) {
      for (const row of wrap(paragraph, columns)) text += `${paint(row, this.#colour)}\r\n`;
    }
    this.#waiting = [];
    if (this.#open) {
      const row = promptRow(this.#prompt, this.#line, columns);
      text += paint(row.spans, this.#colour);
      text += row.cursor === 0 ? '\r' : `\r${ESC}[${row.cursor}C`;
      this.#drawn = { columns: row.columns, cursor: row.cursor };
    }
    if (text !== '') this.#out.write(text);
  }

  /** Terminals wrap rows again when they become narrower: the prompt may have become several rows. */
  #erasure(columns: number): string {
    if (this.#drawn === undefined) return '';
    const up = Math.floor(this.#drawn.cursor / columns);
    this.#drawn = undefined;
    return `${up > 0 ? `${ESC}[${up}A` : ''}\r${CLEAR_BELOW}`;
  }
}
