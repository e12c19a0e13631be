// What a run may find wrong.
import { Tally } from '../support/findings.ts';

/** The kinds of broken promises, in the order of the tables. */
export const FINDINGS = [
  /** An entry that somebody had a receipt for, or had seen, is not in the log where it was. */
  'lost',
  /** A message is in the log twice. */
  'doubled',
  /** A sender's lines changed order, or seq or time went back. */
  'reordered',
  /** An entry is not what was said, not what it was, or not what its chain says. */
  'altered',
  /** Something is in the log that nobody has said. */
  'foreign',
  /** Two readers of one room have seen different things, or one a list with a hole. */
  'split',
  /** The server said nothing, or something else than it promises. */
  'answer',
  /** The server speaks of damage where there is none. */
  'alarm',
  /** The server did not start, did not go on, or did not end. */
  'stuck',
  /** chat.log is not the log. */
  'chat.log',
  /** What was changed on the disk came out as if it had been said so. */
  'silent',
] as const;

export type FindingKind = (typeof FINDINGS)[number];

const KINDS = {
  all: FINDINGS,
  always: new Set<FindingKind>(['lost', 'doubled', 'reordered', 'alarm']),
} as const;

export class Findings extends Tally<FindingKind> {
  /** @param onText is told at once */
  constructor(onText: (text: string) => void = () => undefined) {
    super(KINDS, onText);
  }
}
