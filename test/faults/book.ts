// What one room's log must be: everything that anybody has had a receipt for or has seen, and the rules.
import { createHash } from 'node:crypto';
import { decodeFrame, type Frame, hexOf, Mark } from '../../src/protocol/index.ts';
import type { Findings } from './finding.ts';

/** Something that somebody says, once or, while there is no receipt, again. */
export interface Line {
  readonly sender: string;
  /** The sender's number for it in this room, from 1. */
  readonly n: number;
  /** In hexadecimal. */
  readonly id: string;
  readonly text: string;
  readonly replyTo: number;
  /** How often it went out. */
  sends: number;
  receipt?: Receipt;
}

/** Where and when, as the answer said. */
export interface Receipt {
  readonly seq: number;
  readonly time: number;
}

/** A room read from its first entry to its newest: the payloads of its entries. */
export interface Reading {
  readonly logId: string;
  readonly payloads: readonly Uint8Array[];
}

/** Owns: all that is known about one room. It never asks the server what was acknowledged. */
export class Book {
  readonly room: string;
  readonly lines = new Map<string, Line>();
  readonly #findings: Findings;
  #logId: string | undefined;
  /** By seq − 1: what the first one saw who saw it. */
  readonly #seen: Array<Uint8Array | undefined> = [];
  /** Receipts that no reading has been compared with. */
  #pending: Line[] = [];
  /** Entries up to here have been judged. */
  #judged = 0;
  #chain: Uint8Array = new Uint8Array(0);
  #time = 0;
  readonly #ids = new Map<string, number>();
  readonly #last = new Map<string, number>();
  readonly #members = new Set<string>();
  /** Receipts in all. */
  receipts = 0;

  constructor(room: string, findings: Findings) {
    this.room = room;
    this.#findings = findings;
  }

  get logId(): string | undefined {
    return this.#logId;
  }

  /** The newest entry that anybody knows of. */
  get newest(): number {
    return this.#seen.length;
  }

  /** A Joined or a reading says which log this is. */
  isLog(logId: string, who: string): void {
    this.#logId ??= logId;
    if (logId !== this.#logId)
      this.#tell('lost', `${who} met another log: ${logId} instead of ${this.#logId}`);
  }

  /** Somebody got an entry. */
  saw(seq: number, payload: Uint8Array, who: string): void {
    const known = this.#seen[seq - 1];
    if (known === undefined) this.#set(seq, payload);
    else if (Buffer.compare(known, payload) !== 0) this.#tell('split', `${who} saw another #${seq}`);
  }

  /** Somebody got a receipt. */
  stored(line: Line, receipt: Receipt): void {
    if (line.receipt === undefined) {
      line.receipt = receipt;
      this.receipts++;
      this.#pending.push(line);
    } else if (line.receipt.seq !== receipt.seq || line.receipt.time !== receipt.time) {
      this.#tell(
        'doubled',
        `${nameOf(line)} is #${line.receipt.seq} by one receipt, #${receipt.seq} by another`,
      );
    }
  }

