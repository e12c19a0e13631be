// What a process has used until now, from /proc. Linux alone.
import { readdirSync, readFileSync } from 'node:fs';
import {
  type CpuTimes,
  parseDescriptors,
  parseKib,
  parseMachine,
  parseSchedstat,
  parseSockstat,
  parseStat,
} from './proc.ts';

export interface Usage {
  /** CPU time of all threads, seconds. */
  readonly cpu: number;
  /** The part of it in user mode, 0 to 1, since the start. */
  readonly times: CpuTimes;
  /** Busy time of all cores, everybody's, seconds. */
  readonly machine: number;
  /** Clock, milliseconds. */
  readonly at: number;
}

export interface Memory {
  readonly rssKib: number;
  /** The most that it ever was. */
  readonly peakKib: number;
  /** Shared pages by the number of those who share them; absent where the kernel does not say. */
  readonly pssKib: number | undefined;
}

/** Files of a process that are no connections. */
const DESCRIPTORS_KEPT = 200;

function read(file: string): string {
  return readFileSync(file, 'utf8');
}

/** Throws when the process is gone. */
export function usageOf(pid: number): Usage {
  const times = parseStat(read(`/proc/${pid}/stat`));
  return {
    cpu: cpuOf(pid) ?? times.user + times.system,
    times,
    machine: parseMachine(read('/proc/stat')),
    at: performance.now(),
  };
}

/** In nanoseconds' precision, where the kernel counts so: a tick of 10 ms is much of a short run. */
function cpuOf(pid: number): number | undefined {
  try {
    const folder = `/proc/${pid}/task`;
    return readdirSync(folder).reduce(
      (sum, id) => sum + parseSchedstat(read(`${folder}/${id}/schedstat`)),
      0,
    );
  } catch {
    return undefined;
  }
}

/** What was used between two looks. */
export interface Spent {
  /** CPU seconds. */
  readonly cpu: number;
  /** The part of it in user mode, 0 to 1. */
  readonly user: number;
  /** Parts of one core. */
  readonly busy: number;
  readonly othersBusy: number;
  readonly seconds: number;
}

/** @param ownCpu seconds of the generator, which are not the others' */
export function spentBetween(before: Usage, after: Usage, ownCpu: number): Spent {
  const seconds = (after.at - before.at) / 1_000;
  const cpu = after.cpu - before.cpu;
  const [user, system] = [after.times.user - before.times.user, after.times.system - before.times.system];
  const others = Math.max(0, after.machine - before.machine - cpu - ownCpu);
  return {
    cpu,
    user: user + system === 0 ? 0 : user / (user + system),
    busy: cpu / seconds,
    othersBusy: others / seconds,
    seconds,
  };
}

export function memoryOf(pid: number): Memory {
  const status = read(`/proc/${pid}/status`);
  return {
    rssKib: parseKib(status, 'VmRSS') ?? 0,
    peakKib: parseKib(status, 'VmHWM') ?? 0,
    pssKib: pssOf(pid),
  };
}

function pssOf(pid: number): number | undefined {
  try {
    return parseKib(read(`/proc/${pid}/smaps_rollup`), 'Pss');
  } catch {
    return undefined;
  }
}

/** KiB in the buffers of all TCP sockets of the machine. */
export function socketBuffersKib(): number {
  return parseSockstat(read('/proc/net/sockstat'));
}

/** KiB that the kernel keeps for all sockets of the machine, and for everything else: only a difference tells something. */
export function kernelKib(): number {
  return (parseKib(read('/proc/meminfo'), 'Slab') ?? 0) + socketBuffersKib();
}

/** Connections that a server and a generator can have, each: what we start may open as many files as we. */
export function connectionsMax(): number {
  return parseDescriptors(read('/proc/self/limits')) - DESCRIPTORS_KEPT;
}
