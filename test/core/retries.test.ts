// What is the same Chat once more, and what is not.
import { expect, test } from 'vitest';
import { FaultCode, type Frame, Mode } from '../../src/protocol/index.ts';
import { faultsOf, kindOf, type RawClient, Rig } from './rig.ts';

const ID = new Uint8Array(16).fill(5);

function beside(rig: Rig, client: RawClient, mode: Mode): RawClient {
  const other = rig.client();
  other.secret = client.secret;
  other.hello('alice', { beside: true });
  other.join('lobby', { mode });
  return other;
}

function receiptIn(frames: readonly Frame[]): unknown {
  const kind = frames.map((frame) => (frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined));
  return kind.find((one) => one?.$case === 'stored')?.value;
}

test('KTG-9.8 a retry is one, whatever the server itself writes into the entry', () => {
  const rig = new Rig();
  const alice = rig.client('alice', 'lobby');
  const first = receiptIn(alice.say('lobby', 'halo', ID));
  expect(first).toMatchObject({ seq: 2, duplicate: false });
  // As a member she speaks as GUEST, from here as SERVICE.
  const tool = beside(rig, alice, Mode.SEND_ONLY);
  rig.clock.advance(1_000);
  const again = tool.say('lobby', 'halo', ID);
  expect(receiptIn(again)).toEqual({ ...(first as object), duplicate: true });
  expect(alice.frames.filter(({ seq }) => seq > 0).map(kindOf)).toEqual(['chat']);
});

test('KTG-9.9 the same words under the same id are no retry when another user says them', () => {
  const rig = new Rig();
  rig.client('alice', 'lobby').say('lobby', 'halo', ID);
  const bob = rig.client('bob', 'lobby');
  const frames = bob.say('lobby', 'halo', ID);
  expect(faultsOf(frames)).toEqual([FaultCode.ID_REUSED]);
  expect(receiptIn(frames)).toBeUndefined();
});
