import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeFrame,
  encodeBody,
  encodeFrame,
  encodePage,
  Fault,
  FaultCode,
  limits,
  payloadsOf,
  stampBody,
  systemFrame,
} from '../../src/protocol/index.ts';
import { anyFrame, oracleDecode, oracleEncode } from './schema.ts';
import { runs } from '../runs.ts';

const payloadOf = (framed: Uint8Array): Uint8Array => framed.subarray(limits.PREFIX_BYTES);

describe('frames of every kind', () => {
  test('are encoded to the very bytes that protobufjs writes', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        expect(payloadOf(encodeFrame(frame))).toEqual(oracleEncode(frame));
      }),
      runs(3_000),
    );
  });

  test('are read by protobufjs as they were written', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        expect(oracleDecode(payloadOf(encodeFrame(frame)))).toEqual(frame);
      }),
      runs(3_000),
    );
  });

  test('that protobufjs wrote are read as they were', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        expect(decodeFrame(oracleEncode(frame))).toEqual(frame);
      }),
      runs(3_000),
    );
  });

  test('carry their own length in front', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const framed = encodeFrame(frame);
        const prefix = new DataView(framed.buffer, framed.byteOffset).getUint32(0);
        expect(prefix).toBe(framed.length - limits.PREFIX_BYTES);
      }),
    );
  });
});

describe('the stamp', () => {
  const stamp = fc.record({
    seq: fc.oneof(fc.constantFrom(1, 127, 128, 2 ** 32, Number.MAX_SAFE_INTEGER), fc.integer({ min: 1 })),
    time: fc.oneof(fc.constantFrom(1, Number.MAX_SAFE_INTEGER), fc.integer({ min: 1, max: 2 ** 42 })),
    check: fc.oneof(fc.constantFrom(0, 1, 0x80000000, 0xffffffff), fc.nat(0xffffffff)),
  });

  test('behind the encoded body gives the same bytes as encoding the whole entry', () => {
    fc.assert(
      fc.property(anyFrame, stamp, (entry, at) => {
        const whole = encodeFrame({ ...entry, ...at, ref: 0 });
        expect(stampBody(encodeBody(entry), at)).toEqual(whole);
      }),
      runs(3_000),
    );
  });

  test('and a request number never get into a body', () => {
    fc.assert(
      fc.property(anyFrame, (entry) => {
        const body = decodeFrame(encodeBody(entry));
        expect(body).toEqual({ ...entry, ref: 0, seq: 0, time: 0, check: 0 });
      }),
    );
  });
});

/** As a log holds them: one behind the other, in one or more runs. */
function runsOf(frames: readonly ReturnType<typeof decodeFrame>[], place: number): Uint8Array[] {
  const cut = place % (frames.length + 1);
  return [frames.slice(0, cut), frames.slice(cut)].map((part) =>
    Uint8Array.from(part.flatMap((frame) => [...encodeFrame(frame)])),
  );
}

describe('stored entries', () => {
  const entries = fc.array(
    anyFrame.map((frame) => ({ ...frame, ref: 0 })),
    { maxLength: 8 },
  );
  test('come out of a run one by one, as views', () => {
    fc.assert(
      fc.property(entries, (frames) => {
        const [run] = runsOf(frames, frames.length);
        if (run === undefined) return;
        const payloads = [...payloadsOf(run)];
        expect(payloads.map((payload) => decodeFrame(payload))).toEqual(frames);
        for (const payload of payloads) expect(payload.buffer).toBe(run.buffer);
      }),
    );
  });

  test('go into a Page byte for byte as encoding the whole Page would write them', () => {
    fc.assert(
      fc.property(
        entries,
        fc.nat(),
        fc.record({ ref: fc.nat(0xffffffff), room: fc.constantFrom('', 'lobby', 'ruang-ดี') }),
        fc.record({ oldest: fc.oneof(fc.constant(0), fc.maxSafeNat()), more: fc.boolean() }),
        (frames, place, to, rest) => {
          const page = systemFrame({ $case: 'page', value: { entries: frames, ...rest } }, to);
          expect(encodePage(to, runsOf(frames, place), rest)).toEqual(encodeFrame(page));
        },
      ),
      runs(1_000),
    );
  });
});

// ---- hostile bytes

type Mutation = (bytes: number[]) => number[];

const place = fc.nat(1_000_000);
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, fc.nat(255)).map(
    ([at, byte]): Mutation =>
      (b) =>
        b.with(at % b.length, byte),
  ),
  fc.tuple(place, fc.nat(7)).map(
    ([at, bit]): Mutation =>
      (b) =>
        b.with(at % b.length, (b[at % b.length] ?? 0) ^ (1 << bit)),
  ),
  fc.tuple(place, fc.nat(6)).map(
    ([at, count]): Mutation =>
      (b) =>
        b.toSpliced(at % b.length, count),
  ),
  fc.tuple(place, fc.array(fc.nat(255), { maxLength: 12 })).map(
    ([at, more]): Mutation =>
      (b) =>
        b.toSpliced(at % b.length, 0, ...more),
  ),
  fc.tuple(place, place, fc.nat(40)).map(
    ([from, to, count]): Mutation =>
      (b) =>
        b.toSpliced(to % b.length, 0, ...b.slice(from % b.length, (from % b.length) + count)),
  ),
  place.map(
    (at): Mutation =>
      (b) =>
        b.slice(0, at % b.length),
  ),
  fc.tuple(place, fc.integer({ min: 1, max: 10 })).map(
    ([at, count]): Mutation =>
      (b) =>
        b.toSpliced(at % b.length, 0, ...Array.from({ length: count }, () => 0x80)),
  ),
);

function decodeOrFault(bytes: Uint8Array): ReturnType<typeof decodeFrame> | undefined {
  try {
    return decodeFrame(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    expect((error as Fault).code).toBe(FaultCode.BAD_FRAME);
    return undefined;
  }
}

/** Noise in which tags, lengths and unfinished numbers are common. */
const noise = fc
  .array(fc.oneof(fc.nat(255), fc.nat(20), fc.constantFrom(0x80, 0x81, 0x1a, 0x22, 0x4a)), {
    minLength: 1,
    maxLength: 60,
  })
  .map((all) => Uint8Array.from(all));

describe('hostile bytes', () => {
  test('mutated frames are refused with BAD_FRAME or mean what protobufjs says they mean', () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(anyFrame, fc.array(mutation, { minLength: 1, maxLength: 3 }), (frame, mutations) => {
        let bytes = [...payloadOf(encodeFrame(frame))];
        for (const mutate of mutations) if (bytes.length > 0) bytes = mutate(bytes);
        const payload = Uint8Array.from(bytes);
        const decoded = decodeOrFault(payload);
        if (decoded === undefined) {
          refused++;
          return;
        }
        accepted++;
        expect(oracleDecode(payload)).toEqual(decoded);
      }),
      runs(20_000),
    );
    // Both sides of the property were really visited.
    expect(accepted).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(500);
  });

  test('noise is refused with BAD_FRAME or means what protobufjs says it means', () => {
    fc.assert(
      fc.property(noise, (payload) => {
        const decoded = decodeOrFault(payload);
        if (decoded !== undefined) expect(oracleDecode(payload)).toEqual(decoded);
      }),
      runs(20_000),
    );
  });
});
