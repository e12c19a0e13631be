import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault, FaultCode, FrameSplitter, limits, withPrefix } from '../../src/protocol/index.ts';
import { runs } from '../runs.ts';

/** What a reader of the whole stream gets: the payloads, and the fault that ends them, if one does. */
interface Read {
  readonly payloads: Uint8Array[];
  readonly fault: number;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Cuts at the given places, each taken modulo the length. Two equal places make an empty chunk. */
function cut(stream: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (stream.length + 1)), stream.length].toSorted(
    (a, b) => a - b,
  );
  return ends.map((end, index) => stream.slice(ends[index - 1] ?? 0, end));
}

function drain(splitter: FrameSplitter, into: Uint8Array[], most = Infinity): number {
  try {
    for (let read = 0; read < most; read++) {
      const payload = splitter.next();
      if (payload === undefined) return 0;
      into.push(Uint8Array.from(payload));
    }
    return 0;
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
}

/** `eager` says for each chunk how many frames are asked for after it; the rest comes at the end. */
function readAll(chunks: readonly Uint8Array[], eager: readonly number[], bytesMax: number): Read {
  const splitter = new FrameSplitter(bytesMax);
  const payloads: Uint8Array[] = [];
  for (const [index, chunk] of chunks.entries()) {
    splitter.write(chunk);
    const fault = drain(splitter, payloads, eager[index % Math.max(1, eager.length)] ?? Infinity);
    if (fault !== 0) return { payloads, fault };
  }
  return { payloads, fault: drain(splitter, payloads) };
}

function prefixOf(length: number): Uint8Array {
  return Uint8Array.of(length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff);
}

const BYTES_MAX = 300;
const payload = fc.oneof(
  { weight: 5, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 20 }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: BYTES_MAX, maxLength: BYTES_MAX }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: BYTES_MAX }) },
);
const payloads = fc.array(payload, { maxLength: 12 });
const places = fc.array(fc.nat(10_000), { maxLength: 40 });
const eagerness = fc.array(fc.nat(3), { maxLength: 8 });
const lie = fc.oneof(
  fc.constant(0),
  fc.constantFrom(BYTES_MAX + 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x16030100, 0x47455420),
  fc.integer({ min: BYTES_MAX + 1, max: 0xffffffff }),
);

describe('any stream of frames', () => {
  test('gives the same frames however it is split and merged', () => {
    fc.assert(
      fc.property(payloads, places, eagerness, (frames, where, eager) => {
        const stream = join(frames.map((frame) => withPrefix(frame)));
        expect(readAll(cut(stream, where), eager, BYTES_MAX)).toEqual({ payloads: frames, fault: 0 });
      }),
      runs(1_000),
    );
  });

  test('gives the same frames when it is dribbled byte by byte', () => {
    fc.assert(
      fc.property(payloads, (frames) => {
        const stream = join(frames.map((frame) => withPrefix(frame)));
        const dribble = [...stream].map((byte) => Uint8Array.of(byte));
        expect(readAll(dribble, [], BYTES_MAX)).toEqual({ payloads: frames, fault: 0 });
      }),
      runs(100),
    );
  });

  test('gives the same frames and then the same fault for every lie about a length', () => {
    fc.assert(
      fc.property(
        payloads,
        lie,
        fc.uint8Array({ maxLength: 30 }),
        places,
        eagerness,
        (frames, length, rest, where, eager) => {
          const stream = join([...frames.map((frame) => withPrefix(frame)), prefixOf(length), rest]);
          const fault = length === 0 ? FaultCode.BAD_FRAME : FaultCode.FRAME_TOO_LARGE;
          expect(readAll(cut(stream, where), eager, BYTES_MAX)).toEqual({ payloads: frames, fault });
        },
      ),
      runs(1_000),
    );
  });

  test('gives nothing for a frame that is not complete', () => {
    fc.assert(
      fc.property(payloads, payload, fc.nat(), places, (frames, last, short, where) => {
        const whole = withPrefix(last);
        const part = whole.subarray(0, short % whole.length);
        const stream = join([...frames.map((frame) => withPrefix(frame)), part]);
        expect(readAll(cut(stream, where), [], BYTES_MAX)).toEqual({ payloads: frames, fault: 0 });
      }),
    );
  });

  test('is counted: waiting bytes are those taken in and handed to no frame', () => {
    fc.assert(
      fc.property(payloads, places, (frames, where) => {
        const splitter = new FrameSplitter(BYTES_MAX);
        const stream = join(frames.map((frame) => withPrefix(frame)));
        for (const chunk of cut(stream, where)) splitter.write(chunk);
        let left = stream.length;
        expect(splitter.waitingBytes).toBe(left);
        for (const frame of frames) {
          expect(splitter.next()).toEqual(frame);
          left -= limits.PREFIX_BYTES + frame.length;
          expect(splitter.waitingBytes).toBe(left);
        }
        expect(splitter.next()).toBeUndefined();
        expect(splitter.waitingChunks).toBe(0);
      }),
    );
  });
});

