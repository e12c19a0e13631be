// Owns the file that an identity is kept in and carried to another device with.
import { createHash } from 'node:crypto';
import { hexOf, isName } from '../../src/protocol/index.ts';
import { identityOf, SEED_BYTES } from '../sdk/identity.ts';
import type { ClientIdentity } from '../sdk/index.ts';

/** A name and the key that it is bound to. */
export interface Identity extends ClientIdentity {
  readonly name: string;
  /** Whoever has these bytes is this person. */
  readonly seed: Uint8Array;
}

/** What is wrong with a text: it is no identity, of a later version, or was changed on its way. */
export type IdentityProblem = 'none' | 'version' | 'damaged';

export class IdentityTextError extends Error {
  readonly problem: IdentityProblem;

  constructor(problem: IdentityProblem) {
    super(problem);
    this.name = 'IdentityTextError';
    this.problem = problem;
  }
}

const TITLE = 'kentongan identity';
const VERSION = '1';
const CHECK_DIGITS = 16;

export function makeIdentity(name: string, seed: Uint8Array): Identity {
  return { name, seed, ...identityOf(seed) };
}

/** The file. It says what it is to whoever finds it. */
export function identityText({ name, seed, key }: Identity): string {
  return [
    `${TITLE} ${VERSION}`,
    `# Whoever has this file is "${name}". Show it to nobody. On another device of yours: kentongan identity import FILE`,
    `# Siapa pun yang memegang berkas ini adalah "${name}". Jangan perlihatkan kepada siapa pun.`,
    `# Di perangkat Anda yang lain: kentongan identity import BERKAS`,
    `name: ${name}`,
    `public: ${hexOf(key)}`,
    `private: ${hexOf(seed)}`,
    `check: ${checkOf(name, seed)}`,
    '',
  ].join('\n');
}

/** Of what matters alone: a mail may change the ends of lines. */
function checkOf(name: string, seed: Uint8Array): string {
  const text = `${TITLE} ${VERSION}\n${name}\n${hexOf(seed)}\n`;
  return createHash('sha256').update(text).digest('hex').slice(0, CHECK_DIGITS);
}

/**
 * Reads such a file; lines may have other ends, and empty ones between them.
 * @throws IdentityTextError
 */
export function readIdentityText(text: string): Identity {
  const lines = text
    .replace(/^\ufeff/, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const title = lines.shift() ?? '';
  if (!title.startsWith(`${TITLE} `)) throw new IdentityTextError('none');
  if (title !== `${TITLE} ${VERSION}`) throw new IdentityTextError('version');
  const fields = new Map(lines.map((line): [string, string] => fieldOf(line)));
  const seed = bytesOf(fields.get('private') ?? '');
  const name = fields.get('name') ?? '';
  if (seed === undefined || !isName(name) || fields.get('check') !== checkOf(name, seed))
    throw new IdentityTextError('damaged');
  const identity = makeIdentity(name, seed);
  if (fields.get('public') !== hexOf(identity.key)) throw new IdentityTextError('damaged');
  return identity;
}

function fieldOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  if (colon < 0) throw new IdentityTextError('damaged');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

function bytesOf(text: string): Uint8Array | undefined {
  if (text.length !== 2 * SEED_BYTES || !/^[0-9a-f]*$/.test(text)) return undefined;
  return Uint8Array.from(Buffer.from(text, 'hex'));
}
