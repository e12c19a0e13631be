// What a proof signs, as the table of KTG-7.18 in docs/protocol.md says it, and keys made from fixed seeds.
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { fromHex, toHex } from './spec-codec.ts';
import type { Spec } from './spec.ts';
import type { ProofCase } from './vectors.ts';

/** What stands before an Ed25519 seed in its PKCS #8 form (RFC 8410). */
const PKCS8_PREFIX = '302e020100300506032b657004220420';
/** What stands before the 32 bytes of a public key in its X.509 form. */
const SPKI_PREFIX_BYTES = 12;
const HEX_COLUMN = 66;

/** A key pair that is the same in every run. Seed and public key are 32 bytes in hex. */
export class FixedKey {
  readonly publicKey: string;
  readonly #private: KeyObject;

  constructor(seed: string) {
    this.#private = createPrivateKey({
      key: Buffer.from(PKCS8_PREFIX + seed, 'hex'),
      format: 'der',
      type: 'pkcs8',
    });
    const spki = createPublicKey(this.#private).export({ format: 'der', type: 'spki' });
    this.publicKey = toHex(spki.subarray(SPKI_PREFIX_BYTES));
  }

  /** The key of this name, in tests. */
  static of(name: string): FixedKey {
    return new FixedKey(createHash('sha256').update(`seed of ${name}`).digest('hex'));
  }

  /** Ed25519 over a message in hex; 64 bytes in hex. */
  sign(message: string): string {
    return toHex(sign(null, fromHex(message), this.#private));
  }
}

/** Everything that a proof signs, in hex but for the names. */
export type ProofParts = Pick<
  ProofCase,
  'nonce' | 'client_nonce' | 'binding' | 'bound' | 'key' | 'hello_name'
>;

/** The parts of the message, in their order, with what they are called in the document. */
function partsOf(spec: Spec, proof: ProofParts): (readonly [hex: string, what: string])[] {
  const number = spec.enums.get('Binding')?.get(proof.binding) ?? 0;
  const context = 'kentongan/1 proof';
  return [
    [`${utf8(context)}00`, `"${context}", a zero byte`],
    [proof.nonce, 'Challenge.nonce'],
    [proof.client_nonce, 'Hello.client_nonce'],
    [number.toString(16).padStart(2, '0'), `Proof.binding = ${number} ${proof.binding}`],
    [proof.bound, 'bound'],
    [proof.key, 'Hello.key'],
    [utf8(proof.hello_name), `Hello.name = "${proof.hello_name}"`],
  ];
}

/** What is signed, in hex. */
export function proofBytes(spec: Spec, proof: ProofParts): string {
  return partsOf(spec, proof)
    .map(([hex]) => hex)
    .join('');
}

/** A proof as the document shows it. */
export function proofText(spec: Spec, one: ProofCase): string {
  const row = (hex: string, what: string): string => {
    const [first = '', ...rest] = hex.match(/.{1,64}/g) ?? [];
    return [`${first.padEnd(HEX_COLUMN)}${what}`, ...rest].join('\n');
  };
  return [
    `# ${one.name} · ${one.rules.join(' ')}`,
    row(one.seed, 'seed of the key'),
    ...(one.origin === undefined ? [] : [`bound = SHA-256("${one.origin}")`]),
    'is signed:',
    ...partsOf(spec, one).map(([hex, what]) => row(hex, what)),
    'with it comes:',
    row(one.signature, 'Proof.signature'),
    row(one.user, 'Welcome.user'),
  ].join('\n');
}

function utf8(text: string): string {
  return toHex(new TextEncoder().encode(text));
}
