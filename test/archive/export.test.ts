import { mkdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { entryJson, type gapJson } from '../../clients/cli/tail-json.ts';
import { entryOf } from '../../clients/sdk/entry.ts';
import { entryLine } from '../../src/archive/entry-json.ts';
import { exportRoom, type Selection } from '../../src/archive/export.ts';
import { Merge } from '../../src/archive/merge.ts';
import { pageAt } from '../../src/archive/pages.ts';
import { roomsOf } from '../../src/archive/rooms.ts';
import { chatLine } from '../../src/followers/chat-line.ts';
import {
  decodeFrame,
  type Frame,
  frameOf,
  hexOf,
  NoticeCode,
  payloadsOf,
  Reason,
  systemFrame,
} from '../../src/protocol/index.ts';
import { openForReading } from '../../src/roomlog/sqlite/schema.ts';
import { Tables } from '../../src/roomlog/sqlite/tables.ts';
import { LogFile } from '../roomlog/sqlite/log-file.ts';
import { authorOf, contentOf, converse, PRIVATE_ROOM, Stage, START } from './stage.ts';

const ALL: Selection = {
  from: 0,
  to: Number.MAX_SAFE_INTEGER,
  since: 0,
  until: Number.POSITIVE_INFINITY,
};
let stage: Stage;
let tables: Tables;
beforeEach(async () => {
  stage = new Stage();
  mkdirSync(stage.data, { mode: 0o700 });
  await stage.fill((filling) => converse(filling, 1500));
  tables = new Tables(openForReading(stage.file));
});
afterEach(() => {
  tables.database.close();
  stage.remove();
});

function lines(
  name: string,
  selection: Partial<Selection> = {},
  format: 'lines' | 'jsonl' = 'lines',
): string[] {
  const room = roomsOf(tables).find((one) => one.name === name);
  if (room === undefined) throw new Error(`no room ${name}`);
  const pieces = [...exportRoom(tables, room, { ...ALL, ...selection }, format)];
  const text = pieces.map((piece) => ('text' in piece ? piece.text : '')).join('');
  return text.split('\n').slice(0, -1);
}

/** Frames as the log has them, by a way of its own. */
function frames(room: string): Frame[] {
  const { entries = [] } = contentOf(stage.file)[room] ?? {};
  return entries.map(({ seq, time, body }) => ({
    ...decodeFrame(Buffer.from(body, 'hex')),
    room,
    seq,
    time,
  }));
}

describe('exported', () => {
  test('lines are those of chat.log, one for each entry, in order', () => {
    for (const room of ['lobby', 'physics', PRIVATE_ROOM]) {
      expect(lines(room).map((line) => `${line}\n`)).toEqual(frames(room).map((frame) => chatLine(frame)));
    }
    expect(lines('lobby').length).toBe(1504);
  });

  test('JSON lines are those of `kentongan tail --json`', () => {
    const logId = Buffer.from(contentOf(stage.file)['lobby']?.logId ?? '', 'hex');
    const view = { room: 'lobby', position: { logId, seq: 0, check: 0 } } as unknown as Parameters<
      typeof gapJson
    >[0];
    const expected = frames('lobby').map((frame) => JSON.stringify(entryJson(entryOf(frame), view)));
    expect(lines('lobby', {}, 'jsonl')).toEqual(expected);
  });

  test('are chosen by seq', () => {
    expect(lines('lobby', { from: 700, to: 702 }).map((line) => line.split(' ')[2])).toEqual([
      '#700',
      '#701',
      '#702',
    ]);
    expect(lines('lobby', { from: 1504 }).length).toBe(1);
    expect(lines('lobby', { from: 1505 })).toEqual([]);
    expect(lines('lobby', { to: 1 }).length).toBe(1);
  });

  test('are chosen by time: since is meant, until is not', () => {
    const all = frames('lobby');
    for (const at of [START, START + 1000, START + 4500, START + 6000, START + 16_000, START + 99_000]) {
      const seqs = (selection: Partial<Selection>): number[] =>
        lines('lobby', selection, 'jsonl').map((line) => (JSON.parse(line) as { seq: number }).seq);
      expect(seqs({ since: at })).toEqual(all.filter(({ time }) => time >= at).map(({ seq }) => seq));
      expect(seqs({ until: at })).toEqual(all.filter(({ time }) => time < at).map(({ seq }) => seq));
    }
  });
});

test('every kind of entry is the same JSON as that of `kentongan tail --json`', () => {
  const logId = new Uint8Array(16).fill(7);
  const view = { room: 'lobby', position: { logId, seq: 0, check: 0 } } as unknown as Parameters<
    typeof gapJson
  >[0];
  const by = authorOf('carol');
  const chat = (content: unknown, replyTo = 0): Frame =>
    frameOf({ $case: 'chat', value: { content, replyTo } } as never, { author: by });
  const entries: Frame[] = [
    chat({ $case: 'text', value: 'a "b" \\ \u001b[31m \u202e \u{e0041} \n' }, 4),
    chat({ $case: 'sealed', value: { scheme: 1, epoch: 1, data: new Uint8Array(3) } }),
    chat(undefined),
    frameOf({ $case: 'join', value: { have: undefined, last: 0, mode: 0 } }, { author: by }),
    frameOf({ $case: 'leave', value: { reason: Reason.KICKED, by, text: 'out' } }, { author: by }),
    frameOf({ $case: 'leave', value: { reason: 99 as Reason, by: undefined, text: '' } }, { author: by }),
    systemFrame({ $case: 'notice', value: { code: NoticeCode.ANNOUNCEMENT, args: ['a', 'b'] } }),
    systemFrame({ $case: 'notice', value: { code: 77 as NoticeCode, args: [] } }),
    systemFrame({ $case: 'removal', value: { of: 3 } }),
    systemFrame({ $case: 'removed', value: {} }),
    frameOf({ $case: 'system', value: { kind: undefined } }),
  ];
  for (const entry of entries) {
    const frame = { ...entry, room: 'lobby', seq: 5, time: 9e15, id: new Uint8Array(16).fill(1) };
    const line = entryLine(frame, logId);
    expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(entryJson(entryOf(frame), view))));
    expect(Object.keys(JSON.parse(line) as object)).toEqual(Object.keys(entryJson(entryOf(frame), view)));
    expect(line).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]|\u{e0041}/u);
  }
});

