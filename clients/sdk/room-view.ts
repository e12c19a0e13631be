// A room as the application holds it: promises outside, the room inside.
import {
  type Author,
  type Durability,
  FaultCode,
  type History,
  limits,
  type Position,
  systemFrame,
  utf8Bytes,
} from '../../src/protocol/index.ts';
import type { HistoryOptions, HistoryPage, Member, Receipt, RoomView, SendOptions } from './api.ts';
import { copyOf } from './bytes.ts';
import { entryOf } from './entry.ts';
import { asUnstored, type ClientError, foreseen, Violation } from './errors.ts';
import type { Query } from './queries.ts';
import type { Room } from './room.ts';
import { promised, type Waiter } from './settle.ts';

/** What a view asks of its client. */
export interface ViewHost {
  /** The longest text that the server takes, in bytes. */
  textBytesMax(): number;
  newId(): Uint8Array;
  onReady(room: Room): void;
  ask(query: Query): void;
}

/** What the frame of a Chat needs beside the text: prefix, tags, lengths, ref, room, id, reply_to. */
const CHAT_OVERHEAD_BYTES = 192;
/** Before the first Joined: nothing of no log. */
const NOWHERE: Position = { logId: new Uint8Array(limits.LOG_ID_BYTES), seq: 0, check: 0 };

export class View implements RoomView {
  readonly #room: Room;
  readonly #host: ViewHost;

  constructor(room: Room, host: ViewHost) {
    this.#room = room;
    this.#host = host;
  }

  get room(): string {
    return this.#room.name;
  }

  get peer(): Author | undefined {
    return this.#room.peer;
  }

  get position(): Position {
    return this.#room.stream.position ?? NOWHERE;
  }

  get members(): ReadonlyMap<string, Member> {
    return this.#room.stream.roster.members;
  }

  get listeners(): number {
    return this.#room.stream.roster.listeners;
  }

  get durability(): Durability {
    return this.#room.durability;
  }

  get attached(): boolean {
    return this.#room.attached;
  }

  get unacknowledged(): number {
    return this.#room.line.size;
  }

  send(text: string, options: SendOptions = {}): Promise<Receipt> {
    return promised((waiter) => this.#send(text, options, waiter));
  }

  history(options: HistoryOptions = {}): Promise<HistoryPage> {
    return promised((waiter) => this.#history(options, waiter));
  }

  leave(): Promise<void> {
    return promised((waiter) => this.#room.leave(waiter));
  }

  #send(text: string, { id = this.#host.newId(), replyTo = 0 }: SendOptions, waiter: Waiter<Receipt>): void {
    const bytes = utf8Bytes(text);
    const error = this.#room.ended ?? this.#refusalOf(bytes, id);
    if (error !== undefined) {
      waiter.reject(asUnstored(error));
      return;
    }
    this.#room.line.push({ id: copyOf(id), text, replyTo, cost: bytes + CHAT_OVERHEAD_BYTES }, waiter);
    this.#host.onReady(this.#room);
  }

  /** What the server would say to it, after ending the session in the worst case. */
  #refusalOf(bytes: number, id: Uint8Array): ClientError | undefined {
    const room = this.room;
    const textBytesMax = this.#host.textBytesMax();
    if (bytes > textBytesMax) return foreseen(FaultCode.TEXT_TOO_LONG, { room, limit: textBytesMax });
    if (bytes === 0) return foreseen(FaultCode.BAD_FIELD, { room, about: 'text' });
    if (id.length === limits.ENTRY_ID_BYTES) return undefined;
    return foreseen(FaultCode.BAD_FIELD, { room, about: 'id', limit: limits.ENTRY_ID_BYTES });
  }

  #history({ before, after, limit = 0 }: HistoryOptions, waiter: Waiter<HistoryPage>): void {
    const room = this.#room;
    const both = before !== undefined && after !== undefined;
    const error =
      room.ended ?? (both ? foreseen(FaultCode.BAD_FIELD, { room: room.name, about: 'start' }) : undefined);
    if (error !== undefined) {
      waiter.reject(error);
      return;
    }
    const start: History['start'] =
      before !== undefined
        ? { $case: 'before', value: before }
        : after !== undefined
          ? { $case: 'after', value: after }
          : undefined;
    const history: History = { start, limit: Math.min(limit, limits.HISTORY_ENTRIES_MAX) };
    this.#host.ask({
      subject: room,
      frame: () => systemFrame({ $case: 'history', value: history }, { room: room.name }),
      onAnswer: (answer) => {
        if (answer.$case !== 'page') throw new Violation(`${answer.$case} answers a History`);
        const { entries, oldest, more } = answer.value;
        waiter.resolve({ entries: entries.map((frame) => entryOf(frame, room.name)), oldest, more });
      },
      onRefused: (refusal) => waiter.reject(refusal),
    });
  }
}