  /** Compares the whole log with all that is known. */
  judge(reading: Reading): void {
    this.isLog(reading.logId, 'a reader');
    const { payloads } = reading;
    if (payloads.length < this.#seen.length) {
      this.#tell(
        'lost',
        `${this.#seen.length - payloads.length} entries: the log ends at #${payloads.length}, #${this.#seen.length} had been seen`,
      );
    }
    for (const [index, payload] of payloads.entries()) {
      const seq = index + 1;
      const known = this.#seen[index];
      if (known !== undefined && Buffer.compare(known, payload) !== 0) {
        this.#tell('altered', `#${seq} is not what was seen of it`);
      }
      if (seq > this.#judged) this.#judgeEntry(seq, payload);
      if (known === undefined) this.#set(seq, payload);
    }
    this.#judged = Math.max(this.#judged, payloads.length);
    for (const line of this.#pending) this.#judgeReceipt(line);
    this.#pending = [];
  }

  /** Every entry, as it was seen first. */
  *entries(): Generator<Frame> {
    for (const payload of this.#seen) if (payload !== undefined) yield decodeFrame(payload);
  }

  #set(seq: number, payload: Uint8Array): void {
    while (this.#seen.length < seq) this.#seen.push(undefined);
    this.#seen[seq - 1] = Buffer.from(payload);
  }

  #judgeReceipt(line: Line): void {
    const { seq, time } = line.receipt ?? { seq: 0, time: 0 };
    const at = this.#ids.get(line.id);
    const said = `${nameOf(line)}, acknowledged as #${seq}`;
    if (at === undefined) this.#tell('lost', `${said}, is not in the log`);
    else if (at !== seq) this.#tell('reordered', `${said}, is #${at}`);
    else {
      const payload = this.#seen[seq - 1];
      if (payload !== undefined && decodeFrame(payload).time !== time) {
        this.#tell('altered', `${said}, has another time than its receipt`);
      }
    }
  }

  #judgeEntry(seq: number, payload: Uint8Array): void {
    const frame = decodeFrame(payload);
    const id = hexOf(frame.id);
    if (frame.seq !== seq) this.#tell('reordered', `#${frame.seq} stands in the place of #${seq}`);
    if (frame.room !== this.room) this.#tell('foreign', `#${seq} belongs to ${frame.room}`);
    if (frame.time < this.#time) this.#tell('reordered', `the time of #${seq} is before that of #${seq - 1}`);
    this.#time = Math.max(this.#time, frame.time);
    const first = this.#ids.get(id);
    if (first !== undefined) this.#tell('doubled', `#${seq} has the id of #${first}`);
    else this.#ids.set(id, seq);
    this.#judgeChain(seq, frame, payload);
    this.#judgeKind(seq, frame, id);
  }

  /** The check of every entry, worked out anew from all before it. */
  #judgeChain(seq: number, frame: Frame, payload: Uint8Array): void {
    if (seq === 1) this.#chain = Buffer.from(this.#logId ?? '', 'hex');
    const body = payload.subarray(0, payload.length - stampBytes(frame));
    const numbers = Buffer.alloc(16);
    numbers.writeBigUInt64BE(BigInt(seq), 0);
    numbers.writeBigUInt64BE(BigInt(frame.time), 8);
    const chain = createHash('sha256').update(this.#chain).update(numbers).update(hashOf(body)).digest();
    this.#chain = chain.subarray(0, 16);
    if (chain.readUInt32BE(0) !== frame.check) this.#tell('altered', `#${seq} does not continue the chain`);
  }

  #judgeKind(seq: number, frame: Frame, id: string): void {
    const user = frame.author === undefined ? '' : hexOf(frame.author.user);
    switch (frame.kind?.$case) {
      case 'chat': {
        const { content, replyTo } = frame.kind.value;
        const line = this.lines.get(id);
        if (line === undefined) {
          this.#tell('foreign', `nobody has said #${seq}`);
          return;
        }
        const text = content?.$case === 'text' ? content.value : undefined;
        if (text !== line.text || replyTo !== line.replyTo || frame.author?.name !== line.sender) {
          this.#tell('altered', `#${seq} is not what ${nameOf(line)} was`);
        }
        if (frame.author?.mark !== Mark.SERVICE && !this.#isPrivate && !this.#members.has(user)) {
          this.#tell('reordered', `#${seq} is by ${line.sender}, who is not in the room`);
        }
        this.#judgeOrder(seq, line);
        return;
      }
      case 'join':
        if (this.#members.has(user))
          this.#tell('doubled', `#${seq} is a second Join of ${frame.author?.name}`);
        this.#members.add(user);
        return;
      case 'leave':
        this.#members.delete(user);
        this.#tell('foreign', `#${seq} is a Leave of ${frame.author?.name}, who has not left`);
        return;
      case 'system':
      case undefined:
        this.#tell('foreign', `#${seq} is of a kind that nobody has asked for`);
        return;
    }
  }

  #judgeOrder(seq: number, line: Line): void {
    const last = this.#last.get(line.sender) ?? 0;
    if (line.n <= last) this.#tell('reordered', `#${seq} is ${nameOf(line)}, behind ${last}`);
    // Whoever sends a line has sent all before it and gives none up.
    else if (line.n > last + 1) this.#tell('lost', `#${seq} is ${nameOf(line)}, directly behind ${last}`);
    this.#last.set(line.sender, Math.max(last, line.n));
  }

  get #isPrivate(): boolean {
    return this.room.startsWith('~');
  }

  #tell(kind: Parameters<Findings['add']>[0], text: string): void {
    this.#findings.add(kind, `${this.room}: ${text}`);
  }
}

function nameOf(line: Line): string {
  return `line ${line.n} of ${line.sender}`;
}

function hashOf(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

/** How much of the payload's end is the stamp: three tags, two varints and four bytes. */
function stampBytes({ seq, time, check }: Frame): number {
  return 2 + varintBytes(seq) + varintBytes(time) + (check === 0 ? 0 : 5);
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}
