// What the other documents say of the program is so.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

describe('docs/decisions.md', () => {
  const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string> | undefined>;
  const text = read('docs/decisions.md');

  test('has one line for each dependency, with its version', () => {
    for (const kind of ['dependencies', 'devDependencies']) {
      for (const [name, version] of Object.entries(manifest[kind] ?? {})) {
        const line = text.split('\n').find((one) => one.startsWith('|') && one.includes(`\`${name}\``));
        expect({ name, line: line ?? 'missing' }).toEqual({
          name,
          line: expect.stringContaining(version) as string,
        });
      }
    }
    for (const [name, version] of Object.entries(manifest['optionalDependencies'] ?? {})) {
      expect(text).toContain(`\`${name}\``);
      expect(text).toContain(version);
    }
  });

  test('names no dependency that there is not', () => {
    const known = ['dependencies', 'devDependencies'].flatMap((kind) => Object.keys(manifest[kind] ?? {}));
    const rows = text
      .slice(text.indexOf('## Dependencies'))
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    const named = rows.flatMap((line) =>
      Array.from((line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g), ([, name]) => name),
    );
    expect(named.filter((name) => !known.includes(name ?? ''))).toEqual([]);
    expect(named).toHaveLength(known.length);
  });
});

describe('docs/architecture.md', () => {
  test('names files and folders that exist', () => {
    const paths = Array.from(
      read('docs/architecture.md').matchAll(/`((?:src|clients|test|proto)\/[^`*]*)`/g),
      ([, path]) => path ?? '',
    );
    expect(paths.length).toBeGreaterThan(20);
    expect(paths.filter((path) => !existsSync(new URL(path, ROOT)))).toEqual([]);
  });
});

describe('docs/chat-log.md', () => {
  test('has the grammar that stands beside the code', () => {
    const grammar = /```text\n([\s\S]*?)```/.exec(read('src/followers/chat-line.ts'))?.[1] ?? '';
    const plain = grammar.replaceAll(/^ \* ?/gm, '');
    expect(plain).toContain('line    = ');
    expect(read('docs/chat-log.md')).toContain(plain.trim());
  });
});

describe('docs/cli.md', () => {
  test('has every field of the JSON lines, in their order', () => {
    const source =
      /export interface LineJson \{([\s\S]*?)\n\}/.exec(read('clients/cli/tail-json.ts'))?.[1] ?? '';
    const fields = Array.from(source.matchAll(/readonly (\w+)\??:/g), ([, field]) => field);
    const documented = Array.from(read('docs/cli.md').matchAll(/^\| `(\w+)` \|/gm), ([, field]) => field);
    expect(fields.length).toBeGreaterThan(10);
    expect(documented).toEqual(fields);
  });

  test('has every exit code', () => {
    const source = read('clients/cli/exit-codes.ts');
    const codes = Array.from(source.matchAll(/: (\d+),/g), ([, code]) => code);
    const documented = Array.from(read('docs/cli.md').matchAll(/^\| (\d+) \|/gm), ([, code]) => code);
    expect(documented).toEqual(codes);
  });
});

describe('every document', () => {
  const documents = [
    'protocol',
    'vectors',
    'architecture',
    'decisions',
    'chat-log',
    'cli',
    'classroom',
    'classroom.id',
    'results',
  ];

  for (const name of documents) {
    test(`docs/${name}.md links to files and headings that exist`, () => {
      const text = read(`docs/${name}.md`);
      const headings = new Set(
        Array.from(text.matchAll(/^#+ (.+)$/gm), ([, heading = '']) =>
          heading
            .toLowerCase()
            .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
            .replaceAll(' ', '-'),
        ),
      );
      for (const [, target = ''] of text.matchAll(/\]\(([^)]+)\)/g)) {
        if (target.startsWith('http')) continue;
        const [path = '', anchor] = target.split('#');
        if (path !== '') expect(existsSync(new URL(path, new URL('docs/', ROOT))), target).toBe(true);
        else expect(headings, target).toContain(anchor);
      }
    });
  }
});
