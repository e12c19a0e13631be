// How a client proves its key, on a server that says what the test wants.
import { describe, expect, test } from 'vitest';
import type { ClientIdentity } from '../../../clients/sdk/index.ts';
import { identityOf } from '../../../clients/sdk/identity.ts';
import { Binding, type Frame, FaultCode, proofMessage } from '../../../src/protocol/index.ts';
import { nodeCrypto } from '../../../src/server/node-ports.ts';
import vectors from '../../vectors/proof.json' with { type: 'json' };
import { kindsOf, look, refusal, settle, Stage, system } from './stage.ts';

const ALICE = identityOf(new Uint8Array(32).fill(7));
const CERTIFICATE = new Uint8Array(32).fill(1);
const ORIGIN = new Uint8Array(32).fill(2);
const EXPORTER = new Uint8Array(32).fill(3);
const ALL = new Map<Binding, Uint8Array>([
  [Binding.ORIGIN, ORIGIN],
  [Binding.CERTIFICATE, CERTIFICATE],
  [Binding.EXPORTER, EXPORTER],
]);
const NONCE = new Uint8Array(32).fill(0x55);

const challenge = (bindings: Binding[], nonce = NONCE): Frame =>
  system('challenge', { nonce, bindings }, { ref: 1 });

function stageOf(
  options: { identity?: ClientIdentity; bindings?: Map<Binding, Uint8Array> | undefined } = {},
): Stage {
  const stage = new Stage({ identity: options.identity ?? ALICE });
  if ('bindings' in options) stage.bindings = options.bindings;
  else stage.bindings = ALL;
  void look(stage.client.connect());
  return stage;
}

function helloOf(frame: Frame): {
  key: Uint8Array;
  clientNonce: Uint8Array;
  secret: Uint8Array;
  name: string;
} {
  const kind = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
  if (kind?.$case !== 'hello') throw new Error('no Hello');
  return kind.value;
}

function proofOf(frame: Frame): { binding: Binding; signature: Uint8Array } {
  const kind = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
  if (kind?.$case !== 'proof') throw new Error('no Proof');
  return kind.value;
}

/** An identity that signs when the test wants it. */
function slowIdentity(): { identity: ClientIdentity; sign: Array<() => void>; fail(error: Error): void } {
  const waiting: Array<() => void> = [];
  const failing: Array<(error: Error) => void> = [];
  return {
    identity: {
      key: ALICE.key,
      sign: (message) =>
        new Promise((resolve, reject) => {
          waiting.push(() => resolve(ALICE.sign(message)));
          failing.push(reject);
        }),
    },
    sign: waiting,
    fail: (error) => failing.at(-1)?.(error),
  };
}

