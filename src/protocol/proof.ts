// What is signed to prove that one has a key (docs/protocol.md §7).
import type { Binding } from './gen/kentongan/v1/kentongan.ts';

/** Everything that the two sides have said, and where. */
export interface ProofFacts {
  /** Challenge.nonce, 32 bytes. */
  readonly nonce: Uint8Array;
  /** Hello.client_nonce, 16 bytes. */
  readonly clientNonce: Uint8Array;
  readonly binding: Binding;
  /** What the proof is tied to: 32 bytes, whatever the binding. */
  readonly bound: Uint8Array;
  /** Hello.key, 32 bytes. */
  readonly key: Uint8Array;
  /** Hello.name, as it was sent. */
  readonly name: string;
}

const CONTEXT = 'kentongan/1 proof\0';

const encoder = new TextEncoder();

/**
 * The bytes that Proof.signature signs: `"kentongan/1 proof\0" ‖ nonce ‖ client_nonce ‖ binding (1 byte) ‖ bound ‖
 * key ‖ name`. All parts but the last have one length, so no two sets of facts give the same bytes.
 */
export function proofMessage({ nonce, clientNonce, binding, bound, key, name }: ProofFacts): Uint8Array {
  const parts = [
    encoder.encode(CONTEXT),
    nonce,
    clientNonce,
    Uint8Array.of(binding),
    bound,
    key,
    encoder.encode(name),
  ];
  const message = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    message.set(part, at);
    at += part.length;
  }
  return message;
}
