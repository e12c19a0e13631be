// Proposals and outcomes as one piece of memory each, so that a batch crosses between threads without copies.
import { PREFIX_BYTES } from '../../protocol/limits.ts';
import type { Outcome, Proposal } from '../roomlog.ts';

/** A proposal for the room of this number. */
export interface Append {
  readonly room: number;
  readonly proposal: Proposal;
}

const ID_BYTES = 16;
const HASH_BYTES = 32;
/** Room, flags, id, digest, length of the body. */
const HEAD_BYTES = 4 + 1 + ID_BYTES + HASH_BYTES + 4;
const JOIN = 1;
const LEAVE = 2;
const ERASES = 4;

/** Bytes that `encodeAppends` needs for one. */
export function appendBytes({ body, member, erases }: Proposal): number {
  let bytes = HEAD_BYTES + body.length;
  if (member !== undefined) bytes += HASH_BYTES;
  if (member?.op === 'join') bytes += 4 + member.member.author.length;
  if (erases !== undefined) bytes += 8 + 4 + erases.body.length;
  return bytes;
}

export function encodeAppends(appends: readonly Append[]): Uint8Array {
  const total = appends.reduce((sum, { proposal }) => sum + appendBytes(proposal), 0);
  const into = new Uint8Array(total);
  const view = new DataView(into.buffer);
  let at = 0;
  const number = (value: number): void => {
    view.setUint32(at, value);
    at += 4;
  };
  const bytes = (value: Uint8Array): void => {
    into.set(value, at);
    at += value.length;
  };
  for (const { room, proposal } of appends) {
    const { id, digest, body, member, erases } = proposal;
    number(room);
    into[at++] =
      (member === undefined ? 0 : member.op === 'join' ? JOIN : LEAVE) | (erases === undefined ? 0 : ERASES);
    bytes(id);
    bytes(digest);
    number(body.length);
    bytes(body);
    if (member !== undefined) bytes(member.op === 'join' ? member.member.user : member.user);
    if (member?.op === 'join') {
      number(member.member.author.length);
      bytes(member.member.author);
    }
    if (erases !== undefined) {
      view.setFloat64(at, erases.seq);
      at += 8;
      number(erases.body.length);
      bytes(erases.body);
    }
  }
  return into;
}

/** The arrays of what comes out are views. */
export function decodeAppends(from: Uint8Array): Append[] {
  const appends: Append[] = [];
  const view = new DataView(from.buffer, from.byteOffset, from.length);
  let at = 0;
  const number = (): number => {
    at += 4;
    return view.getUint32(at - 4);
  };
  const bytes = (length: number): Uint8Array => {
    at += length;
    return from.subarray(at - length, at);
  };
  while (at < from.length) {
    const room = number();
    const flags = from[at++] ?? 0;
    const base = { id: bytes(ID_BYTES), digest: bytes(HASH_BYTES), body: bytes(number()) };
    const proposal: { -readonly [K in keyof Proposal]: Proposal[K] } = base;
    const user = (flags & (JOIN | LEAVE)) === 0 ? undefined : bytes(HASH_BYTES);
    if (user !== undefined) {
      proposal.member =
        (flags & JOIN) === 0
          ? { op: 'leave', user }
          : { op: 'join', member: { user, author: bytes(number()) } };
    }
    if ((flags & ERASES) !== 0) {
      at += 8;
      proposal.erases = { seq: view.getFloat64(at - 8), body: bytes(number()) };
    }
    appends.push({ room, proposal });
  }
  return appends;
}

/** Outcomes of one batch: four numbers each, and the bytes of those that were stored, one behind the other. */
export interface EncodedOutcomes {
  readonly numbers: Float64Array;
  readonly framed: Uint8Array;
}

const STORED = 0;
const SAME = 1;
const OTHER = 2;
const QUARANTINED = 3;
const NUMBERS = 4;

export function encodeOutcomes(outcomes: readonly Outcome[]): EncodedOutcomes {
  const numbers = new Float64Array(outcomes.length * NUMBERS);
  let size = 0;
  for (const outcome of outcomes) if (outcome.status === 'stored') size += outcome.framed.length;
  // A buffer of its own: it is given away to the other thread.
  const framed = new Uint8Array(size);
  let [at, end] = [0, 0];
  for (const outcome of outcomes) {
    if (outcome.status === 'stored') {
      numbers[at] = STORED;
      numbers[at + 1] = outcome.stamp.seq;
      numbers[at + 2] = outcome.stamp.time;
      numbers[at + 3] = outcome.stamp.check;
      framed.set(outcome.framed, end);
      end += outcome.framed.length;
    } else if (outcome.status === 'duplicate') {
      numbers[at] = outcome.same ? SAME : OTHER;
      numbers[at + 1] = outcome.seq;
      numbers[at + 2] = outcome.time;
    } else numbers[at] = QUARANTINED;
    at += NUMBERS;
  }
  return { numbers, framed };
}

/** The only failure that concerns one room and not a whole batch is ROOM_QUARANTINED. */
export function decodeOutcomes({ numbers, framed }: EncodedOutcomes): Outcome[] {
  const view = new DataView(framed.buffer, framed.byteOffset, framed.length);
  const outcomes: Outcome[] = [];
  let start = 0;
  for (let at = 0; at < numbers.length; at += NUMBERS) {
    const kind = numbers[at];
    const seq = numbers[at + 1] ?? 0;
    const time = numbers[at + 2] ?? 0;
    if (kind === STORED) {
      const end = start + PREFIX_BYTES + view.getUint32(start);
      const stamp = { seq, time, check: numbers[at + 3] ?? 0 };
      outcomes.push({ status: 'stored', stamp, framed: framed.subarray(start, end) });
      start = end;
    } else if (kind === QUARANTINED) outcomes.push({ status: 'failed', failure: 'ROOM_QUARANTINED' });
    else outcomes.push({ status: 'duplicate', seq, time, same: kind === SAME });
  }
  return outcomes;
}
