// Which core is whose: the server, with all its threads, has one, what makes its load another.
import { readFileSync } from 'node:fs';
import { parseCores } from './proc.ts';
import { findProgram } from './programs.ts';

export type Pinning =
  | { readonly kind: 'pinned'; readonly server: number; readonly load: number }
  /** Both on one core: CPU per delivery is right, latencies and rates are not. */
  | { readonly kind: 'one core'; readonly server: number; readonly load: number }
  | { readonly kind: 'free'; readonly reason: string };

export function pinningHere(): Pinning {
  if (findProgram('taskset') === undefined) return { kind: 'free', reason: 'taskset is not installed' };
  const list = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  return pinningOn(parseCores(list));
}

/** @param cores those that this process may use */
export function pinningOn(cores: readonly number[]): Pinning {
  const [server, load] = cores;
  if (server === undefined) return { kind: 'free', reason: 'the system does not say which cores there are' };
  if (load === undefined) return { kind: 'one core', server, load: server };
  return { kind: 'pinned', server, load };
}

/** A command that stays on its core. */
export function pinned(
  command: readonly string[],
  pinning: Pinning,
  role: 'server' | 'load',
): readonly string[] {
  return pinning.kind === 'free' ? command : ['taskset', '-c', String(pinning[role]), ...command];
}

export function pinningText(pinning: Pinning): string {
  switch (pinning.kind) {
    case 'pinned':
      return `server on core ${pinning.server}, generator on core ${pinning.load}`;
    case 'one core':
      return 'server and generator share the only core: rates and latencies say little, CPU per delivery does';
    case 'free':
      return `not pinned (${pinning.reason}): servers with many threads use more than one core`;
  }
}
