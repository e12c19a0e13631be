// The checker on trial: what it must notice, and what it must not.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { encodeBody, frameOf, Mark, stampBody } from '../../src/protocol/index.ts';
import { Book, type Line } from './book.ts';
import { Findings } from './finding.ts';

const LOG_ID = '000102030405060708090a0b0c0d0e0f';
const USER = new Uint8Array(8).fill(1);

interface Said {
  readonly sender: string;
  readonly n: number;
  readonly text?: string;
  readonly time?: number;
  readonly id?: string;
}

/** A room with everything that was said in it, all of it acknowledged, and the log that a good server has then. */
function roomOf(said: readonly Said[]): { book: Book; findings: Findings; log: Uint8Array[]; lines: Line[] } {
  const findings = new Findings();
  const book = new Book('lobby', findings);
  book.isLog(LOG_ID, 'test');
  const lines = said.map(({ sender, n }) => lineOf(sender, n));
  for (const line of lines) book.lines.set(line.id, line);
  for (const [index, line] of lines.entries()) book.stored(line, { seq: index + 1, time: 1_000 });
  return { book, findings, log: logOf(said), lines };
}

function lineOf(sender: string, n: number): Line {
  return { sender, n, id: idOf(sender, n), text: `${sender} ${n}`, replyTo: 0, sends: 1 };
}

function idOf(sender: string, n: number): string {
  return createHash('sha256').update(`${sender} ${n}`).digest('hex').slice(0, 32);
}

/** The entries of a log whose chain holds. */
function logOf(said: readonly Said[]): Uint8Array[] {
  let chain: Uint8Array = Buffer.from(LOG_ID, 'hex');
  return said.map(({ sender, n, text = `${sender} ${n}`, time = 1_000, id = idOf(sender, n) }, index) => {
    const author = { name: sender, user: USER, mark: Mark.SERVICE, plain: false };
    const chat = { $case: 'chat', value: { content: { $case: 'text', value: text }, replyTo: 0 } } as const;
    const body = encodeBody(frameOf(chat, { room: 'lobby', id: Buffer.from(id, 'hex'), author }));
    const numbers = Buffer.alloc(16);
    numbers.writeBigUInt64BE(BigInt(index + 1));
    numbers.writeBigUInt64BE(BigInt(time), 8);
    const hash = createHash('sha256').update(body).digest();
    const next = createHash('sha256').update(chain).update(numbers).update(hash).digest();
    chain = next.subarray(0, 16);
    return stampBody(body, { seq: index + 1, time, check: next.readUInt32BE(0) }).subarray(4);
  });
}

const THREE: readonly Said[] = [
  { sender: 'a', n: 1 },
  { sender: 'b', n: 1 },
  { sender: 'a', n: 2 },
];

/** What is found when the server has `log` in place of what was acknowledged. */
function foundIn(log: readonly Uint8Array[]): string {
  const { book, findings } = roomOf(THREE);
  book.judge({ logId: LOG_ID, payloads: log });
  return findings.texts.join('\n');
}

