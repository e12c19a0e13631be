// The schema as an independent library sees it: protobufjs reads the .proto itself and knows nothing of the
// generated code. It is the oracle of the codec, and its reflection makes frames of every kind.
import { join } from 'node:path';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import type { Frame } from '../../src/protocol/index.ts';

const root = protobuf.loadSync(join(import.meta.dirname, '../../proto/kentongan/v1/kentongan.proto'));
root.resolveAll();

/** Everything that the schema declares. */
export const declarations = (root.lookup('kentongan.v1') as protobuf.Namespace).nestedArray;

function typeOf(name: string): protobuf.Type {
  return root.lookupType(`kentongan.v1.${name}`);
}

const FRAME = typeOf('Frame');

type Plain = Record<string, unknown>;
interface Member {
  readonly $case: string;
  readonly value: unknown;
}

// ---- the generated code's objects ⇄ protobufjs' objects

function toOracle(type: protobuf.Type, value: Plain): Plain {
  const plain: Plain = {};
  for (const field of type.fieldsArray) {
    const member = field.partOf && (value[field.partOf.name] as Member | undefined);
    const found = field.partOf
      ? member?.$case === field.name
        ? member.value
        : undefined
      : value[field.name];
    if (found === undefined || (!field.partOf && isDefault(found))) continue;
    plain[field.name] = field.repeated
      ? (found as unknown[]).map((one) => toOracleValue(field, one))
      : toOracleValue(field, found);
  }
  return plain;
}

function toOracleValue(field: protobuf.Field, value: unknown): unknown {
  return field.resolvedType instanceof protobuf.Type ? toOracle(field.resolvedType, value as Plain) : value;
}

function isDefault(value: unknown): boolean {
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  return value === 0 || value === '' || value === false;
}

function fromOracle(type: protobuf.Type, plain: Plain): Plain {
  const value: Plain = {};
  for (const oneof of type.oneofsArray) value[oneof.name] = undefined;
  for (const field of type.fieldsArray) {
    const found = Object.hasOwn(plain, field.name) ? plain[field.name] : undefined;
    if (field.partOf) {
      if (found !== undefined && found !== null) {
        value[field.partOf.name] = { $case: field.name, value: fromOracleValue(field, found) };
      }
    } else if (field.repeated) {
      value[field.name] = ((found ?? []) as unknown[]).map((one) => fromOracleValue(field, one));
    } else {
      value[field.name] =
        found === undefined || found === null ? defaultOf(field) : fromOracleValue(field, found);
    }
  }
  return value;
}

function fromOracleValue(field: protobuf.Field, value: unknown): unknown {
  if (field.resolvedType instanceof protobuf.Type) return fromOracle(field.resolvedType, value as Plain);
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  // 64 bits come as a Long.
  return typeof value === 'object' ? (value as { toNumber(): number }).toNumber() : value;
}

function defaultOf(field: protobuf.Field): unknown {
  if (field.resolvedType instanceof protobuf.Type) return undefined;
  if (field.type === 'string') return '';
  if (field.type === 'bytes') return new Uint8Array(0);
  return field.type === 'bool' ? false : 0;
}

/** What protobufjs makes of a frame. */
export function oracleEncode(frame: Frame): Uint8Array {
  return Uint8Array.from(FRAME.encode(FRAME.create(toOracle(FRAME, { ...frame }))).finish());
}

/** What protobufjs reads from bytes, in the shape of the generated code. Throws where protobufjs throws. */
export function oracleDecode(bytes: Uint8Array): Frame {
  return fromOracle(FRAME, { ...FRAME.decode(bytes) }) as unknown as Frame;
}

// ---- frames of every kind

/** Strings of any code points, with what decoders like to get wrong: a leading byte order mark, NUL, astral. */
const anyString = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 24 }) },
  { weight: 1, arbitrary: fc.constantFrom('', '\uFEFF', '\uFEFFhalo', '\0', '\u{10FFFF}', 'kentongan 🥁') },
);
const anyBytes = fc.uint8Array({ maxLength: 40 });
const uint32 = fc.oneof(
  fc.constantFrom(0, 1, 127, 128, 0x7fffffff, 0x80000000, 0xffffffff),
  fc.nat(0xffffffff),
);
const uint64 = fc.oneof(
  fc.constantFrom(0, 1, 127, 128, 2 ** 32, 2 ** 42, Number.MAX_SAFE_INTEGER),
  fc.maxSafeNat(),
);

function anyScalar(field: protobuf.Field): fc.Arbitrary<unknown> {
  if (field.resolvedType instanceof protobuf.Enum) {
    return fc.oneof(fc.constantFrom(...Object.values(field.resolvedType.values)), fc.nat(0x7fffffff));
  }
  switch (field.type) {
    case 'string':
      return anyString;
    case 'bytes':
      return anyBytes;
    case 'bool':
      return fc.boolean();
    case 'uint64':
      return uint64;
    case 'uint32':
    case 'fixed32':
      return uint32;
    default:
      throw new Error(`${field.fullName}: teach test/protocol/schema.ts the type ${field.type}`);
  }
}

/** `depth` counts frames: only a Page holds others, and those hold no Page. */
function anyMessage(type: protobuf.Type, depth: number): fc.Arbitrary<Plain> {
  const model: Record<string, fc.Arbitrary<unknown>> = {};
  for (const oneof of type.oneofsArray) {
    const members = oneof.fieldsArray.filter((field) => depth === 0 || field.name !== 'page');
    const one = members.map((field) =>
      fc.record({ $case: fc.constant(field.name), value: anyValue(field, depth) }),
    );
    model[oneof.name] = fc.oneof(
      { weight: 1, arbitrary: fc.constant(undefined) },
      ...one.map((arbitrary) => ({ weight: 4, arbitrary })),
    );
  }
  for (const field of type.fieldsArray) {
    if (field.partOf) continue;
    const value = anyValue(field, depth);
    if (field.repeated) model[field.name] = fc.array(value, { maxLength: 4 });
    else if (field.resolvedType instanceof protobuf.Type)
      model[field.name] = fc.option(value, { nil: undefined });
    else model[field.name] = value;
  }
  return fc.record(model, { noNullPrototype: true });
}

function anyValue(field: protobuf.Field, depth: number): fc.Arbitrary<unknown> {
  const { resolvedType } = field;
  if (!(resolvedType instanceof protobuf.Type)) return anyScalar(field);
  return anyMessage(resolvedType, resolvedType === FRAME ? depth + 1 : depth);
}

/** Frames of every kind that the schema has, each field anywhere in its range. */
export const anyFrame = anyMessage(FRAME, 0) as unknown as fc.Arbitrary<Frame>;
