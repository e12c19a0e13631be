// Owns the reads that are under way: few at a time, so that live messages never wait behind a pile of pages.
import type { Page, ToReader } from './messages.ts';

/** Pages that are asked for at one time; the others wait in order. */
const UNDER_WAY_MAX = 4;

type Request = Omit<ToReader & { do: 'read' }, 'do' | 'read'>;

interface Read {
  readonly key: string;
  readonly request: Request;
  /** Who wants the same page gets the same bytes. */
  readonly done: Array<(page: Page) => void>;
}

export class Reads {
  readonly #send: (message: ToReader) => void;
  readonly #waiting: Read[] = [];
  readonly #underWay = new Map<number, Read>();
  readonly #byKey = new Map<string, Read>();
  #count = 0;

  constructor(send: (message: ToReader) => void) {
    this.#send = send;
  }

  /** `done` is called once, never from within this call. */
  ask(request: Request, done: (page: Page) => void): void {
    const key = Object.values(request).join(' ');
    const same = this.#byKey.get(key);
    if (same !== undefined) {
      same.done.push(done);
      return;
    }
    const read = { key, request, done: [done] };
    this.#byKey.set(key, read);
    this.#waiting.push(read);
    this.#pump();
  }

  answer(number: number, page: Page): void {
    const read = this.#underWay.get(number);
    if (read === undefined) return;
    this.#underWay.delete(number);
    this.#byKey.delete(read.key);
    this.#pump();
    for (const done of read.done) done(page);
  }

  /** Nobody answers any more: everything gets this page. */
  answerAll(page: Page): void {
    const reads = [...this.#underWay.values(), ...this.#waiting.splice(0)];
    this.#underWay.clear();
    this.#byKey.clear();
    for (const { done } of reads) for (const one of done) one(page);
  }

  #pump(): void {
    while (this.#underWay.size < UNDER_WAY_MAX) {
      const read = this.#waiting.shift();
      if (read === undefined) return;
      this.#underWay.set(++this.#count, read);
      this.#send({ do: 'read', read: this.#count, ...read.request });
    }
  }
}

/** After so many attempts to read a page, two seconds together, it is asked what they were in vain for. */
const ATTEMPTS_MAX = 60;
const WAIT_MS_MAX = 100;

/** Milliseconds. */
export function waitAfter(attempt: number): number {
  return Math.min(attempt, WAIT_MS_MAX);
}

/** A slow disk or a lack of memory is no damage, however long it takes; but nobody closes for as long as that. */
export function isWorthAsking(
  { isAbsent }: Page & { status: 'later' },
  attempt: number,
  isClosing: boolean,
): boolean {
  return attempt < ATTEMPTS_MAX || (!isAbsent && !isClosing);
}
