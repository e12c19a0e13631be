// What one public room must do, in as few words as possible: the reference for the commands beside it.

export type Who = 'ani' | 'budi' | 'citra';
export const EVERYBODY: readonly Who[] = ['ani', 'budi', 'citra'];

export interface ModelEntry {
  readonly what: 'join' | 'leave' | 'chat';
  readonly who: Who;
  /** Chats only. */
  readonly text: string;
  readonly id: number;
}

export type Said = { readonly seq: number; readonly duplicate: boolean } | 'ID_REUSED' | 'NOT_A_MEMBER';

/** A log, who is connected, who is in the room by that connection, and who is held since when. */
export class RoomModel {
  readonly log: ModelEntry[] = [];
  readonly connected = new Set<Who>();
  readonly attached = new Set<Who>();
  /** In the order in which they were lost. */
  readonly held = new Set<Who>();

  get newest(): number {
    return this.log.length;
  }

  get members(): Who[] {
    return EVERYBODY.filter((who) => {
      const last = this.log.findLast((entry) => entry.who === who && entry.what !== 'chat');
      return last?.what === 'join';
    });
  }

  connect(who: Who): void {
    this.lose(who);
    this.connected.add(who);
  }

  /** Losing a connection says nothing to the room; being away for too long does. */
  lose(who: Who): void {
    this.connected.delete(who);
    if (this.attached.delete(who)) this.held.add(who);
  }

  join(who: Who): void {
    if (!this.members.includes(who)) this.#append('join', who);
    this.held.delete(who);
    this.attached.add(who);
  }

  leave(who: Who): void {
    this.attached.delete(who);
    this.#append('leave', who);
  }

  graceOver(): void {
    for (const who of this.held) this.#append('leave', who);
    this.held.clear();
  }

  say(who: Who, text: string, id: number): Said {
    if (!this.attached.has(who)) return 'NOT_A_MEMBER';
    const known = this.log.findIndex((entry) => entry.what === 'chat' && entry.id === id);
    const same = this.log[known];
    if (same === undefined) return { seq: this.#append('chat', who, text, id), duplicate: false };
    return same.who === who && same.text === text ? { seq: known + 1, duplicate: true } : 'ID_REUSED';
  }

  /** The seqs of a page. */
  before(seq: number, limit: number): number[] {
    const last = Math.min(seq - 1, this.newest);
    return this.log.map((_, i) => i + 1).filter((each) => each <= last && each > last - limit);
  }

  #append(what: ModelEntry['what'], who: Who, text = '', id = 0): number {
    this.log.push({ what, who, text, id });
    return this.newest;
  }
}
