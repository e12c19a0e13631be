import fc from 'fast-check';
import type protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import {
  Fault,
  FaultCode,
  type FaultName,
  faultClass,
  faultCloses,
  faultName,
  limits,
  utf8Bytes,
} from '../../src/protocol/index.ts';
import { declarations } from './schema.ts';

const schema = declarations.find((declared) => declared.name === 'FaultCode') as protobuf.Enum;
const codes = Object.entries(schema.values)
  .filter(([, code]) => code !== 0)
  .map(([name, code]) => [name.replace('FAULT_CODE_', '') as FaultName, code] as const);

describe('the fault table', () => {
  test.each(codes)('has %s (%i), with a text that fits on the wire', (name, code) => {
    const fault = new Fault(name);
    expect(fault.code).toBe(code);
    expect(fault.message).toMatch(/^[a-z]/);
    expect(utf8Bytes(fault.message)).toBeLessThanOrEqual(limits.FAULT_TEXT_BYTES_MAX);
    expect(faultName(code)).toBe(name);
  });

  test('has no fault that the schema lacks', () => {
    expect(Object.keys(FaultCode).filter((name) => name !== 'UNSPECIFIED')).toEqual(
      codes.map(([name]) => name),
    );
  });

  test.each(codes)('%s (%i) is in one of the four classes', (_name, code) => {
    expect([1, 2, 3, 4]).toContain(Math.floor(code / 1000));
  });
});

describe('a code that nobody knows yet', () => {
  test('has its class by its thousands digit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 }), (rest) => {
        expect(faultClass(1000 + rest)).toBe('stay');
        expect(faultClass(2000 + rest)).toBe('retry');
        expect(faultClass(3000 + rest)).toBe('reconnect');
        expect(faultClass(4000 + rest)).toBe('stop');
      }),
    );
  });

  test('closes if and only if its class is 3 or 4', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 4999 }), (code) => {
        expect(faultCloses(code)).toBe(code >= 3000);
      }),
    );
  });

  test('outside of the four classes stops', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(999), fc.integer({ min: 5000 })), (code) => {
        expect(faultClass(code)).toBe('stop');
        expect(faultCloses(code)).toBe(true);
      }),
    );
  });

  test('has a name all the same', () => {
    expect(faultName(1999)).toBe('FAULT_1999');
    expect(faultName(0)).toBe('FAULT_0');
  });
});

test('a fault carries its details', () => {
  const details = { limit: 7, name: 'text', seq: 3, retryAfterMs: 250 };
  expect(new Fault('BUSY', details)).toMatchObject({ name: 'Fault', code: FaultCode.BUSY, details });
  expect(new Fault('BUSY').details).toEqual({});
});
