// What docs/protocol.md asks of a client that has a key, a password, or much to say, on the client library of this
// repository.
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { identityOf } from '../../../clients/sdk/identity.ts';
import { Binding } from '../../../src/protocol/index.ts';
import { FixedKey, proofBytes } from '../proofs.ts';
import { idOf, kindOf, sha256, systemOf, textOf } from '../rig.ts';
import { fromHex, type Json, toHex } from '../spec-codec.ts';
import { readSpec } from '../spec.ts';
import { Stage } from './stage.ts';

const SEED = '11'.repeat(32);
const KEY = new FixedKey(SEED);
const NONCE = 'c0'.repeat(32);
const CERTIFICATE = sha256(new TextEncoder().encode('the certificate of this connection'));

/** Lets promises settle. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A client with a key over a transport that has seen a certificate; its errors are kept. */
function keyed(): { readonly stage: Stage; readonly failed: Promise<unknown> } {
  let random = 0;
  const stage = new Stage({
    identity: identityOf(fromHex(SEED)),
    secret: undefined as never,
    random: (length) => new Uint8Array(length).fill(++random),
  });
  stage.bindings = new Map([[Binding.CERTIFICATE, CERTIFICATE]]);
  const failed = stage.client.connect().then(
    () => undefined,
    (error: unknown) => error,
  );
  return { stage, failed };
}

function helloOf(stage: Stage): Json {
  const frame = stage.line.take().find((one) => kindOf(one) === 'hello');
  return systemOf(frame ?? {}, 'hello') ?? {};
}

const challenge = (...bindings: readonly string[]): Json => ({
  system: { challenge: { nonce: NONCE, bindings } },
  ref: 1,
});

describe('a client with a key', () => {
  test('KTG-7.17 KTG-7.18 proves it by the certificate that its own transport has seen', async () => {
    const { stage } = keyed();
    const hello = helloOf(stage);
    expect(hello).toMatchObject({ name: 'alice', key: KEY.publicKey });
    expect(hello['secret']).toBeUndefined();
    stage.line.say(challenge('ORIGIN', 'CERTIFICATE'));
    await settle();
    const [answer = {}] = stage.line.take();
    const signed = proofBytes(readSpec(), {
      nonce: NONCE,
      client_nonce: textOf(hello, 'client_nonce'),
      binding: 'CERTIFICATE',
      bound: toHex(CERTIFICATE),
      key: KEY.publicKey,
      hello_name: 'alice',
    });
    expect(systemOf(answer, 'proof')).toEqual({ binding: 'CERTIFICATE', signature: KEY.sign(signed) });
  });

  test('KTG-7.17 proves nothing by what it has not seen, and says so', async () => {
    const { stage, failed } = keyed();
    stage.line.take();
    stage.line.say(challenge('ORIGIN', 'EXPORTER'));
    await settle();
    expect(stage.line.take()).toEqual([]);
    expect(stage.line.fate).not.toBe('open');
    expect(await failed).toBeInstanceOf(Error);
    stage.clock.advance(600_000);
    expect(stage.lines).toHaveLength(1);
  });

  test('KTG-7.24 chooses another nonce for each Hello', () => {
    const { stage } = keyed();
    const first = helloOf(stage);
    stage.line.drop();
    stage.clock.advance(2_000);
    expect(stage.lines).toHaveLength(2);
    const second = helloOf(stage);
    expect(textOf(first, 'client_nonce')).toHaveLength(32);
    expect(textOf(second, 'client_nonce')).toHaveLength(32);
    expect(second['client_nonce']).not.toBe(first['client_nonce']);
    expect(second['key']).toBe(first['key']);
  });

  test('KTG-5.3 says nothing behind its Hello but the Proof', () => {
    const { stage } = keyed();
    void stage.client.join('lobby').catch(() => undefined);
    expect(stage.line.take().map(kindOf)).toEqual(['hello']);
  });
});

describe('a client with a password', () => {
  test('KTG-6.11 says it in its Hello, and in nothing that is shown or logged', async () => {
    const password = 'rahasia kelas 7';
    const stage = new Stage({ password });
    const failed = stage.client.connect().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(helloOf(stage)['password']).toBe(password);
    stage.line.say({ system: { fault: { code: 'PASSWORD_WRONG' } }, ref: 1 });
    const error = await failed;
    expect(error).toBeInstanceOf(Error);
    const shown = [error, stage.client.state, stage.told].map((one) => inspect(one, { depth: 9 })).join('\n');
    expect(shown).not.toContain(password);
  });
});

describe('a client that is too fast', () => {
  const send = async (limits: Json, count: number): Promise<number> => {
    const stage = new Stage();
    stage.welcome({ limits: { frame_bytes: 65_536, text_bytes: 16_384, rooms: 64, ...limits } });
    const joining = stage.client.join('lobby');
    stage.joined({ status: 'FRESH', first: 1, newest: 0 });
    const room = await joining;
    stage.line.take();
    for (let n = 0; n < count; n++) void room.send(`baris ${n}`).catch(() => undefined);
    return stage.line.take().filter((frame) => 'chat' in frame).length;
  };

  test('KTG-11.12 has never more Chats unanswered than it may, nor than go through in a second', async () => {
    expect(await send({ in_flight: 64 }, 200)).toBe(64);
    expect(await send({ in_flight: 64, rate: 10, burst: 400 }, 200)).toBeLessThanOrEqual(10);
    expect(await send({ in_flight: 64, rate: 200, burst: 400 }, 200)).toBe(64);
  });

  test('KTG-11.12 waits after RATE_LIMITED as long as it is told, and sends the same again', async () => {
    const stage = new Stage();
    const room = await stage.inLobby();
    stage.line.take();
    void room.send('halo').catch(() => undefined);
    const [chat = {}] = stage.line.take();
    const { ref = 0, id = idOf(0) } = chat as { ref?: number; id?: string };
    const fault = { code: 'RATE_LIMITED', retry_after_ms: 1_500, limit: 200 };
    stage.line.say({ system: { fault }, ref, room: 'lobby', id });
    stage.line.say({ system: { ping: { nonce: '0102030405060708' } } });
    stage.clock.advance(1_400);
    expect(stage.line.take().filter((frame) => 'chat' in frame)).toEqual([]);
    stage.clock.advance(200);
    expect(stage.line.take().filter((frame) => 'chat' in frame)).toMatchObject([
      { id, chat: { text: 'halo' } },
    ]);
  });
});