describe('a client with a key', () => {
  test('shows it, with no secret and a nonce that is new for each connection', () => {
    const stage = stageOf();
    const first = helloOf(stage.last('hello'));
    expect(first).toMatchObject({ key: ALICE.key, secret: new Uint8Array(0), name: 'alice' });
    expect(first.clientNonce.length).toBe(16);
    stage.redial();
    expect(helloOf(stage.last('hello')).clientNonce).not.toEqual(first.clientNonce);
  });

  test.each([
    ['all of them', [Binding.CERTIFICATE, Binding.ORIGIN, Binding.EXPORTER], Binding.EXPORTER, EXPORTER],
    ['no exporter', [Binding.ORIGIN, Binding.CERTIFICATE], Binding.CERTIFICATE, CERTIFICATE],
    ['the origin', [Binding.ORIGIN], Binding.ORIGIN, ORIGIN],
    ['one of a later version, too', [9 as Binding, Binding.CERTIFICATE], Binding.CERTIFICATE, CERTIFICATE],
  ])(
    'proves it by the strongest binding that is offered: %s (KTG-7.17, KTG-7.18)',
    async (_, offered, binding, bound) => {
      const stage = stageOf();
      const { clientNonce, key, name } = helloOf(stage.last('hello'));
      stage.peer.say(challenge(offered));
      await settle();
      const proof = proofOf(stage.last('proof'));
      expect(proof.binding).toBe(binding);
      const message = proofMessage({ nonce: NONCE, clientNonce, binding, bound, key, name });
      expect(nodeCrypto.verify(key, message, proof.signature)).toBe(true);
      stage.welcome();
      expect(stage.client.state.at).toBe('open');
    },
  );

  test('takes what a transport has only later, as in a page', async () => {
    const stage = new Stage({ identity: ALICE });
    const { promise, resolve } = Promise.withResolvers<Map<Binding, Uint8Array>>();
    stage.bindings = promise;
    void look(stage.client.connect());
    stage.peer.say(challenge([Binding.ORIGIN]));
    await settle();
    expect(kindsOf(stage.peer.frames)).toEqual(['hello']);
    resolve(new Map([[Binding.ORIGIN, ORIGIN]]));
    await settle();
    expect(kindsOf(stage.peer.frames)).toEqual(['hello', 'proof']);
  });

  test.each([
    ['offers nothing', [], ALL],
    [
      'offers what this connection has not',
      [Binding.EXPORTER],
      new Map([[Binding.CERTIFICATE as Binding, CERTIFICATE]]),
    ],
    ['asks on a connection without any', [Binding.CERTIFICATE], undefined],
    ['offers what nobody knows', [Binding.UNSPECIFIED, 9 as Binding], ALL],
  ])('gives no proof, for good, to a server that %s', async (_, offered, bindings) => {
    const stage = stageOf({ bindings });
    stage.peer.say(challenge(offered));
    await settle();
    expect(kindsOf(stage.peer.frames)).toEqual(['hello']);
    expect(stage.client.state).toMatchObject({
      at: 'closed',
      cause: { reason: 'no-proof' },
    });
    expect(stage.peer.fate).toBe('destroyed');
    expect(stage.clock.pending).toBe(0);
  });

  test('ends with what the application says when it does not sign', async () => {
    const slow = slowIdentity();
    const stage = stageOf({ identity: slow.identity });
    stage.peer.say(challenge([Binding.CERTIFICATE]));
    await settle();
    const refusedByPerson = new Error('no');
    slow.fail(refusedByPerson);
    await settle();
    expect(stage.client.state).toMatchObject({
      at: 'closed',
      cause: { reason: 'no-proof', cause: refusedByPerson },
    });
  });

  test('never gives a proof to another connection than the one that asked for it', async () => {
    const slow = slowIdentity();
    const stage = stageOf({ identity: slow.identity });
    stage.peer.say(challenge([Binding.CERTIFICATE]));
    await settle();
    stage.redial();
    slow.sign[0]?.();
    await settle();
    expect(stage.peers.map(({ frames }) => kindsOf(frames))).toEqual([['hello'], ['hello']]);
    stage.peer.say(challenge([Binding.CERTIFICATE], new Uint8Array(32).fill(0x66)));
    await settle();
    slow.sign[1]?.();
    await settle();
    expect(stage.peers.map(({ frames }) => kindsOf(frames))).toEqual([['hello'], ['hello', 'proof']]);
  });

  test('is told when the proof is wrong, and does not try again', async () => {
    const stage = stageOf();
    stage.peer.say(challenge([Binding.CERTIFICATE]));
    await settle();
    stage.peer.say(refusal(stage.last('proof'), FaultCode.AUTH_FAILED));
    expect(stage.client.state).toMatchObject({ at: 'closed', cause: { code: FaultCode.AUTH_FAILED } });
  });

  test('gives up a server that does not answer the proof', async () => {
    const stage = stageOf();
    stage.peer.say(challenge([Binding.CERTIFICATE]));
    await settle();
    stage.clock.advance(15_000);
    expect(stage.client.state).toMatchObject({ at: 'waiting', cause: { reason: 'silent' } });
  });

  test.each([
    ['welcomes without a proof', (stage: Stage): unknown => stage.welcome()],
    [
      'welcomes before the proof is there',
      (stage: Stage): void => {
        stage.peer.say(challenge([Binding.CERTIFICATE]));
        stage.welcome();
      },
    ],
    [
      'asks twice',
      async (stage: Stage): Promise<void> => {
        stage.peer.say(challenge([Binding.CERTIFICATE]));
        await settle();
        stage.peer.say(challenge([Binding.CERTIFICATE]));
      },
    ],
    [
      'asks with half a nonce',
      async (stage: Stage): Promise<void> => {
        stage.peer.say(challenge([Binding.CERTIFICATE], new Uint8Array(16)));
        await settle();
      },
    ],
  ])('finds a server broken that %s', async (_, act) => {
    const stage = stageOf();
    await act(stage);
    await settle();
    expect(stage.client.state).toMatchObject({ at: 'closed', cause: { reason: 'protocol' } });
  });

  test.each(vectors)('says what the vector “$name” says (KTG-7.18)', async (vector) => {
    const from = (hex: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(hex, 'hex'));
    const binding = Binding[vector.binding as keyof typeof Binding];
    const stage = new Stage({
      name: vector.hello_name,
      identity: identityOf(from(vector.seed)),
      random: (n) => (n === 16 ? from(vector.client_nonce) : new Uint8Array(n)),
    });
    stage.bindings = new Map([[binding, from(vector.bound)]]);
    void look(stage.client.connect());
    stage.peer.say(challenge([binding], from(vector.nonce)));
    await settle();
    expect(proofOf(stage.last('proof'))).toEqual({ binding, signature: from(vector.signature) });
  });
});

describe('a guest', () => {
  test('finds a server broken that wants a proof', async () => {
    const stage = new Stage();
    stage.bindings = ALL;
    void look(stage.client.connect());
    stage.peer.say(challenge([Binding.CERTIFICATE]));
    await settle();
    expect(stage.client.state).toMatchObject({ at: 'closed', cause: { reason: 'protocol' } });
    expect(kindsOf(stage.peer.frames)).toEqual(['hello']);
  });

  test('may bring a password', () => {
    const stage = new Stage({ password: 'kata sandi' });
    void look(stage.client.connect());
    expect(helloOf(stage.last('hello'))).toMatchObject({ password: 'kata sandi', key: new Uint8Array(0) });
  });
});
