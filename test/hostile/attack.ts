// What all attacks have in common.
import type { Transport } from '../../bench/link.ts';
import type { Random } from '../support/random.ts';
import type { FindingKind } from './finding.ts';

/** How much is done: in the test command, without words, and for the figures that are told. */
export type Scale = 'slice' | 'quick' | 'full';

/** What attackers have counted: cells of a table's row. */
export type Counts = Readonly<Record<string, number>>;

/** One attack as the process that carries it out has it. */
export interface Strike {
  readonly port: number;
  readonly random: Random;
  /** How much: frames, requests, connections, or seconds. */
  readonly amount: number;
  readonly scale: Scale;
  /** What the server can be reached by. */
  readonly transports: readonly Transport[];
  /** Stands in everything that honest people say in private: no attacker may ever see it. */
  readonly marker: string;
  found(kind: FindingKind, text: string): void;
  /** So much is done. */
  progress(done: number): void;
}

export interface Attack {
  readonly name: string;
  readonly about: string;
  readonly amounts: Readonly<Record<Scale, number>>;
  /** How much is done of it before anything is measured, so that nothing is there for the first time. */
  readonly warmUp?: Partial<Readonly<Record<Scale, number>>>;
  /** Limits that have to be lifted for it, by their documented flags; all others hold. */
  readonly flags?: (scale: Scale) => readonly string[];
  /** The server may open so many files. */
  readonly descriptors?: number;
  /** What the server may tell its operator about it on standard error. */
  readonly warning?: RegExp;
  /** The server asks for this password; honest people know it. */
  readonly password?: string;
  /** False: while it lasts nobody new can come in. */
  readonly visitors?: boolean;
  /** What it may cost beyond what was there before, of the server's process and of the kernel. */
  readonly memory?: { readonly processMiB: number; readonly kernelMiB: number };
  /** Runs in a process of its own. */
  strike(strike: Strike): Promise<Counts>;
}

/** Does `count` things, so many at a time. */
export async function inParallel(
  width: number,
  count: number,
  one: (n: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(width, count) }, async () => {
      while (next < count) await one(next++);
    }),
  );
}

/** An address to call from: one machine is a whole network of attackers. Honest people call from 127.0.0.1. */
export function addressOf(network: number, host: number): string {
  return `127.${network}.${Math.floor(host / 250)}.${1 + (host % 250)}`;
}