describe('what is gone', () => {
  let log: LogFile;
  beforeEach(() => {
    log = new LogFile();
    const room = log.add('lobby');
    for (let commit = 0; commit < 5; commit++) log.append(room, ['one', 'two', 'three']);
    log.truncate(room, 2);
    log.run('DELETE FROM segment WHERE first = 10');
  });
  afterEach(() => log.remove());

  function pieces(selection: Partial<Selection>): string {
    const own = new Tables(log.database);
    const [room] = roomsOf(own);
    if (room === undefined) throw new Error('no room');
    return [...exportRoom(own, room, { ...ALL, ...selection }, 'jsonl')]
      .map((piece) => {
        if ('damaged' in piece) return `damaged ${piece.damaged.from}-${piece.damaged.to}`;
        return piece.text
          .split('\n')
          .slice(0, -1)
          .map((line) => {
            const { type, seq, next } = JSON.parse(line) as { type: string; seq?: number; next?: number };
            return type === 'gap' ? `gap ${next}` : String(seq);
          })
          .join(' ');
      })
      .join(' ');
  }

  test('is told: by a gap line, and to whom it may concern', () => {
    expect(pieces({})).toBe('7 8 9 damaged 10-12 gap 13 13 14 15');
    expect(pieces({ from: 1, to: 7 })).toBe('gap 7 7');
    expect(pieces({ from: 3 })).toBe('gap 7 7 8 9 damaged 10-12 gap 13 13 14 15');
    expect(pieces({ from: 3, to: 5 })).toBe('gap 6');
    expect(pieces({ from: 12, to: 13 })).toBe('damaged 12-12 gap 13 13');
  });

  test('no read transaction stays open between two pages', () => {
    const own = new Tables(log.database);
    const [room] = roomsOf(own);
    if (room === undefined) throw new Error('no room');
    expect(pageAt(own, room, 7).status).toBe('segment');
    expect(own.database.isTransaction).toBe(false);
    for (const piece of exportRoom(own, room, ALL, 'lines')) {
      expect([piece, own.database.isTransaction]).toEqual([piece, false]);
    }
  });
});

describe('merged', () => {
  test('rooms are one story by time, then room, then seq', async () => {
    tables.database.close();
    await stage.fill(async (filling) => {
      for (const room of ['lobby', 'physics', 'games']) filling.open(room);
      for (let n = 0; n < 300; n++) {
        filling.chat(['lobby', 'physics', 'games'][n % 3] ?? '', 'bob', `round ${n}`);
        if (n % 7 === 0) await filling.commit();
      }
      await filling.commit();
    });
    tables = new Tables(openForReading(stage.file));
    const rooms = roomsOf(tables);
    const merged = [...new Merge(tables, rooms, () => undefined).runs()].flatMap(({ room, logId, run }) => {
      expect(rooms.find(({ name }) => name === room)?.logId).toEqual(logId);
      const seqs = [...payloadsOf(run.bytes)].map((payload) => decodeFrame(payload));
      expect([seqs[0]?.seq, seqs.at(-1)?.seq]).toEqual([run.first, run.last]);
      return seqs.map(({ seq, time }) => ({ time, room, seq }));
    });
    const all = Object.entries(contentOf(stage.file)).flatMap(([room, { entries }]) =>
      entries.map(({ seq, time }) => ({ time, room, seq })),
    );
    const inOrder = all.toSorted(
      (a, b) => a.time - b.time || (a.room < b.room ? -1 : Number(a.room > b.room)) || a.seq - b.seq,
    );
    expect(merged).toEqual(inOrder);
  });

  test('what can not be read is told and left out', () => {
    const log = new LogFile();
    try {
      const room = log.add('lobby');
      for (let commit = 0; commit < 3; commit++) log.append(room, ['one', 'two']);
      log.run("UPDATE segment SET bytes = x'00' WHERE first = 3");
      const own = new Tables(log.database);
      const damaged: unknown[] = [];
      const runs = [...new Merge(own, roomsOf(own), (range) => damaged.push(range)).runs()];
      expect(runs.map(({ run }) => [run.first, run.last])).toEqual([
        [1, 2],
        [5, 6],
      ]);
      expect(damaged).toEqual([{ room: 'lobby', from: 3, to: 4 }]);
      expect(hexOf(runs[0]?.logId ?? new Uint8Array())).toBe(hexOf(room.logId));
    } finally {
      log.remove();
    }
  });
});
