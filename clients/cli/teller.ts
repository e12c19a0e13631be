// Owns how a conversation tells the person something.
import type { ClientError, Entry } from '../sdk/index.ts';
import { ClockFace } from './clock-face.ts';
import { entryParagraph } from './entry-lines.ts';
import { type Circumstances, errorText } from './errors.ts';
import { type Paragraph, remark, type Span, type Style } from './paragraph.ts';
import type { ShownRoom } from './shown-room.ts';
import type { Texts } from './texts.ts';

/** Where a conversation appears. */
export interface Display {
  print(paragraph: Paragraph): void;
  /** What stands before the line that the person writes. */
  prompt(prompt: readonly Span[]): void;
}

/** A complaint of the server that ended is not said again sooner. */
const FAULT_REPEAT_MS = 5_000;

export class Teller {
  readonly texts: Texts;
  /** The user of this client, in hexadecimal. */
  self = '';
  readonly #display: Display;
  readonly #place: Circumstances;
  readonly #face: ClockFace;
  readonly #faultsShown = new Map<number, number>();
  /** The rooms for which a refusal holds since it was said, by its code. */
  readonly #standing = new Map<number, Set<string>>();

  constructor(display: Display, place: Circumstances, texts: Texts) {
    this.texts = texts;
    this.#display = display;
    this.#place = place;
    this.#face = new ClockFace(texts.locale, new Date());
  }

  print(paragraph: Paragraph): void {
    this.#display.print(paragraph);
  }

  /** Our own words, a paragraph for each line. */
  remark(text: string, style: Style = 'quiet'): void {
    for (const line of text.split('\n')) this.#display.print(remark(line, style));
  }

  rule(text: string): void {
    this.remark(`── ${text} ──`);
  }

  /** What an error means, and what to do. */
  why(error: unknown): string {
    return errorText(error, this.#place, this.texts);
  }

  complain(error: unknown): void {
    this.remark(this.why(error), 'alarm');
  }

  /** A refusal that concerns no request that we wait for; what is tried again is said once until it changes. */
  fault(error: ClientError): void {
    const standing = this.#standing.get(error.code) ?? new Set();
    if (standing.size > 0) {
      standing.add(error.room);
      return;
    }
    const now = Date.now();
    if (now - (this.#faultsShown.get(error.code) ?? 0) < FAULT_REPEAT_MS) return;
    this.#faultsShown.set(error.code, now);
    this.#standing.set(error.code, standing.add(error.room));
    this.complain(error);
  }

  /** The server takes things in this room again. */
  taken(room: string): void {
    for (const rooms of this.#standing.values()) rooms.delete(room);
  }

  /** `isNamed`: say which room it is from. */
  entry(entry: Entry, room: ShownRoom, isNamed: boolean): void {
    const day = this.#face.newDay(entry.time);
    if (day !== undefined) this.rule(day);
    this.print(
      entryParagraph(entry, {
        texts: this.texts.lines,
        head: `${this.#face.time(entry.time)} ${isNamed && !room.isPrivate ? `${room.title} ` : ''}`,
        peer: room.view.peer,
        self: this.self,
      }),
    );
  }
}
