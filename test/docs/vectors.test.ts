// The vectors are true: of the program, and of the document's own tables.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { canonicalName } from '../../src/core/names.ts';
import { placeCursor } from '../../src/core/placing.ts';
import { Fault, faultName } from '../../src/protocol/faults.ts';
import { decodeFrame, encodeFrame, stampBody } from '../../src/protocol/frame.ts';
import { FrameSplitter } from '../../src/protocol/framing.ts';
import { Binding, Status } from '../../src/protocol/gen/kentongan/v1/kentongan.ts';
import { FRAME_BYTES_MAX, FRAME_BYTES_MAX_BEFORE_WELCOME } from '../../src/protocol/limits.ts';
import { isName } from '../../src/protocol/names.ts';
import { proofMessage } from '../../src/protocol/proof.ts';
import { nodeCrypto } from '../../src/server/node-ports.ts';
import { FixedKey, proofBytes } from './proofs.ts';
import { concat, fromHex, toHex } from './spec-codec.ts';
import { codec, helloFrame, kindOf, Rig, sha256 } from './rig.ts';
import { recordSessions, withoutChance } from './scenarios.ts';
import { readSpec } from './spec.ts';
import { type PositionCase, readVectors } from './vectors.ts';

const vectors = readVectors();
const title = ({ name, rules }: { name: string; rules: readonly string[] }): string =>
  `${name} (${rules.join(' ')})`;

describe('frames.json', () => {
  for (const one of vectors.frames) {
    test(title(one), () => {
      expect(toHex(codec.encode('Frame', one.fields))).toBe(one.hex);
      expect(codec.decode('Frame', fromHex(one.hex))).toEqual(one.fields);
      expect(toHex(encodeFrame(decodeFrame(fromHex(one.hex))).subarray(4))).toBe(one.hex);
    });
  }
});

describe('lenient.json', () => {
  for (const one of vectors.lenient) {
    test(title(one), () => {
      expect(codec.decode('Frame', fromHex(one.hex))).toEqual(one.fields);
      const written = encodeFrame(decodeFrame(fromHex(one.hex))).subarray(4);
      expect(toHex(written)).toBe(toHex(codec.encode('Frame', one.fields)));
    });
  }
});

describe('refused.json', () => {
  for (const one of vectors.refused) {
    test(title(one), () => {
      const client = new Rig().enter('alice');
      client.sendBytes(concat([lengthOf(one.hex), fromHex(one.hex)]));
      const { code, ref, name } = client.fault();
      expect({ code, ref, ...(one.field === undefined ? {} : { field: name }) }).toEqual({
        code: one.fault,
        ref: one.ref,
        ...(one.field === undefined ? {} : { field: one.field }),
      });
    });
  }
});

function lengthOf(hex: string): Uint8Array {
  const prefix = new Uint8Array(4);
  new DataView(prefix.buffer).setUint32(0, hex.length / 2);
  return prefix;
}

describe('framing.json', () => {
  for (const one of vectors.framing) {
    test(title(one), () => {
      const splitter = new FrameSplitter(
        one.before_welcome === true ? FRAME_BYTES_MAX_BEFORE_WELCOME : FRAME_BYTES_MAX,
      );
      const payloads: string[] = [];
      let fault: Fault | undefined;
      for (const chunk of one.chunks) {
        splitter.write(fromHex(chunk));
        try {
          for (let payload = splitter.next(); payload !== undefined; payload = splitter.next()) {
            payloads.push(toHex(payload));
          }
        } catch (cause) {
          if (!(cause instanceof Fault)) throw cause;
          fault = cause;
          break;
        }
      }
      expect(payloads).toEqual(one.payloads);
      expect(fault && faultName(fault.code)).toBe(one.fault);
      expect(fault?.details.limit).toBe(one.limit);
    });
  }
});

describe('names.json', () => {
  for (const one of vectors.names) {
    test(`${JSON.stringify(one.name)} (${one.rules.join(' ')})`, () => {
      const client = new Rig().connect();
      client.send(helloFrame(one.name, { secret: '11'.repeat(32) }));
      const [answer = {}] = client.take();
      if (one.canonical === null) {
        expect(kindOf(answer)).toBe('fault');
        expect(answer).toMatchObject({ system: { fault: { code: 'NAME_BAD' } } });
        expect(isName(one.name.normalize('NFKC'))).toBe(false);
      } else {
        expect(answer).toMatchObject({ system: { welcome: { name: one.canonical } } });
        expect(canonicalName(one.canonical)).toBe(one.canonical);
      }
    });
  }
});

