// What the server says to one connection: the System frames, encoded.
import { Fault, faultClass } from '../protocol/faults.ts';
import { encodeFrame, encodeRoster, systemFrame } from '../protocol/frame.ts';
import { Frame } from '../protocol/gen/kentongan/v1/kentongan.ts';
import type {
  Challenge,
  Direct,
  Joined,
  Reason,
  RoomInfo,
  Stored,
  Welcome,
} from '../protocol/gen/kentongan/v1/kentongan.ts';
import { FRAME_BYTES_MAX, PAGE_OVERHEAD_BYTES_MAX, PREFIX_BYTES } from '../protocol/limits.ts';
import type { AppendFailure } from '../roomlog/roomlog.ts';

/** Which request of which room an answer is for; `id`: which Chat. */
export interface Address {
  readonly ref: number;
  readonly room: string;
  readonly id?: Uint8Array;
}

export function faultFrame(to: Address, fault: Fault): Uint8Array {
  const { retryAfterMs = 0, limit = 0, seq = 0, name = '' } = fault.details;
  const value = { code: fault.code, retryAfterMs, limit, seq, untilMs: 0, name, text: fault.message };
  return encodeFrame(systemFrame({ $case: 'fault', value }, to));
}

export function challengeFrame(ref: number, value: Challenge): Uint8Array {
  return encodeFrame(systemFrame({ $case: 'challenge', value }, { ref }));
}

export function welcomeFrame(ref: number, value: Welcome): Uint8Array {
  return encodeFrame(systemFrame({ $case: 'welcome', value }, { ref }));
}

export function joinedFrame(to: Address, value: Joined): Uint8Array {
  return encodeFrame(systemFrame({ $case: 'joined', value }, to));
}

export function leftFrame(to: Address, reason: Reason, seq: number): Uint8Array {
  return encodeFrame(systemFrame({ $case: 'left', value: { reason, by: undefined, seq } }, to));
}

export function storedFrame(to: Address, value: Stored): Uint8Array {
  return encodeFrame(systemFrame({ $case: 'stored', value }, to));
}

export function gapFrame(room: string, next: number): Uint8Array {
  return encodeFrame(systemFrame({ $case: 'gap', value: { next } }, { room }));
}

export function pongFrame(ref: number, nonce: Uint8Array): Uint8Array {
  return encodeFrame(systemFrame({ $case: 'pong', value: { nonce } }, { ref }));
}

export function drainingFrame(retryAfterMs: number): Uint8Array {
  return encodeFrame(systemFrame({ $case: 'draining', value: { retryAfterMs, alternatives: [] } }));
}

export function directFrame(room: string, value: Direct): Uint8Array {
  return encodeFrame(systemFrame({ $case: 'direct', value }, { room }));
}

export function roomsFrame(ref: number, rooms: RoomInfo[], last: boolean): Uint8Array {
  return encodeFrame(systemFrame({ $case: 'rooms', value: { rooms, last } }, { ref }));
}

export function presenceFrame(
  room: string,
  value: { user: Uint8Array; state: 0 | 1 | 2; devices: number; listeners: number },
): Uint8Array {
  return encodeFrame(systemFrame({ $case: 'presence', value }, { room }));
}

const ROSTER_BYTES_MAX = FRAME_BYTES_MAX - PAGE_OVERHEAD_BYTES_MAX;
/** Tag and length of one member. */
const MEMBER_OVERHEAD_BYTES_MAX = 3;

/** One roster in as many frames as it needs, the last one marked. @param roster.members encoded Authors */
export function rosterFrames(
  to: Address,
  roster: { readonly asOf: number; readonly members: readonly Uint8Array[]; readonly listeners: number },
): Uint8Array[] {
  const parts: Uint8Array[][] = [[]];
  let bytes = 0;
  for (const author of roster.members) {
    const size = author.length + MEMBER_OVERHEAD_BYTES_MAX;
    if (bytes + size > ROSTER_BYTES_MAX) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(author);
    bytes += size;
  }
  const { asOf, listeners } = roster;
  return parts.map((members, i) =>
    encodeRoster(to, members, { asOf, listeners, last: i === parts.length - 1 }),
  );
}

/** What the one whose entry could not be stored is told. */
export function failureFault(failure: AppendFailure): Fault {
  const fault = new Fault(failure);
  return faultClass(fault.code) === 'retry' ? new Fault(failure, { retryAfterMs: 1_000 }) : fault;
}

/** Decodes what this server itself has stored. */
export function decodeStored(framed: Uint8Array): Frame {
  return Frame.decode(framed.subarray(PREFIX_BYTES));
}
