// The layer law (.oxlintrc.json) bites: every arrow that it forbids is planted in a copy and must be found,
// every arrow that it allows must not.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT, runTool } from '../../scripts/tools.ts';

const IMPORTS = 'no-restricted-imports';
const NODE = 'no-nodejs-modules';
const GLOBALS = 'no-restricted-globals';

type Planted = readonly [where: string, source: string, rule: string];

const FORBIDDEN: readonly Planted[] = [
  ...(
    [
      ['src/protocol', '../roomlog/roomlog.ts'],
      ['src/protocol', '../core/hub.ts'],
      ['src/protocol', '../net/tcp.ts'],
      ['src/protocol', '../main.ts'],
      ['src/protocol', '../../clients/sdk/index.ts'],
      ['src/protocol', 'eventemitter3'],
      ['src/protocol', 'node:fs'],
      ['src/roomlog', '../core/hub.ts'],
      ['src/roomlog', '../followers/chat-log.ts'],
      ['src/roomlog', 'pino'],
      ['src/roomlog', 'node:fs'],
      ['src/core', '../net/tcp.ts'],
      ['src/core', '../followers/chat-log.ts'],
      ['src/core', '../roomlog/memory.ts'],
      ['src/core', '../config/config.ts'],
      ['src/core', '../../clients/sdk/index.ts'],
      ['src/core', '../../test/support/random.ts'],
      ['src/core', 'pino'],
      ['src/core', 'node:net'],
      ['src/followers', '../net/tcp.ts'],
      ['src/followers', '../roomlog/memory.ts'],
      ['src/followers', '../main.ts'],
      ['src/followers', '../texts/texts.ts'],
      ['src/followers', '../../clients/sdk/index.ts'],
      ['src/net', '../roomlog/roomlog.ts'],
      ['src/net', '../followers/chat-log.ts'],
      ['src/net', '../config/config.ts'],
      ['src/net', '../../clients/sdk/index.ts'],
      ['src/texts', '../config/config.ts'],
      ['src/config', '../server/options.ts'],
      ['src/control', '../server/server.ts'],
      ['src/observe', '../net/tcp.ts'],
      ['src/observe', '../roomlog/sqlite/sqlite-log.ts'],
      ['src/server', '../config/config.ts'],
      ['src/server', '../commands/serve.ts'],
      ['src/server', '../index.ts'],
      ['src/commands', '../server/server.ts'],
      ['src/commands', '../core/hub.ts'],
      ['src/commands', '../../clients/sdk/index.ts'],
      ['src/commands', '../roomlog/sqlite/schema.ts'],
      ['src/archive', '../server/server.ts'],
      ['src/archive', '../core/hub.ts'],
      ['src/archive', '../commands/log.ts'],
      ['src', '../clients/sdk/index.ts'],
      ['src', '../test/support/random.ts'],
      ['src', '../scripts/tools.ts'],
      ['clients/sdk', '../cli/main.ts'],
      ['clients/sdk', '../../src/core/hub.ts'],
      ['clients/sdk', '../../src/protocol/frame.ts'],
      ['clients/sdk', 'node:net'],
      ['clients/cli', '../../src/core/hub.ts'],
      ['clients/cli', '../../src/index.ts'],
      ['clients/cli', '../../src/protocol/frame.ts'],
    ] as const
  ).map(([where, from]): Planted => [where, `import { x } from '${from}';\nexport const y = x;`, IMPORTS]),
  ['src/core', "export type { X } from '../net/tcp.ts';", IMPORTS],
  ['src/core', "import type { X } from '../net/tcp.ts';\nexport const y: X = 1;", IMPORTS],
  ['src/core', "export const x = import('../net/tcp.ts');", IMPORTS],
  ['src/core', "export * from '../net/tcp.ts';", IMPORTS],
  ...['src/protocol', 'src/roomlog', 'src/core', 'clients/sdk'].flatMap((where): Planted[] => [
    [where, "import fs from 'fs';\nexport const x = fs;", NODE],
    [where, "export const x = import('node:fs');", NODE],
    [where, 'export const x = Date.now();', GLOBALS],
    [where, 'export const x = new Date();', GLOBALS],
    [where, 'export const x = performance.now();', GLOBALS],
    [where, 'setTimeout(() => {}, 1);\nexport const x = 1;', GLOBALS],
    [where, 'setInterval(() => {}, 1);\nexport const x = 1;', GLOBALS],
    [where, 'setImmediate(() => {});\nexport const x = 1;', GLOBALS],
    [where, 'queueMicrotask(() => {});\nexport const x = 1;', GLOBALS],
    [where, 'export const x = process.env;', GLOBALS],
    [where, "export const x = Buffer.from('x');", GLOBALS],
    [where, 'export const x = Math.random();', 'no-restricted-properties'],
    [where, 'export const x = globalThis.Date;', 'no-restricted-properties'],
    [where, "console.log('x');\nexport const x = 1;", 'no-console'],
  ]),
  ['src/core', 'export const x = crypto.getRandomValues(new Uint8Array(1));', GLOBALS],
  ['src/net', 'export default 1;', 'no-default-export'],
  ['src/net', 'export const x = (y: unknown) => y as any;', 'no-explicit-any'],
  ['src/net', 'export function x(y: string | undefined): string {\n  return y!;\n}', 'no-non-null-assertion'],
  ['src/net', `export const x = [\n${'  1,\n'.repeat(300)}];`, 'max-lines'],
  ['src/net', `export function x(): void {\n${'  Math.abs(1);\n'.repeat(61)}}`, 'max-lines-per-function'],
];

