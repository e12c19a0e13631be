// How a client with a key comes in, made from docs/protocol.md alone: Hello, Challenge, Proof.
import { Binding } from '../../src/protocol/gen/kentongan/v1/kentongan.ts';
import { FixedKey, proofBytes } from './proofs.ts';
import { type Client, type ConnectOptions, kindOf, type Rig, sha256, systemOf, textOf } from './rig.ts';
import { type Json, toHex } from './spec-codec.ts';
import { readSpec } from './spec.ts';

const spec = readSpec();
const CLIENT_NONCE = '5a'.repeat(16);

/** What a text stands for as a binding: 32 bytes. */
const boundBy = (text: string): Uint8Array => sha256(new TextEncoder().encode(text));

/** A connection over TLS to a server with this certificate. */
export function overTls(certificate = 'a certificate'): ConnectOptions {
  return { plain: false, bindings: new Map([[Binding.CERTIFICATE, boundBy(certificate)]]) };
}

/** A secure WebSocket from a page of this origin. */
export function fromPage(origin: string): ConnectOptions {
  return { plain: false, bindings: new Map([[Binding.ORIGIN, boundBy(origin)]]) };
}

export function keyHello(name: string, key: FixedKey = FixedKey.of(name), hello: Json = {}): Json {
  const credentials = { key: key.publicKey, client_nonce: CLIENT_NONCE };
  return { system: { hello: { version_min: 1, version_max: 1, name, ...credentials, ...hello } }, ref: 900 };
}

/** What may be said wrongly in a proof. */
export interface ProofLies {
  readonly key?: FixedKey;
  readonly binding?: 'CERTIFICATE' | 'ORIGIN' | 'EXPORTER';
  /** The certificate, or the origin. */
  readonly bound?: string;
  readonly nonce?: string;
  readonly clientNonce?: string;
  readonly signedName?: string;
}

/** The Proof that answers a Challenge. */
export function proofFrame(challenge: Json, name: string, lies: ProofLies = {}): Json {
  const { key = FixedKey.of(name), binding = 'CERTIFICATE', bound = 'a certificate' } = lies;
  const signature = key.sign(
    proofBytes(spec, {
      nonce: lies.nonce ?? textOf(systemOf(challenge, 'challenge'), 'nonce'),
      client_nonce: lies.clientNonce ?? CLIENT_NONCE,
      binding,
      bound: toHex(boundBy(bound)),
      key: key.publicKey,
      hello_name: lies.signedName ?? name,
    }),
  );
  return { system: { proof: { binding, signature } }, ref: 901 };
}

/** Says Hello with a key; returns the Challenge. */
export function challenged(client: Client, name: string, key?: FixedKey, hello?: Json): Json {
  client.send(keyHello(name, key, hello));
  return client.takeOne('challenge');
}

/** A session with this name and the key made from it, or another one. */
export function enterByKey(
  rig: Rig,
  name: string,
  { key, hello, ...options }: { readonly key?: FixedKey; readonly hello?: Json } & ConnectOptions = {},
): Client {
  const client = rig.connect({ ...overTls(), ...options });
  client.send(proofFrame(challenged(client, name, key, hello), name, key === undefined ? {} : { key }));
  const welcome = client.takeOne('welcome');
  client.welcome = welcome['system'] as Json;
  return client;
}

/** What a Hello with a key is refused with, at once or after its proof. */
export function refusalByKey(rig: Rig, name: string, key?: FixedKey, hello?: Json): Json {
  const client = rig.connect(overTls());
  client.send(keyHello(name, key, hello));
  const [answer = {}] = client.take();
  if (kindOf(answer) === 'challenge') {
    client.send(proofFrame(answer, name, key === undefined ? {} : { key }));
    return client.fault();
  }
  return systemOf(answer, 'fault') ?? answer;
}