describe('chain.json', () => {
  const hash = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
  const be64 = (value: number): Uint8Array => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(value));
    return bytes;
  };
  for (const one of vectors.chain) {
    test(title(one), () => {
      let chain = fromHex(one.log_id);
      for (const { body, seq, time, check, payload, ...entry } of one.entries) {
        chain = hash(concat([chain, be64(seq), be64(time), hash(fromHex(body))])).subarray(0, 16);
        expect(toHex(chain)).toBe(entry.chain);
        expect(new DataView(chain.buffer, chain.byteOffset).getUint32(0)).toBe(check);
        expect(toHex(stampBody(fromHex(body), { seq, time, check }).subarray(4))).toBe(payload);
      }
    });
  }

  test('a real server computes the same chain from what it sends (KTG-10.8)', () => {
    const rig = new Rig();
    const alice = rig.enter('alice');
    alice.send({ join: { last: 10 }, ref: 1, room: 'lobby' });
    alice.send({ chat: { text: 'halo' }, room: 'lobby', id: '00'.repeat(16) });
    alice.send({ chat: { text: 'lagi' }, room: 'lobby', id: '01'.repeat(16) });
    const frames = alice.take();
    const joined = (
      frames.find((frame) => kindOf(frame) === 'joined') as { system: { joined: { log_id: string } } }
    ).system.joined;
    let chain = fromHex(joined.log_id);
    const entries = frames.filter((frame) => 'seq' in frame);
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    for (const { seq, time, check, ...body } of entries) {
      const bytes = codec.encode('Frame', body);
      chain = hash(concat([chain, be64(Number(seq)), be64(Number(time)), hash(bytes)])).subarray(0, 16);
      expect(new DataView(chain.buffer, chain.byteOffset).getUint32(0)).toBe(check);
    }
  });
});

describe('positions.json', () => {
  const logId = new Uint8Array(16).fill(7);
  const statusName = (status: number): string | undefined =>
    Object.entries(Status).find(([, value]) => value === status)?.[0];

  function place({ have, last, oldest, newest }: PositionCase): {
    status: string | undefined;
    first: number;
  } {
    const position = have && {
      logId: have.log_id === 'other' ? new Uint8Array(16) : logId,
      seq: have.seq,
      check: 0,
    };
    // An entry that no longer exists can not be compared.
    const checkHolds = have?.check !== 'wrong' || have.seq < oldest;
    const placed = placeCursor({ have: position ?? undefined, last }, { logId, oldest, newest }, checkHolds);
    return { status: statusName(placed.status), first: placed.first };
  }

  for (const one of vectors.positions) {
    test(title(one), () => {
      expect(place(one)).toEqual({ status: one.status, first: one.first });
    });
  }
});

describe('proof.json', () => {
  for (const one of vectors.proof) {
    test(title(one), () => {
      const key = new FixedKey(one.seed);
      expect(key.publicKey).toBe(one.key);
      expect(toHex(sha256(fromHex(one.key)).subarray(0, 8))).toBe(one.user);
      if (one.origin !== undefined) expect(toHex(sha256(Buffer.from(one.origin)))).toBe(one.bound);
      expect(proofBytes(readSpec(), one)).toBe(one.message);
      const facts = {
        nonce: fromHex(one.nonce),
        clientNonce: fromHex(one.client_nonce),
        binding: Binding[one.binding as keyof typeof Binding],
        bound: fromHex(one.bound),
        key: fromHex(one.key),
        name: one.hello_name,
      };
      expect(toHex(proofMessage(facts))).toBe(one.message);
      expect(key.sign(one.message)).toBe(one.signature);
      expect(nodeCrypto.verify(facts.key, proofMessage(facts), fromHex(one.signature))).toBe(true);
    });

    test(`${title(one)}: for anything else the signature is wrong`, () => {
      const signature = fromHex(one.signature);
      const message = fromHex(one.message);
      for (const at of message.keys()) {
        const other = Uint8Array.from(message, (byte, n) => (n === at ? byte ^ 1 : byte));
        expect(nodeCrypto.verify(fromHex(one.key), other, signature), `byte ${at}`).toBe(false);
      }
      expect(nodeCrypto.verify(fromHex(FixedKey.of('mallory').publicKey), message, signature)).toBe(false);
    });
  }
});

describe('sessions.json', () => {
  const recorded = recordSessions();

  test('has the conversations that are recorded; if not, run node test/docs/record.ts', () => {
    expect(vectors.sessions.map(({ name }) => name)).toEqual(recorded.map(({ name }) => name));
  });

  for (const [n, one] of vectors.sessions.entries()) {
    test(title(one), () => {
      for (const { fields, hex } of one.steps) {
        expect(toHex(codec.frame(fields))).toBe(hex);
        expect(toHex(encodeFrame(decodeFrame(fromHex(hex).subarray(4))))).toBe(hex);
      }
      expect(withoutChance(one)).toEqual(withoutChance(recorded[n] ?? one));
    });
  }
});
