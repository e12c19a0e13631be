// What a proof signs (KTG-7.18). The vectors of docs/protocol.md say the same of whole proofs.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Binding, limits, proofMessage } from '../../src/protocol/index.ts';
import { runs } from '../runs.ts';

type ProofFacts = Parameters<typeof proofMessage>[0];

const CONTEXT = 'kentongan/1 proof\0';

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length, max: 1 });

const facts: fc.Arbitrary<ProofFacts> = fc.record({
  nonce: bytes(limits.CHALLENGE_NONCE_BYTES),
  clientNonce: bytes(limits.CLIENT_NONCE_BYTES),
  binding: fc.constantFrom(Binding.CERTIFICATE, Binding.ORIGIN, Binding.EXPORTER),
  bound: bytes(limits.BINDING_BYTES),
  key: bytes(limits.KEY_BYTES),
  // What UTF-8 can carry: any code point but surrogates.
  name: fc.string({ unit: 'binary', maxLength: 40 }),
});

/** The facts that a message was made from. That there is such a function is what makes it injective. */
function takeApart(message: Uint8Array): ProofFacts & { readonly context: string } {
  let at = 0;
  const take = (length: number): Uint8Array => message.slice(at, (at += length));
  const text = (part: Uint8Array): string =>
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(part);
  const context = text(take(CONTEXT.length));
  const nonce = take(limits.CHALLENGE_NONCE_BYTES);
  const clientNonce = take(limits.CLIENT_NONCE_BYTES);
  const binding = (take(1)[0] ?? 0) as Binding;
  const bound = take(limits.BINDING_BYTES);
  const key = take(limits.KEY_BYTES);
  return { context, nonce, clientNonce, binding, bound, key, name: text(take(message.length)) };
}

test('a proof message can be taken apart again, so no two proofs sign the same bytes', () => {
  fc.assert(
    fc.property(facts, (one) => {
      expect(takeApart(proofMessage(one))).toEqual({ context: CONTEXT, ...one });
    }),
    runs(1_000),
  );
});

test('two sets of facts that differ in one place give two messages', () => {
  const fields = ['nonce', 'clientNonce', 'binding', 'bound', 'key', 'name'] as const;
  fc.assert(
    fc.property(facts, facts, fc.constantFrom(...fields), (one, other, field) => {
      const changed = { ...one, [field]: other[field] };
      const same = Buffer.from(proofMessage(one)).equals(proofMessage(changed));
      const equal =
        typeof one[field] === 'object'
          ? Buffer.from(one[field]).equals(other[field] as Uint8Array)
          : one[field] === other[field];
      expect(same).toBe(equal);
    }),
    runs(1_000),
  );
});
