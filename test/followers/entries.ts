// Entries as an engine gives them to a follower.
import { encodeBody, frameOf, Mark, stampBody } from '../../src/protocol/index.ts';
import type { Run } from '../../src/roomlog/roomlog.ts';

export const TIME = Date.UTC(2026, 10, 22, 12, 3, 11, 245);

/** Something that alice said. */
export function entry(room: string, seq: number, text: string): Uint8Array {
  const author = { name: 'alice', user: new Uint8Array(8), mark: Mark.GUEST, plain: false };
  const kind = { $case: 'chat', value: { content: { $case: 'text', value: text }, replyTo: 0 } } as const;
  const body = encodeBody(frameOf(kind, { room, author, id: new Uint8Array(16) }));
  return stampBody(body, { seq, time: TIME, check: 7 });
}

export function run(first: number, ...frames: Uint8Array[]): Run {
  return { bytes: Buffer.concat(frames), first, last: first + frames.length - 1 };
}

/** Entries of a room that say their seq. */
export function runOf(room: string, first: number, last: number): Run {
  const seqs = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return run(first, ...seqs.map((seq) => entry(room, seq, `text ${seq}`)));
}
