// The strict walk: what the generated decoder would let pass, this refuses (docs/protocol.md §4).
// Lengths that leave their message, field number 0, groups, fields with another wire type than the schema's,
// singular fields or oneof members that occur twice, numbers too large for their type, and nesting beyond the depth of any real frame.
import { Fault } from './faults.ts';
import { SHAPES } from './gen/shape.ts';

/** Frame > System > Page > Frame > Chat > Sealed is 6. */
const DEPTH_MAX = 8;
/** Tags and lengths have 32 bits, so readers of other languages refuse longer ones. */
const VARINT32_BYTES_MAX = 5;
const VARINT64_BYTES_MAX = 10;
const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
const WIRE_BYTES = 2;
const WIRE_FIXED32 = 5;

interface Shape {
  readonly fields: ReadonlyArray<FieldShape | undefined>;
}
interface FieldShape {
  readonly wire: number;
  /** One bit for each singular field or oneof; 0 for a repeated field. */
  readonly bit: number;
  readonly message: Shape | undefined;
  /** The largest value of a varint. */
  readonly max: number;
}

function compile(root: string): Shape {
  const compiled = new Map<string, { fields: Array<FieldShape | undefined> }>();
  const shapeOf = (name: string): Shape => {
    const known = compiled.get(name);
    if (known !== undefined) return known;
    const shape: { fields: Array<FieldShape | undefined> } = { fields: [] };
    compiled.set(name, shape);
    for (const [number, [wire, slot, inside]] of Object.entries(SHAPES[name] ?? {})) {
      const bit = slot < 0 ? 0 : 1 << slot;
      const message = typeof inside === 'string' ? shapeOf(inside) : undefined;
      const max = typeof inside === 'number' ? inside : Number.POSITIVE_INFINITY;
      shape.fields[Number(number)] = { wire, bit, message, max };
    }
    return shape;
  };
  return shapeOf(root);
}

const FRAME_SHAPE = compile('Frame');

/**
 * @param elementsMax how many elements all repeated fields that are known may have together
 * @throws Fault BAD_FRAME unless `payload` is one well-formed Frame
 */
export function assertShape(payload: Uint8Array, elementsMax: number): void {
  new Walk(payload, elementsMax).message(FRAME_SHAPE, payload.length, 1);
}

class Walk {
  readonly #bytes: Uint8Array;
  #at = 0;
  #elementsLeft: number;

  constructor(bytes: Uint8Array, elementsMax: number) {
    this.#bytes = bytes;
    this.#elementsLeft = elementsMax;
  }

  message(shape: Shape | undefined, end: number, depth: number): void {
    if (depth > DEPTH_MAX) throw new Fault('BAD_FRAME');
    let seen = 0;
    while (this.#at < end) {
      const tag = this.#varint(end, VARINT32_BYTES_MAX);
      const number = Math.floor(tag / 8);
      const wire = tag % 8;
      if (number === 0 || number > 0x1fffffff) throw new Fault('BAD_FRAME');
      const field = shape?.fields[number];
      if (field !== undefined) {
        if (field.wire !== wire || (seen & field.bit) !== 0) throw new Fault('BAD_FRAME');
        if (field.bit === 0 && this.#elementsLeft-- === 0) throw new Fault('BAD_FRAME');
        seen |= field.bit;
      }
      this.#value(wire, field, end, depth);
    }
  }

  #value(wire: number, field: FieldShape | undefined, end: number, depth: number): void {
    switch (wire) {
      case WIRE_VARINT:
        if (this.#varint(end, VARINT64_BYTES_MAX) > (field?.max ?? Number.POSITIVE_INFINITY))
          throw new Fault('BAD_FRAME');
        return;
      case WIRE_FIXED64:
        this.#skip(8, end);
        return;
      case WIRE_FIXED32:
        this.#skip(4, end);
        return;
      case WIRE_BYTES: {
        const length = this.#varint(end, VARINT32_BYTES_MAX);
        if (length > end - this.#at) throw new Fault('BAD_FRAME');
        if (field?.message === undefined) this.#at += length;
        else this.message(field.message, this.#at + length, depth + 1);
        return;
      }
      default:
        throw new Fault('BAD_FRAME');
    }
  }

  #skip(bytes: number, end: number): void {
    if (bytes > end - this.#at) throw new Fault('BAD_FRAME');
    this.#at += bytes;
  }

  /** Exact up to 2^53; larger values come out larger than any length or tag that passes. */
  #varint(end: number, bytesMax: number): number {
    let value = 0;
    let scale = 1;
    for (let bytes = 0; bytes < bytesMax; bytes++) {
      if (this.#at >= end) throw new Fault('BAD_FRAME');
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new Fault('BAD_FRAME');
  }
}
