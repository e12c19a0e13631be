// Questions that change nothing: old entries, lists of rooms. They survive the connection.
import type { Frame } from '../../src/protocol/index.ts';
import type { Asker } from './asked.ts';
import type { ClientError } from './errors.ts';
import type { Session } from './session.ts';

/** The room that a question is about. */
export interface Subject {
  readonly attached: boolean;
}

export interface Query extends Asker {
  /** Asked only while this room is attached. Undefined: about the server. */
  readonly subject: Subject | undefined;
  frame(): Frame;
}

/** The server refuses more than 16 at once. */
const ASKED_MAX = 8;

/** Owns: the questions without an answer. They are asked again, in their order, after a reconnect. */
export class Queries {
  #waiting: Query[] = [];
  readonly #asked = new Set<Query>();

  add(query: Query): void {
    this.#waiting.push(query);
  }

  pump(session: Session): void {
    const place = ASKED_MAX - this.#asked.size;
    const now = this.#waiting.filter(({ subject }) => subject?.attached !== false).slice(0, place);
    this.#waiting = this.#waiting.filter((query) => !now.includes(query));
    for (const query of now) {
      this.#asked.add(query);
      session.ask(query.frame(), {
        onAnswer: (answer, room) => {
          if (this.#asked.delete(query)) query.onAnswer(answer, room);
          this.pump(session);
        },
        onRefused: (error) => {
          if (this.#asked.delete(query)) query.onRefused(error);
          this.pump(session);
        },
      });
    }
  }

  /** The session is lost. */
  detach(): void {
    this.#waiting = [...this.#asked, ...this.#waiting];
    this.#asked.clear();
  }

  /** Ends the questions about one room. */
  rejectOf(subject: Subject, error: ClientError): void {
    this.#reject((query) => query.subject === subject, error);
  }

  rejectAll(error: ClientError): void {
    this.#reject(() => true, error);
  }

  #reject(applies: (query: Query) => boolean, error: ClientError): void {
    const rejected = [...this.#asked, ...this.#waiting].filter(applies);
    this.#waiting = this.#waiting.filter((query) => !applies(query));
    for (const query of rejected) {
      this.#asked.delete(query);
      query.onRefused(error);
    }
  }
}
