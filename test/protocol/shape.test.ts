import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { SHAPES } from '../../src/protocol/gen/shape.ts';
import { declarations } from './schema.ts';

const messages = declarations.filter((declared) => declared instanceof protobuf.Type);
const fields = messages.flatMap((type) => type.fieldsArray);

/** What the library writes for a field, less the number: it knows the wire types on its own. */
function writtenWireType(field: protobuf.Field): number {
  const value =
    field.resolvedType instanceof protobuf.Type
      ? {}
      : field.type === 'string' || field.type === 'bytes'
        ? 'YQ=='
        : 1;
  const type = field.parent as protobuf.Type;
  const written = type.encode(type.fromObject({ [field.name]: field.repeated ? [value] : value })).finish();
  return (written[0] as number) & 7;
}

describe('the shape table', () => {
  test('has every message of the schema and no other', () => {
    expect(Object.keys(SHAPES).toSorted()).toEqual(messages.map(({ name }) => name).toSorted());
  });

  test.each(messages.map((type) => [type.name, type] as const))(
    'has every field of %s and no other',
    (name, type) => {
      const numbers = type.fieldsArray.map(({ id }) => id);
      expect(Object.keys(SHAPES[name] ?? {}).map(Number)).toEqual(numbers.toSorted((a, b) => a - b));
    },
  );

  test.each(fields.map((field) => [field.fullName, field] as const))(
    'has %s as it is written',
    (_name, field) => {
      const [wire, slot, inside] = SHAPES[(field.parent as protobuf.Type).name]?.[field.id] ?? [];
      expect(wire).toBe(writtenWireType(field));
      expect(slot === -1).toBe(field.repeated);
      const largest = { bool: 1, uint32: 2 ** 32 - 1, uint64: 2 ** 53 - 1 }[field.type];
      const { resolvedType } = field;
      if (resolvedType instanceof protobuf.Type) expect(inside).toBe(resolvedType.name);
      else expect(inside).toBe(resolvedType instanceof protobuf.Enum ? 2 ** 31 - 1 : largest);
    },
  );

  test.each(messages.map((type) => [type.name, type] as const))(
    'gives the members of a oneof of %s one slot, all others their own',
    (name, type) => {
      const owners = new Map<number, string>();
      for (const field of type.fieldsArray) {
        if (field.repeated) continue;
        const owner = field.partOf?.fullName ?? field.fullName;
        const slot = SHAPES[name]?.[field.id]?.[1] ?? -1;
        expect(owners.get(slot) ?? owner).toBe(owner);
        owners.set(slot, owner);
      }
      expect(new Set(owners.values()).size).toBe(owners.size);
      for (const slot of owners.keys()) expect(slot).toBeLessThan(31);
    },
  );
});
