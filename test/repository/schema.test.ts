// The schema may only grow: what would break the clients that exist is found.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ROOT, runTool } from '../../scripts/tools.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kentongan-schema-'));
  cpSync(join(ROOT, 'proto'), join(folder, 'proto'), { recursive: true });
  cpSync(join(ROOT, 'buf.yaml'), join(folder, 'buf.yaml'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function breaksWhen(from: string, to: string): boolean {
  const path = join(folder, 'proto', 'kentongan', 'v1', 'kentongan.proto');
  const schema = readFileSync(path, 'utf8');
  if (!schema.includes(from)) throw new Error(`the schema has no "${from}"`);
  writeFileSync(path, schema.replace(from, to));
  expect(runTool('buf', ['build'], folder)).toMatchObject({ status: 0 });
  const { status } = runTool('buf', ['breaking', '--against', join(ROOT, 'proto', 'baseline.binpb')], folder);
  return status !== 0;
}

describe('a schema breaks when', () => {
  test.each([
    ['a field changes its number', 'uint64 seq = 12;', 'uint64 seq = 16;'],
    ['a field changes its type', 'uint64 seq = 12;', 'string seq = 12;'],
    ['a field disappears', 'uint32 ref = 8;', ''],
    ['a field becomes a list', 'string room = 9;', 'repeated string room = 9;'],
    ['a fault changes its number', 'FAULT_CODE_BUSY = 2005;', 'FAULT_CODE_BUSY = 2008;'],
  ])('%s', (_what, from, to) => {
    expect(breaksWhen(from, to)).toBe(true);
  });
});

describe('a schema does not break when', () => {
  test.each([
    ['nothing changes', 'uint32 ref = 8;', 'uint32 ref = 8;'],
    ['a field is added', 'uint32 ref = 8;', 'uint32 ref = 8; uint32 more = 16;'],
    ['a fault is added', 'FAULT_CODE_BUSY = 2005;', 'FAULT_CODE_BUSY = 2005; FAULT_CODE_MORE = 2099;'],
    ['a comment changes', '// Who said or did something.', '// Who.'],
  ])('%s', (_what, from, to) => {
    expect(breaksWhen(from, to)).toBe(false);
  });
});
