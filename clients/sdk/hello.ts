// How a session begins: the Hello, and the proof of a key when one is asked for.
import {
  Binding,
  type Challenge,
  encodeFrame,
  FaultCode,
  limits,
  proofMessage,
  systemFrame,
  VERSION_MAX,
  VERSION_MIN,
} from '../../src/protocol/index.ts';
import type { ClientIdentity, ClientOptions } from './api.ts';
import { HELLO_REF } from './asked.ts';
import { copyOf } from './bytes.ts';
import { ClientError, foreseen, Violation } from './errors.ts';
import type { Bindings } from './transport.ts';

/** What one connection begins with. */
export interface Greeting {
  /** The encoded Hello, at most 4 KiB: nothing else is written before the Welcome but a Proof. */
  readonly hello: Uint8Array;
  /**
   * Answers the Challenge of this connection and of no other. Absent: no key was shown.
   * @returns the encoded Proof
   * @throws Violation (as a rejection) when the Challenge is none; ClientError `no-proof`
   */
  readonly prove?: (challenge: Challenge, bindings: Bindings) => Promise<Uint8Array>;
}

type Credentials = Pick<
  ClientOptions,
  'name' | 'secret' | 'identity' | 'password' | 'beside' | 'software' | 'locale'
>;

/** From the strongest on: what is bound to one connection, to one server's key, to one server's name. */
const STRONGEST_FIRST = [Binding.EXPORTER, Binding.CERTIFICATE, Binding.ORIGIN] as const;

/**
 * The beginning of one connection; an error when the Hello would exceed what a server reads before its Welcome.
 * Made anew for each: the nonce of a key's Hello is never used twice.
 */
export function greetingOf(
  options: Credentials,
  random: (length: number) => Uint8Array,
): Greeting | ClientError {
  const { name, identity } = options;
  const clientNonce = identity === undefined ? new Uint8Array(0) : random(limits.CLIENT_NONCE_BYTES);
  const hello = encodeHello(options, clientNonce);
  const limit = limits.FRAME_BYTES_MAX_BEFORE_WELCOME;
  if (hello.length - limits.PREFIX_BYTES > limit) return foreseen(FaultCode.NAME_BAD, { limit });
  if (identity === undefined) return { hello };
  return {
    hello,
    prove: (challenge, bindings) => prove(challenge, bindings, { identity, clientNonce, name }),
  };
}

function encodeHello(options: Credentials, clientNonce: Uint8Array): Uint8Array {
  const { name, secret, identity, password = '', beside = false, software = '', locale = '' } = options;
  const none = new Uint8Array(0);
  const value = {
    versionMin: VERSION_MIN,
    versionMax: VERSION_MAX,
    capabilities: [],
    name,
    secret: secret ?? none,
    beside,
    key: identity?.key ?? none,
    clientNonce,
    password,
    software,
    locale,
  };
  return encodeFrame(systemFrame({ $case: 'hello', value }, { ref: HELLO_REF }));
}

interface Shown {
  readonly identity: ClientIdentity;
  readonly clientNonce: Uint8Array;
  readonly name: string;
}

async function prove(
  { nonce, bindings: offered }: Challenge,
  bindings: Bindings,
  { identity, clientNonce, name }: Shown,
): Promise<Uint8Array> {
  if (nonce.length !== limits.CHALLENGE_NONCE_BYTES) throw new Violation('a Challenge without a nonce');
  const binding = STRONGEST_FIRST.find((one) => offered.includes(one) && bindings.has(one));
  const bound = binding === undefined ? undefined : bindings.get(binding);
  if (binding === undefined || bound === undefined) {
    throw new ClientError('no-proof', 'nothing that the server accepts ties a proof to this connection');
  }
  const facts = { nonce: copyOf(nonce), clientNonce, binding, bound, key: identity.key, name };
  const signature = await signed(identity, proofMessage(facts));
  return encodeFrame(systemFrame({ $case: 'proof', value: { binding, signature } }, { ref: HELLO_REF }));
}

async function signed(identity: ClientIdentity, message: Uint8Array): Promise<Uint8Array> {
  try {
    return await identity.sign(message);
  } catch (cause) {
    throw new ClientError('no-proof', 'the proof was not signed', { cause });
  }
}