const ALLOWED: ReadonlyArray<readonly [where: string, from: string]> = [
  ['src/protocol', './limits.ts'],
  ['src/protocol', './gen/kentongan/v1/kentongan.ts'],
  ['src/protocol', '@bufbuild/protobuf/wire'],
  ['src/roomlog', './roomlog.ts'],
  ['src/roomlog', '../protocol/frame.ts'],
  ['src/core', './room.ts'],
  ['src/core', '../protocol/frame.ts'],
  ['src/core', '../roomlog/roomlog.ts'],
  ['src/followers', '../core/follower.ts'],
  ['src/followers', '../protocol/index.ts'],
  ['src/followers', '../roomlog/roomlog.ts'],
  ['src/followers', '../texts/escape.ts'],
  ['src/followers', 'node:fs'],
  ['src/net', '../core/ports.ts'],
  ['src/net', '../protocol/index.ts'],
  ['src/net', 'node:net'],
  ['src/texts', './escape.ts'],
  ['src/config', '../texts/texts.ts'],
  ['src/control', 'node:net'],
  ['src/observe', '../core/ports.ts'],
  ['src/observe', '../roomlog/sqlite/events.ts'],
  ['src/server', '../net/tcp.ts'],
  ['src/server', '../roomlog/memory.ts'],
  ['src/server', '../control/socket.ts'],
  ['src/server', '../config/defaults.ts'],
  ['src/commands', '../index.ts'],
  ['src/commands', '../config/config.ts'],
  ['src/commands', '../archive/verify.ts'],
  ['src/commands', '../roomlog/sqlite/log-error.ts'],
  ['src/commands', '../server/data-directory.ts'],
  ['src/archive', '../roomlog/sqlite/schema.ts'],
  ['src/archive', '../followers/rebuild.ts'],
  ['src/archive', '../core/erasing.ts'],
  ['src/archive', '../texts/escape.ts'],
  ['src/archive', 'node:fs'],
  ['src', './server/server.ts'],
  ['src', 'node:fs'],
  ['clients/sdk', './transport.ts'],
  ['clients/sdk', 'eventemitter3'],
  ['clients/sdk', '../../src/protocol/index.ts'],
  ['clients/cli', '../sdk/index.ts'],
  ['clients/cli', '../../src/protocol/index.ts'],
  ['clients/cli', 'commander'],
  ['clients/cli', 'node:readline'],
];

let folder: string;
/** `path:line:column: message [severity/plugin(rule)]` for all that lint finds in the planted tree. */
let found: readonly string[];

function plant(name: string, source: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), `${source}\n`);
}

const forbiddenName = (index: number): string => `${FORBIDDEN[index]?.[0]}/forbidden-${index}.ts`;
const allowedName = (index: number): string => `${ALLOWED[index]?.[0]}/allowed-${index}.ts`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kentongan-layers-'));
  cpSync(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  for (const [index, [, source]] of FORBIDDEN.entries()) plant(forbiddenName(index), source);
  for (const [index, [, from]] of ALLOWED.entries()) {
    plant(allowedName(index), `import { x } from '${from}';\nexport const y = x;`);
  }
  plant('src/core/cycle-a.ts', "import { b } from './cycle-b.ts';\nexport const a = b;");
  plant('src/core/cycle-b.ts', "import { a } from './cycle-a.ts';\nexport const b = a;");
  found = runTool('oxlint', ['--format=unix'], folder).output.split('\n');
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('the layer law', () => {
  test.each(FORBIDDEN.map(([where, source, rule], index) => ({ where, source, rule, index })))(
    'forbids in $where: $source',
    ({ rule, index }) => {
      const here = found.filter((line) => line.replaceAll('\\', '/').startsWith(`${forbiddenName(index)}:`));
      expect(here.filter((line) => line.includes(`(${rule})`))).not.toEqual([]);
    },
  );

  test.each(ALLOWED.map(([where, from], index) => ({ where, from, index })))(
    'allows $where to import $from',
    ({ index }) => {
      expect(found.filter((line) => line.replaceAll('\\', '/').startsWith(`${allowedName(index)}:`))).toEqual(
        [],
      );
    },
  );

  test('forbids cycles', () => {
    expect(found.filter((line) => line.includes('(no-cycle)')).length).toBe(2);
  });
});
