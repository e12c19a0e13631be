// What attackers must not bring about.
import { type Kinds, Tally } from '../support/findings.ts';

const FINDINGS = [
  /** The server ended, or would not stop when it was told to. */
  'crash',
  /** An error that nobody handled: a `defect` in the operator log, or a word on standard error. */
  'defect',
  /** A line of an honest person was not stored, or did not reach somebody. */
  'lost',
  'doubled',
  'reordered',
  /** Somebody saw what nobody said, or not by whom it was said, or two saw different things. */
  'foreign',
  /** An attacker was told what is none of its business. */
  'leak',
  /** An honest connection ended, or an honest request was refused. */
  'ended',
  /** An honest line, or somebody who came in, took too long. */
  'late',
  /** The server gave an answer that it must not give, or none. */
  'answer',
  /** A connection outlived its deadline. */
  'uncut',
  /** What the attack had taken was not given back. */
  'heap',
  /** The attack cost more memory than it may. */
  'memory',
  /** The harness itself found no way on. */
  'stuck',
  /** What was planted to be found was not found. */
  'silent',
] as const;

export type FindingKind = (typeof FINDINGS)[number];

const KINDS: Kinds<FindingKind> = {
  all: FINDINGS,
  always: new Set(['crash', 'defect', 'lost', 'doubled', 'reordered', 'foreign', 'leak']),
};

export class Findings extends Tally<FindingKind> {
  /** @param onText is told at once */
  constructor(onText: (text: string) => void = () => undefined) {
    super(KINDS, onText);
  }
}

/** As it goes from process to process. */
export type Found = readonly [kind: FindingKind, text: string];