describe('a length', () => {
  test.each([
    [1, 0],
    [limits.FRAME_BYTES_MAX, 0],
    [limits.FRAME_BYTES_MAX + 1, FaultCode.FRAME_TOO_LARGE],
    [0, FaultCode.BAD_FRAME],
    [0xffffffff, FaultCode.FRAME_TOO_LARGE],
  ])('of %i is answered at the prefix with %i', (length, fault) => {
    const splitter = new FrameSplitter();
    splitter.write(prefixOf(length));
    expect(drain(splitter, [])).toBe(fault);
  });

  test('names the limit in the fault', () => {
    const splitter = new FrameSplitter(7);
    splitter.write(prefixOf(8));
    expect(() => splitter.next()).toThrow(expect.objectContaining({ details: { limit: 7 } }));
  });

  test('is measured against the limit of the moment at which it is complete', () => {
    const before = limits.FRAME_BYTES_MAX_BEFORE_WELCOME;
    const splitter = new FrameSplitter(before);
    splitter.write(withPrefix(new Uint8Array(before)));
    splitter.write(prefixOf(before + 1));
    expect(splitter.next()).toHaveLength(before);
    splitter.bytesMax = limits.FRAME_BYTES_MAX;
    expect(splitter.next()).toBeUndefined();
    splitter.write(new Uint8Array(before + 1));
    expect(splitter.next()).toHaveLength(before + 1);
  });
});

/** Every allocation of a byte array, in bytes, that happens in `run`. */
function allocationsIn(run: () => void): number[] {
  const real = globalThis.Uint8Array;
  const allocations: number[] = [];
  globalThis.Uint8Array = new Proxy(real, {
    construct(target, args: unknown[]) {
      const made = Reflect.construct(target, args) as Uint8Array;
      allocations.push(made.length);
      return made;
    },
  });
  try {
    run();
  } finally {
    globalThis.Uint8Array = real;
  }
  return allocations;
}

describe('memory', () => {
  test('a frame that comes in many chunks costs one allocation of its own size', () => {
    const sizes = [limits.FRAME_BYTES_MAX, 1, 4_000];
    const stream = join(sizes.map((size) => withPrefix(new Uint8Array(size).fill(size & 0xff))));
    const chunks = Array.from({ length: Math.ceil(stream.length / 3) }, (_, i) =>
      stream.slice(i * 3, i * 3 + 3),
    );
    const splitter = new FrameSplitter();
    const lengths: number[] = [];
    const allocations = allocationsIn(() => {
      for (const chunk of chunks) {
        splitter.write(chunk);
        for (let got = splitter.next(); got !== undefined; got = splitter.next()) lengths.push(got.length);
      }
    });
    expect(lengths).toEqual(sizes);
    // The frame of one byte may lie within a chunk, then it costs nothing.
    expect(allocations.filter((size) => size !== 1)).toEqual([limits.FRAME_BYTES_MAX, 4_000]);
    expect(allocations.length).toBeLessThanOrEqual(sizes.length);
  });

  test('a frame that lies within one chunk is a view of it', () => {
    const chunk = join([withPrefix(Uint8Array.of(1, 2)), withPrefix(Uint8Array.of(3))]);
    const splitter = new FrameSplitter();
    const allocations = allocationsIn(() => {
      splitter.write(chunk);
      expect(splitter.next()?.buffer).toBe(chunk.buffer);
      expect(splitter.next()?.buffer).toBe(chunk.buffer);
    });
    expect(allocations).toEqual([]);
  });

  test('a refused length allocates nothing', () => {
    const splitter = new FrameSplitter();
    const refused = prefixOf(0xffffffff);
    expect(
      allocationsIn(() => {
        splitter.write(refused);
        expect(drain(splitter, [])).toBe(FaultCode.FRAME_TOO_LARGE);
      }),
    ).toEqual([]);
  });

  test('a payload put together from chunks does not change when the chunks do', () => {
    const framed = withPrefix(Uint8Array.of(1, 2, 3, 4));
    const chunks = [framed.slice(0, 6), framed.slice(6)];
    const splitter = new FrameSplitter();
    for (const chunk of chunks) splitter.write(chunk);
    const got = splitter.next();
    for (const chunk of chunks) chunk.fill(0xff);
    expect(got).toEqual(Uint8Array.of(1, 2, 3, 4));
  });
});
