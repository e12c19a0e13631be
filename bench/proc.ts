// What Linux tells of a process and of its sockets: texts of /proc, parsed. Nothing here reads a file.

/** CPU time since the start, seconds. */
export interface CpuTimes {
  readonly user: number;
  readonly system: number;
}

const TICKS_PER_SECOND = 100;
const PAGE_KIB = 4;

/**
 * User and system time of a process, all threads, from /proc/PID/stat (proc(5), fields 14 and 15). The name of the
 * program stands in parentheses and may have anything in it.
 */
export function parseStat(text: string): CpuTimes {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  if (!Number.isFinite(user) || !Number.isFinite(system)) throw new Error('no /proc/PID/stat');
  return { user: user / TICKS_PER_SECOND, system: system / TICKS_PER_SECOND };
}

/** Time on a CPU of one thread, seconds, from /proc/PID/task/TID/schedstat: nanoseconds, not ticks. */
export function parseSchedstat(text: string): number {
  const nanoseconds = Number(text.split(' ')[0]);
  if (text === '' || !Number.isFinite(nanoseconds)) throw new Error('no schedstat');
  return nanoseconds / 1e9;
}

/** KiB by their names, from texts such as /proc/PID/status, /proc/PID/smaps_rollup and /proc/meminfo. */
export function parseKib(text: string, name: string): number | undefined {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** KiB in buffers of TCP sockets, of the whole machine, from /proc/net/sockstat: `TCP: … mem PAGES`. */
export function parseSockstat(text: string): number {
  return Number(/^TCP:.* mem (\d+)$/m.exec(text)?.[1] ?? 0) * PAGE_KIB;
}

/** Busy time of all cores since the start, seconds, from the first line of /proc/stat; waiting for a disk is not busy. */
export function parseMachine(text: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (text.split('\n')[0] ?? '')
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}

/** Numbers of cores from lists such as `0-1,4`. */
export function parseCores(list: string): number[] {
  return list
    .trim()
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [first = 0, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, n) => first + n);
    });
}

/** Files and connections that a process may have open, from /proc/PID/limits (the soft limit); Infinity: any number. */
export function parseDescriptors(text: string): number {
  const found = /^Max open files\s+(\d+)/m.exec(text)?.[1];
  return found === undefined ? Number.POSITIVE_INFINITY : Number(found);
}
