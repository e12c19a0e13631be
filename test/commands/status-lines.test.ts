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
  asks: 'nothing',
  membersOnly: false,
  transports: { plain: 0, tls: 0, ws: 0, wss: 0 },
  boundNames: 0,
  invites: 0,
  limits: {
    connections: 10_000,
    connectionsPerAddress: 128,
    handshakeTimeoutMs: 5_000,
    boundTtlMs: 15_552_000_000,
  },
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

test('who may connect, over what, and what was refused', () => {
  const lines = statusLines(
    {
      ...none,
      plain: 'lan',
      transports: { plain: 1, tls: 2, ws: 3, wss: 4 },
      boundNames: 5,
      invites: 2,
      refusals: { RATE_LIMITED: 7, 'no-place': 12 },
    },
    textsOf('en'),
  );
  expect(lines).toEqual(
    expect.arrayContaining([
      'UNENCRYPTED:     FROM EVERYWHERE',
      'Fingerprint:     abab abab abab abab abab abab abab abab',
      'By transport:    plain 1, TLS 2, WebSocket 3, secure WebSocket 4',
      'Bound names:     5',
      'Invite codes:    2 that hold',
      'Refused so far:  no-place 12, RATE_LIMITED 7',
      'Limits:          connections 10000, connections-per-address 128,',
      '                 handshake-timeout 5s, bound-ttl 180d',
    ]),
  );
});

test.each([
  ['code', false, ['To come in:      a code']],
  ['password', false, ['To come in:      the password or a code']],
  ['code', true, ['To come in:      a code', 'Members only:    names that are bound to a key, no guests']],
  ['nothing', false, []],
])('what one needs to come in: %s, members only %s', (asks, membersOnly, lines) => {
  const said = statusLines({ ...none, asks, membersOnly }, textsOf('en'));
  expect(said.filter((line) => /^(To come in|Members only):/.test(line))).toEqual(lines);
});

test('what was measured on demand', () => {
  const delay = { p50: 0.1, p99: 1, p999: 2, p9999: 3, max: 4 };
  const lines = statusLines(
    {
      ...none,
      heap: { liveBytes: 10_485_760, externalBytes: 1_048_576, arrayBufferBytes: 0, rssBytes: 0 },
      measuredDelayMs: { ...delay, spanMs: 30_000, samples: 27_000 },
    },
    textsOf('en'),
  );
  expect(lines).toContain('Live heap:       10.0 MiB, and 1.0 MiB outside of it (garbage collected)');
  expect(lines).toContain(
    'In 30s:       late by 0.1 ms (median), 1 ms (99 %), 2 ms (99.9 %), 3 ms (99.99 %), 4 ms (worst)',
  );
});
