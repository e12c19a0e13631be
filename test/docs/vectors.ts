// The vectors, typed. What each file means is said in docs/protocol.md, chapter 18.
import { readFileSync } from 'node:fs';
import type { Json } from './spec-codec.ts';

interface Case {
  readonly name: string;
  /** Ids of the rules that the case exercises. */
  readonly rules: readonly string[];
}
export interface FrameCase extends Case {
  readonly fields: Json;
  readonly hex: string;
}
export interface RefusedCase extends Case {
  readonly hex: string;
  readonly fault: string;
  readonly ref?: number;
  readonly field?: string;
}
export interface FramingCase extends Case {
  readonly before_welcome?: boolean;
  readonly chunks: readonly string[];
  readonly payloads: readonly string[];
  readonly fault?: string;
  readonly limit?: number;
}
export interface NameCase extends Case {
  readonly canonical: string | null;
}
export interface ChainCase extends Case {
  readonly log_id: string;
  readonly entries: readonly {
    readonly body: string;
    readonly seq: number;
    readonly time: number;
    readonly chain: string;
    readonly check: number;
    readonly payload: string;
  }[];
}
export interface PositionCase extends Case {
  readonly have: {
    readonly seq: number;
    readonly log_id?: 'other';
    readonly check?: 'right' | 'wrong' | 'unknown';
  } | null;
  readonly last: number;
  readonly oldest: number;
  readonly newest: number;
  readonly status: string;
  readonly first: number;
}
export interface ProofCase extends Case {
  /** Of the key pair: what RFC 8032 calls the private key. */
  readonly seed: string;
  readonly key: string;
  /** As it is on the wire. */
  readonly user: string;
  readonly nonce: string;
  readonly client_nonce: string;
  readonly binding: string;
  /** With the binding ORIGIN: the text that `bound` is the SHA-256 of. */
  readonly origin?: string;
  readonly bound: string;
  readonly hello_name: string;
  readonly message: string;
  readonly signature: string;
}
export interface SessionStep {
  /** Who sends: a client by its name, or the server to that client. */
  readonly from: string;
  readonly to: string;
  readonly note?: string;
  readonly fields: Json;
  readonly hex: string;
}
export interface SessionCase extends Case {
  readonly steps: readonly SessionStep[];
}

export interface Vectors {
  readonly frames: readonly FrameCase[];
  readonly lenient: readonly FrameCase[];
  readonly refused: readonly RefusedCase[];
  readonly framing: readonly FramingCase[];
  readonly names: readonly NameCase[];
  readonly chain: readonly ChainCase[];
  readonly positions: readonly PositionCase[];
  readonly proof: readonly ProofCase[];
  readonly sessions: readonly SessionCase[];
}

const VECTOR_FILES: readonly (keyof Vectors)[] = [
  'frames',
  'lenient',
  'refused',
  'framing',
  'names',
  'chain',
  'positions',
  'proof',
  'sessions',
];

export function readVectors(): Vectors {
  const read = (file: string): unknown =>
    JSON.parse(readFileSync(new URL(`../vectors/${file}.json`, import.meta.url), 'utf8'));
  return Object.fromEntries(VECTOR_FILES.map((file) => [file, read(file)])) as unknown as Vectors;
}

/** Every case of every file. */
export function allCases(vectors: Vectors): readonly Case[] {
  return VECTOR_FILES.flatMap((file): readonly Case[] => vectors[file]);
}
