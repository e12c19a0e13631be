// Owns meaning: bytes ⇄ Frame. The only caller of the generated codec.
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { Fault } from './faults.ts';
import { withPrefix, writePrefix } from './framing.ts';
import { Chat, Frame, type System } from './gen/kentongan/v1/kentongan.ts';
import { PREFIX_BYTES } from './limits.ts';
import { assertShape } from './shape.ts';

/** Refuses invalid UTF-8 instead of replacing it. */
class StrictReader extends BinaryReader {
  override string(): string {
    return super.string(true);
  }
}

/**
 * Decodes one payload strictly: every laxity that the schema does not want is refused (docs/protocol.md §4).
 * An unknown or missing kind is no error here: `kind`, or a System's `kind`, is then undefined.
 * Byte fields are views of `payload`.
 * @param elementsMax how many elements all repeated fields together may have: each becomes an object, two bytes on
 *   the wire some hundred in memory
 * @throws Fault BAD_FRAME
 */
export function decodeFrame(payload: Uint8Array, elementsMax = Number.POSITIVE_INFINITY): Frame {
  assertShape(payload, elementsMax);
  try {
    return Frame.decode(new StrictReader(payload));
  } catch {
    // Invalid UTF-8, or a number beyond 2^53 - 1.
    throw new Fault('BAD_FRAME');
  }
}

const NO_BYTES = new Uint8Array(0);

/** A Frame with everything else at its default. */
export function frameOf(kind: NonNullable<Frame['kind']>, fields: Partial<Omit<Frame, 'kind'>> = {}): Frame {
  return { ref: 0, room: '', author: undefined, id: NO_BYTES, seq: 0, time: 0, check: 0, ...fields, kind };
}

/** A System frame. */
export function systemFrame(
  kind: NonNullable<System['kind']>,
  fields: Partial<Omit<Frame, 'kind'>> = {},
): Frame {
  return frameOf({ $case: 'system', value: { kind } }, fields);
}

/** One for all: it keeps its memory, and what it makes is copied out of it. */
let writer = new BinaryWriter();

function written(write: (into: BinaryWriter) => void): Uint8Array {
  try {
    write(writer);
    return writer.finish();
  } catch (cause) {
    // Half a frame is in it.
    writer = new BinaryWriter();
    throw cause;
  }
}

const PREFIX = new Uint8Array(PREFIX_BYTES);

/** Encodes a frame with its prefix: what goes on the wire. */
export function encodeFrame(frame: Frame): Uint8Array {
  const framed = written((into) => Frame.encode(frame, into.raw(PREFIX)));
  writePrefix(framed, framed.length - PREFIX_BYTES);
  return framed;
}

/** Encodes what a Chat says. */
export function encodeChat(chat: Chat): Uint8Array {
  return written((into) => Chat.encode(chat, into));
}

/** Encodes an entry before it is in the log: no prefix, no ref, no stamp. */
export function encodeBody(entry: Frame): Uint8Array {
  return written((into) => Frame.encode({ ...entry, ref: 0, seq: 0, time: 0, check: 0 }, into));
}

/** What the engine assigns to an entry when it stores it. */
export interface Stamp {
  /** Position in the room's log, from 1. */
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** First four bytes of the hash chain, 0 = none. */
  readonly check: number;
}

const TAG_SEQ = 12 * 8;
const TAG_TIME = 13 * 8;
const TAG_CHECK = 14 * 8 + 5;

/**
 * Prefix, body and stamp in one new buffer: the bytes in which every client and every later read gets the
 * entry. The stamp's fields have the highest numbers of Frame, so this equals an ordinary encoding of the whole.
 */
export function stampBody(body: Uint8Array, stamp: Stamp): Uint8Array {
  const length =
    body.length + 2 + varintBytes(stamp.seq) + varintBytes(stamp.time) + (stamp.check === 0 ? 0 : 5);
  const framed = new Uint8Array(PREFIX_BYTES + length);
  writePrefix(framed, length);
  framed.set(body, PREFIX_BYTES);
  let at = PREFIX_BYTES + body.length;
  framed[at++] = TAG_SEQ;
  at = writeVarint(framed, at, stamp.seq);
  framed[at++] = TAG_TIME;
  at = writeVarint(framed, at, stamp.time);
  if (stamp.check !== 0) {
    framed[at++] = TAG_CHECK;
    new DataView(framed.buffer).setUint32(at, stamp.check, true);
  }
  return framed;
}

/**
 * The body and the stamp of which `stampBody` made an entry, without the prefix. The body is a view.
 * @throws Fault BAD_FRAME when `payload` is no stamped entry
 */