describe('the checker', () => {
  test('finds nothing where all is well, however often it looks', () => {
    const { book, findings, log } = roomOf(THREE);
    book.judge({ logId: LOG_ID, payloads: log.slice() });
    for (const [index, payload] of log.entries()) book.saw(index + 1, payload, 'reader');
    book.judge({ logId: LOG_ID, payloads: log.slice() });
    expect(findings.texts).toEqual([]);
  });

  test('accepts a line without a receipt, there or not', () => {
    for (const kept of [3, 4]) {
      const { book, findings } = roomOf(THREE);
      const line = lineOf('b', 2);
      book.lines.set(line.id, line);
      book.judge({ logId: LOG_ID, payloads: logOf([...THREE, { sender: 'b', n: 2 }]).slice(0, kept) });
      expect(findings.texts).toEqual([]);
    }
  });

  test('notices an acknowledged entry that is gone from the end', () => {
    expect(foundIn(logOf(THREE).slice(0, 2))).toMatch(/^lost: .*line 2 of a, acknowledged as #3/);
  });

  test('notices an entry that was seen and is gone, without any receipt', () => {
    const findings = new Findings();
    const book = new Book('lobby', findings);
    const log = logOf(THREE);
    for (const said of THREE) book.lines.set(idOf(said.sender, said.n), lineOf(said.sender, said.n));
    for (const [index, payload] of log.entries()) book.saw(index + 1, payload, 'reader');
    book.judge({ logId: LOG_ID, payloads: log.slice(0, 2) });
    expect(findings.texts).toEqual([expect.stringMatching(/^lost: .*the log ends at #2, #3 had been seen/)]);
  });

  test('notices an entry that is there twice', () => {
    expect(foundIn(logOf([...THREE, { sender: 'a', n: 2 }]))).toMatch(/doubled: lobby: #4 has the id of #3/);
    expect(foundIn(logOf([...THREE, { sender: 'a', n: 2, id: 'ff'.repeat(16) }]))).toMatch(
      /foreign: lobby: nobody has said #4/,
    );
  });

  test('notices lines of one sender in another order', () => {
    const [a1, b1, a2] = THREE as [Said, Said, Said];
    expect(foundIn(logOf([a2, b1, a1]))).toMatch(/reordered: /);
  });

  test('notices that lines of two senders have changed places', () => {
    const [a1, b1, a2] = THREE as [Said, Said, Said];
    expect(foundIn(logOf([b1, a1, a2]))).toMatch(/reordered: .*acknowledged as #1, is #2/);
  });

  test('notices another text, another time, another chain', () => {
    const [a1, b1, a2] = THREE as [Said, Said, Said];
    expect(foundIn(logOf([a1, b1, { ...a2, text: 'a 2!' }]))).toMatch(/altered: lobby: #3 is not what/);
    expect(foundIn(logOf([a1, b1, { ...a2, time: 1_001 }]))).toMatch(
      /altered: .*another time than its receipt/,
    );
    expect(foundIn(logOf([a1, b1, { ...a2, time: 999 }]))).toMatch(/reordered: .*the time of #3 is before/);
    const broken = logOf(THREE).map((payload) => Uint8Array.from(payload));
    const last = broken[2]?.length ?? 0;
    broken[2]?.set([0x55], last - 1);
    expect(foundIn(broken)).toMatch(/altered: lobby: #3 does not continue the chain/);
  });

  test('notices a line whose predecessor was left out', () => {
    const { book, findings } = roomOf([]);
    const [first, second] = [lineOf('a', 1), lineOf('a', 2)];
    for (const line of [first, second]) book.lines.set(line.id, line);
    book.judge({ logId: LOG_ID, payloads: logOf([{ sender: 'a', n: 2 }]) });
    expect(findings.texts).toEqual([expect.stringMatching(/^lost: .*line 2 of a, directly behind 0/)]);
  });

  test('notices two readers who have seen different things', () => {
    const { book, findings, log } = roomOf(THREE);
    book.saw(1, log[0] as Uint8Array, 'one');
    book.saw(1, log[1] as Uint8Array, 'other');
    expect(findings.texts).toEqual(['split: lobby: other saw another #1']);
  });

  test('notices an old entry that has changed since it was judged', () => {
    const { book, findings, log } = roomOf(THREE);
    book.judge({ logId: LOG_ID, payloads: log });
    const other = log.map((payload) => Uint8Array.from(payload));
    other[0]?.set([0x62], 4);
    book.judge({ logId: LOG_ID, payloads: other });
    expect(findings.texts).toEqual(['altered: lobby: #1 is not what was seen of it']);
  });

  test('notices another log, and a receipt that contradicts an earlier one', () => {
    const { book, findings, lines } = roomOf(THREE);
    book.isLog('ff'.repeat(16), 'reader');
    book.stored(lines[0] as Line, { seq: 9, time: 1_000 });
    expect(findings.texts.join('\n')).toMatch(/lost: .*met another log.*\ndoubled: .*#1 by one receipt, #9/);
  });
});
