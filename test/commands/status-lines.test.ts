import { describe, expect, test } from 'vitest';
import { statusLines } from '../../src/commands/status-lines.ts';
import type { ServerStatus, StorageStatus } from '../../src/index.ts';
import { textsOf } from '../../src/texts/texts.ts';

const whole: StorageStatus = {
  state: 'ok',
  databaseBytes: 5_000_000,
  walBytes: 300_000,
  freeBytes: 2_147_483_648,
  reserveBytes: 67_108_864,
  damaged: [],
};

const none: ServerStatus = {
  version: '0.1.0',
  pid: 1,
  uptimeMs: 1,
  address: '127.0.0.1',
  port: 7660,
  data: '/srv/chat',
  engine: 'memory',
  durability: 'memory',
  storage: undefined,
  sessions: 0,
  users: 0,
  rooms: [],
  privateRooms: 0,
  inFlightBytes: 0,
  loopDelayMs: { p50: 0, p99: 0, p999: 0, p9999: 0, max: 0 },
  refusals: {},
  plain: 'loopback',
  fingerprint: 'ab'.repeat(32),
  transports: { plain: 0, tls: 0, ws: 0, wss: 0 },
  boundNames: 0,
  invites: 0,
  limits: {},
  memory: { rssBytes: 0, heapUsedBytes: 0 },
  chatLog: undefined,
};

function linesOf(storage: StorageStatus | undefined, language: 'en' | 'id' = 'en'): string[] {
  return statusLines({ ...none, storage }, textsOf(language));
}

test('a room says how many of its members are held', () => {
  const room = {
    room: 'kelas',
    newest: 7,
    oldest: 1,
    members: 12,
    held: 5,
    listeners: 3,
    lag: 0,
    damaged: false,
  };
  expect(statusLines({ ...none, rooms: [room] }, textsOf('en')).slice(-2)).toEqual([
    'Room   Members  Held  Listeners  Newest  Slowest is behind by',
    'kelas       12     5          3      #7                     0',
  ]);
});

describe('what people are told of the storage', () => {
  test.each<readonly [string, StorageStatus | undefined, readonly string[]]>([
    ['memory', undefined, ['Storage:         memory (lost when the server stops)']],
    ['a whole disk', whole, ['Storage:         disk, 6 MiB; 2048 MiB free']],
    [
      'a disk that does not say',
      { ...whole, freeBytes: undefined },
      ['Storage:         disk, 6 MiB; ? MiB free'],
    ],
    [
      'a full disk',
      { ...whole, state: 'full', freeBytes: 0 },
      [
        'Storage:         disk, 6 MiB; 0 MiB free',
        'THE DISK IS FULL: nothing is stored until there is space.',
      ],
    ],
    [
      'a failed disk, damaged rooms',
      {
        ...whole,
        state: 'read-only',
        damaged: [
          { room: 'lobby', from: 7, to: 9, kind: 'segment' },
          { room: 'kelas\u001b', from: 0, to: 0, kind: 'head' },
        ],
      },
      [
        'Storage:         disk, 6 MiB; 2048 MiB free',
        'THE DISK FAILED: nothing is stored until the server is started again.',
        'DAMAGED:         lobby, #7 to #9 (segment)',
        'DAMAGED:         kelas\\u{1b} (head)',
      ],
    ],
  ])('%s', (_name, storage, expected) => {
    const lines = linesOf(storage);
    const at = lines.findIndex((line) => line.startsWith('Storage:'));
    expect(lines.slice(at, at + expected.length + 1)).toEqual([
      ...expected,
      expect.stringMatching(/^Memory:/),
    ]);
  });

  test('in Indonesian, too', () => {
    expect(linesOf({ ...whole, state: 'full' }, 'id').join('\n')).toContain('DISK PENUH');
    expect(linesOf({ ...whole, state: 'read-only' }, 'id').join('\n')).toContain('DISK GAGAL');
  });
});
