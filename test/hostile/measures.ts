// What an attack costs, as the system and the server themselves tell it. Linux alone.
import { readFileSync } from 'node:fs';
import type { LiveHeap, MeasuredDelay, ServerStatus } from '../../src/control/status.ts';
import { runKentongan } from '../faults/server.ts';

const PAGE_BYTES = 4_096;
const KIB = 1_024;
export const MIB = 1_048_576;

/** Memory that the kernel holds for all TCP sockets of this machine, bytes. */
export function kernelTcpBytes(): number {
  const text = readFileSync('/proc/net/sockstat', 'utf8');
  return Number(/^TCP:.* mem (\d+)$/m.exec(text)?.[1] ?? 0) * PAGE_BYTES;
}

/** Memory of a process, bytes; 0 when it is gone. */
export function rssBytes(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * KIB;
  } catch {
    return 0;
  }
}

/** Asks as an operator would: `kentongan status --json`. */
async function askStatus(tree: string, data: string, ...words: readonly string[]): Promise<ServerStatus> {
  const { code, out, err } = await runKentongan(tree, ['status', '--json', '--data', data, ...words]);
  if (code !== 0) throw new Error(`kentongan status: ${err}`);
  return JSON.parse(out) as ServerStatus;
}

/** How late the event loop was since this was last asked; undefined the first time. */
export async function askDelay(tree: string, data: string): Promise<MeasuredDelay | undefined> {
  return (await askStatus(tree, data, '--measure')).measuredDelayMs;
}

export async function askHeap(tree: string, data: string): Promise<LiveHeap> {
  const { heap } = await askStatus(tree, data, '--heap');
  if (heap === undefined) throw new Error('the server does not say what is alive');
  return heap;
}

/** The highest of what is read now and then. */
export class Peak {
  readonly #read: () => number;
  readonly #timer: NodeJS.Timeout;
  #highest: number;

  constructor(read: () => number, everyMs = 100) {
    this.#read = read;
    this.#highest = read();
    this.#timer = setInterval(() => this.#look(), everyMs);
  }

  #look(): void {
    this.#highest = Math.max(this.#highest, this.#read());
  }

  stop(): number {
    this.#look();
    clearInterval(this.#timer);
    return this.#highest;
  }
}