export function unstamp(payload: Uint8Array): { readonly body: Uint8Array; readonly stamp: Stamp } {
  const reader = new BinaryReader(payload);
  try {
    let at = 0;
    let tag = reader.uint32();
    for (; tag !== TAG_SEQ; tag = reader.uint32()) {
      reader.skip(tag & 7);
      at = reader.pos;
    }
    const stamp = { seq: uint53(reader), time: 0, check: 0 };
    if (reader.uint32() !== TAG_TIME) throw new Fault('BAD_FRAME');
    stamp.time = uint53(reader);
    if (reader.pos < reader.len) {
      if (reader.uint32() !== TAG_CHECK) throw new Fault('BAD_FRAME');
      stamp.check = reader.fixed32();
    }
    if (reader.pos !== reader.len) throw new Fault('BAD_FRAME');
    return { body: payload.subarray(0, at), stamp };
  } catch {
    throw new Fault('BAD_FRAME');
  }
}

/** Numbers of the protocol are at most 2^53 - 1. */
function uint53(reader: BinaryReader): number {
  const value = Number(reader.uint64());
  if (!Number.isSafeInteger(value)) throw new Fault('BAD_FRAME');
  return value;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

function writeVarint(into: Uint8Array, at: number, value: number): number {
  let rest = value;
  while (rest >= 128) {
    into[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  into[at++] = rest;
  return at;
}

/** Whether a frame from a server is an entry of a room's log. */
export function isEntry(frame: Frame): boolean {
  return frame.seq !== 0;
}

const TAG_PAGE_ENTRY = 1 * 8 + 2;
const TAG_PAGE_OLDEST = 2 * 8;
const TAG_PAGE_MORE = 3 * 8;
const TAG_SYSTEM_PAGE = 37 * 8 + 2;
const TAG_FRAME_SYSTEM = 4 * 8 + 2;
const TAG_FRAME_REF = 8 * 8;
const TAG_FRAME_ROOM = 9 * 8 + 2;

/**
 * A System.Page frame with its prefix. Its entries are copied as they were stored, never decoded.
 * @param runs stamped, prefixed entries lying one behind the other
 */
export function encodePage(
  to: { readonly ref: number; readonly room: string },
  runs: readonly Uint8Array[],
  rest: { readonly oldest: number; readonly more: boolean },
): Uint8Array {
  const page = new BinaryWriter();
  for (const run of runs) {
    for (const payload of payloadsOf(run)) page.uint32(TAG_PAGE_ENTRY).bytes(payload);
  }
  if (rest.oldest !== 0) page.uint32(TAG_PAGE_OLDEST).uint64(rest.oldest);
  if (rest.more) page.uint32(TAG_PAGE_MORE).bool(true);
  return encodeSystem(to, TAG_SYSTEM_PAGE, page.finish());
}

const TAG_ROSTER_AS_OF = 1 * 8;
const TAG_ROSTER_MEMBER = 2 * 8 + 2;
const TAG_ROSTER_LISTENERS = 3 * 8;
const TAG_ROSTER_LAST = 4 * 8;
const TAG_SYSTEM_ROSTER = 33 * 8 + 2;

/**
 * A System.Roster frame with its prefix. Its members are copied, not encoded again: there may be thousands, in one
 * roster for each who comes in.
 * @param members encoded Authors
 */
export function encodeRoster(
  to: { readonly ref: number; readonly room: string },
  members: readonly Uint8Array[],
  rest: { readonly asOf: number; readonly listeners: number; readonly last: boolean },
): Uint8Array {
  const roster = new BinaryWriter();
  if (rest.asOf !== 0) roster.uint32(TAG_ROSTER_AS_OF).uint64(rest.asOf);
  roster.raw(repeatedBytes(TAG_ROSTER_MEMBER, members));
  if (rest.listeners !== 0) roster.uint32(TAG_ROSTER_LISTENERS).uint32(rest.listeners);
  if (rest.last) roster.uint32(TAG_ROSTER_LAST).bool(true);
  return encodeSystem(to, TAG_SYSTEM_ROSTER, roster.finish());
}

/** The field once for each value. @param tag of one byte */
function repeatedBytes(tag: number, values: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const value of values) length += 1 + varintBytes(value.length) + value.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const value of values) {
    all[at++] = tag;
    at = writeVarint(all, at, value.length);
    all.set(value, at);
    at += value.length;
  }
  return all;
}

function encodeSystem(
  to: { readonly ref: number; readonly room: string },
  tag: number,
  value: Uint8Array,
): Uint8Array {
  const system = new BinaryWriter().uint32(tag).bytes(value);
  const frame = new BinaryWriter().uint32(TAG_FRAME_SYSTEM).bytes(system.finish());
  if (to.ref !== 0) frame.uint32(TAG_FRAME_REF).uint32(to.ref);
  if (to.room !== '') frame.uint32(TAG_FRAME_ROOM).string(to.room);
  return withPrefix(frame.finish());
}

/** The payloads of whole frames that lie one behind the other, as views. */
export function* payloadsOf(run: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(run.buffer, run.byteOffset, run.length);
  for (let at = 0; at < run.length; ) {
    const start = at + PREFIX_BYTES;
    at = start + view.getUint32(at);
    yield run.subarray(start, at);
  }
}
