// `kentongan status` for people.
import { formatAddress } from '../net/address.ts';
import { LIMIT_KEYS, LIMIT_OPTIONS, limitText } from '../config/limits.ts';
import { limits as protocolLimits } from '../protocol/index.ts';
import type { LiveHeap, MeasuredDelay, RoomStatus, ServerStatus, StorageStatus } from '../control/status.ts';
import { fingerprintRows } from './places.ts';
import { withLook } from '../observe/look.ts';
import { fill, type TextKey, type Texts } from '../texts/texts.ts';

const MIB = 1_048_576;
const KIB = 1024;
/** Columns that stand before a value, and those that are left for it. */
const LABEL = 17;
const ROW = 62;

/** The lines, in order. */
export function statusLines(status: ServerStatus, texts: Texts): string[] {
  const { chatLog, loopDelayMs, memory } = status;
  const say = (key: TextKey, values: Record<string, string | number>): string => fill(texts[key], values);
  return [
    say('status.server', { version: status.version, pid: status.pid, uptime: uptime(status.uptimeMs) }),
    say('status.listening', { address: formatAddress(status.address, status.port) }),
    ...portLines(status, texts),
    say('status.clients', { sessions: status.sessions, users: status.users }),
    say('status.transports', { ...status.transports }),
    ...(status.boundNames === 0 ? [] : [say('status.names', { count: status.boundNames })]),
    ...(status.invites === 0 ? [] : [say('status.invites', { count: status.invites })]),
    ...storageLines(status.storage, texts),
    say('status.memory', {
      rss: Math.round(memory.rssBytes / MIB),
      heap: Math.round(memory.heapUsedBytes / MIB),
      flight: Math.ceil(status.inFlightBytes / KIB),
    }),
    ...(status.heap === undefined ? [] : [heapLine(status.heap, texts)]),
    say('status.loop', { ...loopDelayMs }),
    ...(status.measuredDelayMs === undefined ? [] : [measuredLine(status.measuredDelayMs, texts)]),
    ...refusalLines(status.refusals, texts),
    ...limitLines(status.limits, texts),
    ...(chatLog === undefined
      ? []
      : [say(chatLog.retries === 0 ? 'status.chat-log' : 'status.chat-log-trouble', { ...chatLog })]),
    ...(status.privateRooms === 0 ? [] : [say('status.private', { count: status.privateRooms })]),
    '',
    ...table(status.rooms, texts),
  ];
}

function storageLines(storage: StorageStatus | undefined, texts: Texts): string[] {
  if (storage === undefined) return [texts['status.durability.memory']];
  const { state, databaseBytes, walBytes, freeBytes, damaged } = storage;
  const size = Math.ceil((databaseBytes + walBytes) / MIB);
  const free = freeBytes === undefined ? '?' : Math.floor(freeBytes / MIB);
  return [
    fill(texts['status.durability.disk'], { size, free }),
    ...(state === 'ok' ? [] : [texts[`status.storage.${state}`]]),
    ...damaged.map((one) => fill(texts[one.to === 0 ? 'status.damaged' : 'status.damaged.entries'], one)),
  ];
}

function portLines({ plain, fingerprint, asks, membersOnly }: ServerStatus, texts: Texts): string[] {
  const [first = '', second = ''] = fingerprintRows(fingerprint).map((row) => row.trim());
  return [
    texts[plain === 'lan' ? 'status.plain.lan' : 'status.plain.loopback'],
    fill(texts['status.fingerprint'], { fingerprint: first }),
    `${' '.repeat(LABEL)}${second}`,
    ...(asks === 'nothing' ? [] : [texts[asks === 'password' ? 'status.asks.password' : 'status.asks.code']]),
    ...(membersOnly ? [texts['status.members-only']] : []),
  ];
}

/** All of them, as an operator writes them. */
function limitLines(limits: ServerStatus['limits'], texts: Texts): string[] {
  const said = LIMIT_KEYS.flatMap((key) => {
    const value = limits[LIMIT_OPTIONS[key]];
    return value === undefined ? [] : [`${key} ${limitText(key, value)}`];
  });
  if (said.length === 0) return [];
  const [first = '', ...rest] = inRows(said);
  return [fill(texts['status.limits'], { list: first }), ...rest.map((row) => ' '.repeat(LABEL) + row)];
}

/** Parts with commas, in rows that fit behind a label. */
function inRows(parts: readonly string[]): string[] {
  const rows: string[] = [];
  let row = '';
  for (const [at, part] of parts.entries()) {
    const next = at === parts.length - 1 ? part : `${part},`;
    if (row !== '' && row.length + next.length >= ROW) {
      rows.push(row);
      row = next;
    } else row = row === '' ? next : `${row} ${next}`;
  }
  return [...rows, row];
}

function heapLine({ liveBytes, externalBytes }: LiveHeap, texts: Texts): string {
  const [live, external] = [liveBytes, externalBytes].map((bytes) => (bytes / MIB).toFixed(1));
  return fill(texts['status.heap'], { live: live ?? '', external: external ?? '' });
}

function measuredLine({ spanMs, ...delay }: MeasuredDelay, texts: Texts): string {
  return fill(texts['status.measured'], { span: uptime(spanMs), ...delay });
}

/** The most frequent first. */
function refusalLines(refusals: ServerStatus['refusals'], texts: Texts): string[] {
  const counts = Object.entries(refusals).toSorted(([, a], [, b]) => b - a);
  if (counts.length === 0) return [];
  const list = counts.map(([what, count]) => `${what} ${count}`).join(', ');
  return [fill(texts['status.refusals'], { list })];
}

/** `3d 4h`, `4h 5m`, `5m 6s`: the two largest parts. */
function uptime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  const first = Math.min(
    parts.length - 1,
    Math.max(
      0,
      parts.findIndex(([amount]) => amount > 0),
    ),
  );
  const shown = seconds === 0 ? parts.slice(-1) : parts.slice(first, first + 2);
  return shown.map(([amount, unit]) => `${amount}${unit}`).join(' ');
}

function table(rooms: readonly RoomStatus[], texts: Texts): string[] {
  const rows = [
    [
      texts['status.room'],
      texts['status.members'],
      texts['status.held'],
      texts['status.listeners'],
      texts['status.newest'],
      texts['status.lag'],
    ],
    ...rooms.map(({ room, members, held, listeners, newest, lag }) => [
      fill('{room}', { room: withLook(room) }),
      String(members),
      String(held),
      String(listeners),
      `#${newest}`,
      String(lag),
    ]),
  ];
  const columns = [protocolLimits.NAME_CODE_POINTS_MAX, 0, 0, 0, 0, 0].map((most, at) => {
    const width = Math.max(...rows.map((row) => row[at]?.length ?? 0));
    return most === 0 ? width : Math.min(width, most);
  });
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(columns[at] ?? 0) : cell.padStart(columns[at] ?? 0)))
      .join('  '),
  );
}
