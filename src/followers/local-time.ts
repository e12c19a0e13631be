// Times as people in this place read them.

/** Minutes east of UTC at a moment given in milliseconds since 1970. */
export type ZoneOffset = (time: number) => number;

/** The zone of this process. */
export const localZone: ZoneOffset = (time) => 0 - new Date(time).getTimezoneOffset();

/** The last moment that a Date can show. */
const TIME_MAX = 8.64e15 - 86_400_000;

/** `2026-11-22T19:03:11.245+07:00`: RFC 3339, local time with its offset, milliseconds. */
export function formatLocalTime(time: number, zone: ZoneOffset = localZone): string {
  const moment = Math.min(time, TIME_MAX);
  const offset = zone(moment);
  const local = new Date(moment + offset * 60_000).toISOString().slice(0, -1);
  const minutes = Math.abs(offset);
  return `${local}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
