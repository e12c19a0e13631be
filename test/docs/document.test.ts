// docs/protocol.md agrees with the program, with the schema, with its vectors and with itself.
import { readdirSync, readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { LIMIT_KEYS, limitOf, limitText } from '../../src/config/limits.ts';
import { faultClass, faultCloses, faultName } from '../../src/protocol/faults.ts';
import { FaultCode } from '../../src/protocol/gen/kentongan/v1/kentongan.ts';
import * as limits from '../../src/protocol/limits.ts';
import { DEFAULT_PORT, VERSION_MAX, VERSION_MIN } from '../../src/protocol/version.ts';
import { DOCUMENTS, renderBlocks } from './render.ts';
import { readSpec } from './spec.ts';
import { allCases, readVectors } from './vectors.ts';

const ROOT = new URL('../../', import.meta.url);
const spec = readSpec();
const vectors = readVectors();
const schema = protobuf.loadSync(new URL('proto/kentongan/v1/kentongan.proto', ROOT).pathname);
schema.resolveAll();
const types = schema.lookup('kentongan.v1') as protobuf.Namespace;

/** Every text file under these folders that people write. */
function files(...folders: string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, ROOT), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|tsx|js|md|json|proto|py)$/.test(entry.name))
      .map((entry) => `${entry.parentPath}/${entry.name}`)
      .filter((path) => !path.includes('/gen/') && !path.includes('node_modules')),
  );
}

function numbersIn(range: string | readonly number[]): number[] {
  if (typeof range === 'string') return [];
  const [first = 0, last = first] = range;
  return Array.from({ length: last - first + 1 }, (_, n) => first + n);
}

const RULE_ID = /KTG-\d+\.\d+/g;

describe('the tables of docs/protocol.md', () => {
  test('have every message and every field of the schema, and no other', () => {
    const expected = Object.fromEntries(
      types.nestedArray
        .filter((type) => type instanceof protobuf.Type)
        .map((type) => [
          type.name,
          type.fieldsArray
            .map(({ id, name, type: fieldType, repeated, partOf }) => ({
              number: id,
              name: name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
              type: fieldType,
              repeated,
              oneof: partOf !== null,
            }))
            .toSorted((a, b) => a.number - b.number),
        ]),
    );
    expect(Object.fromEntries(spec.messages)).toEqual(expected);
  });

  test('have every value of every enum', () => {
    const expected = Object.fromEntries(
      types.nestedArray
        .filter((type) => type instanceof protobuf.Enum)
        .filter(({ name }) => name !== 'FaultCode')
        .map(({ name, values }) => {
          const prefix = `${name.replaceAll(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}_`;
          return [
            name,
            Object.fromEntries(Object.entries(values).map(([value, n]) => [value.replace(prefix, ''), n])),
          ];
        }),
    );
    expect(
      Object.fromEntries([...spec.enums].map(([name, values]) => [name, Object.fromEntries(values)])),
    ).toEqual(expected);
  });

  test('reserve the numbers that the schema reserves (KTG-16.1)', () => {
    const expected = types.nestedArray
      .filter((type) => type instanceof protobuf.Type)
      .map(({ name, reserved }) => [name, (reserved ?? []).flatMap((range) => numbersIn(range))] as const)
      .filter(([, numbers]) => numbers.length > 0);
    const sections = spec.text.split(/^#### /m).slice(1);
    const found = sections.flatMap((section) => {
      const list = /Reserved: ([\d, to]+)\./.exec(section)?.[1] ?? '';
      const numbers = list
        .split(', ')
        .filter((part) => part !== '')
        .flatMap((part) => numbersIn(part.split(' to ').map(Number)));
      return numbers.length === 0 ? [] : [[/\w+/.exec(section)?.[0] ?? '', numbers] as const];
    });
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  });

  test('have every fault, with its class (KTG-12.1)', () => {
    const expected = Object.values(FaultCode)
      .filter((code) => code !== FaultCode.UNSPECIFIED)
      .map((code) => ({
        code,
        name: faultName(code),
        class: faultClass(code),
      }));
    const found = [...spec.faults.values()].map(({ sent: _sent, ...fault }) => fault);
    expect(found.toSorted((a, b) => a.code - b.code)).toEqual(expected);
    const closing = [...spec.faults.values()].filter(({ code }) => faultCloses(code));
    expect(new Set(closing.map((fault) => fault.class))).toEqual(new Set(['reconnect', 'stop']));
  });

  test('say of every fault below 3000 which request it refuses (KTG-12.5)', () => {
    const chapter = spec.text.slice(spec.text.indexOf('**KTG-12.5'), spec.text.indexOf('**KTG-12.6'));
    const named = new Set(chapter.match(/\b[A-Z]+(?:_[A-Z]+)*\b/g));
    const sent = [...spec.faults.values()].filter(({ sent: isSent, code }) => isSent && code < 3_000);
    expect(sent.map(({ name }) => name).filter((name) => !named.has(name))).toEqual([]);
  });

  test('say in the heading of a message what number its kind has', () => {
    const kinds = ['Frame', 'System'].flatMap((owner) =>
      (spec.messages.get(owner) ?? [])
        .filter(({ oneof }) => oneof)
        .map(({ type, number }) => [type, `${owner} ${number}`] as const),
    );
    expect(Object.fromEntries(spec.places)).toEqual(Object.fromEntries(kinds));
  });

  test('have every limit with its value', () => {
    expect(Object.fromEntries(spec.limits)).toEqual({ ...limits });
  });

  test('have every limit that an operator may set, with its default and that of a lab', () => {
    const rows = Array.from(
      spec.text.matchAll(/^\| `--([a-z-]+)` \| (\w+) \| (\w+) \|/gm),
      ([, option, usual, lab]) => [option, usual, lab],
    );
    const expected = LIMIT_KEYS.map((key) => {
      const { default: usual, lab = usual } = limitOf(key);
      return [key, limitText(key, usual), limitText(key, lab)];
    });
    expect(rows).toEqual(expected);
  });

  test('name the faults that the program sends', () => {
    const sources = files('src').map((path) => readFileSync(path, 'utf8'));
    const raised = new Set(
      sources.flatMap((text) =>
        Array.from(
          text.matchAll(/(?:(?:new Fault\(|(?:failure|fault): |\? |: )'|faultFrame\(FaultCode\.)([A-Z_]+)/g),
          ([, name]) => name ?? '',
        ),
      ),
    );
    const sent = [...spec.faults.values()].filter((fault) => fault.sent).map(({ name }) => name);
    const promised = sent.filter((name) => !raised.has(name));
    // Only an engine with a disk can be full or refuse to write; the core passes on what it says.
    expect(promised.filter((name) => !name.startsWith('STORAGE_'))).toEqual([]);
    const kept = [...spec.faults.values()].filter((fault) => !fault.sent && raised.has(fault.name));
    expect(kept.map(({ name }) => name)).toEqual([]);
  });

  test('say which version and port the program has (KTG-2.1)', () => {
    expect(spec.text).toContain(`# The Kentongan protocol, version ${VERSION_MAX}\n`);
    expect(VERSION_MIN).toBe(1);
    expect(spec.rules.get('KTG-2.1')).toContain(`port ${DEFAULT_PORT} `);
  });
});

describe('docs/protocol.md', () => {
  test('has the revision that its list of revisions ends with', () => {
    const [, revision, date] = /revision (\d+) of this document \((\S+)\)/.exec(spec.text) ?? [];
    const rows = Array.from(spec.text.matchAll(/^\| (\d+) \| (\d{4}-\d\d-\d\d) \|/gm), ([, n, day]) => ({
      revision: n,
      date: day,
    }));
    expect(rows.at(-1)).toEqual({ revision, date });
    expect(rows.map((row) => Number(row.revision))).toEqual(rows.map((_, i) => i + 1));
  });
});

describe('the rules of docs/protocol.md', () => {
  test('all say whom they bind', () => {
    const stated = spec.text.match(/^\*\*KTG-/gm) ?? [];
    expect(stated).toHaveLength(spec.binds.size);
  });

  test('are numbered without a hole, those counted that are retired', () => {
    const ids = [...spec.rules.keys(), ...spec.retired];
    const chapters = Map.groupBy(ids, (id) => Number(id.slice(4).split('.')[0]));
    for (const [chapter, numbered] of chapters) {
      const numbers = numbered.map((id) => Number(id.split('.')[1])).toSorted((a, b) => a - b);
      expect({ chapter, numbers }).toEqual({ chapter, numbers: numbers.map((_, i) => i + 1) });
    }
  });

  test('are retired or in force, not both', () => {
    expect([...spec.retired].filter((id) => spec.rules.has(id))).toEqual([]);
    expect(spec.retired.size).toBeGreaterThan(0);
  });

  test('stand in the chapter of their number', () => {
    const chapters = spec.text.split(/^## (?=\d)/m).slice(1);
    for (const chapter of chapters) {
      const number = Number.parseInt(chapter, 10);
      const ids = Array.from(chapter.matchAll(/^\*\*(KTG-(\d+)\.\d+) /gm), (match) => Number(match[2]));
      expect(ids.filter((id) => id !== number)).toEqual([]);
    }
  });

  test('are all exercised by a test or a vector that names them', () => {
    const named = new Set([
      ...allCases(vectors).flatMap(({ rules }) => rules),
      ...files('test')
        .filter((path) => path.endsWith('.test.ts'))
        .flatMap((path) => readFileSync(path, 'utf8').match(RULE_ID) ?? []),
    ]);
    expect([...spec.rules.keys()].filter((id) => !named.has(id))).toEqual([]);
  });

  test('are the only ones that anything cites', () => {
    const cited = files('docs', 'src', 'clients', 'test', 'proto').flatMap((path) =>
      (readFileSync(path, 'utf8').match(RULE_ID) ?? []).map((id) => ({ id, path })),
    );
    // The list of those that are gone names them; the results say by which names they were had.
    const mayBeRetired = (path: string): boolean => /docs\/+(protocol|results)\.md$/.test(path);
    expect(
      cited.filter(({ id, path }) => !spec.rules.has(id) && !(mayBeRetired(path) && spec.retired.has(id))),
    ).toEqual([]);
  });

  test('cite no other rule that is retired', () => {
    const inForce = spec.text.slice(0, spec.text.indexOf('\n## 19.'));
    expect([...spec.retired].filter((id) => new RegExp(`${id}(?!\\d)`).test(inForce))).toEqual([]);
  });

  test('are linked by the list of those to get right, and by chapters that exist', () => {
    const anchors = new Set(
      Array.from(spec.text.matchAll(/^#+ (.+)$/gm), ([, heading = '']) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
          .replaceAll(' ', '-'),
      ),
    );
    const links = Array.from(spec.text.matchAll(/\]\(#([^)]+)\)/g), ([, anchor = '']) => anchor);
    expect(links.length).toBeGreaterThan(20);
    expect(links.filter((anchor) => !anchors.has(anchor))).toEqual([]);
  });
});

describe('the vectors', () => {
  test('and programs are shown in the documents; if not, run node test/docs/update.ts', () => {
    for (const file of DOCUMENTS) {
      const text = readFileSync(file, 'utf8');
      expect(text).toContain('<!-- end -->');
      expect(renderBlocks(text, vectors)).toBe(text);
    }
  });

  test('have names of their own', () => {
    for (const cases of Object.values(vectors) as (readonly { readonly name: string }[])[]) {
      const names = cases.map(({ name }) => name);
      expect(names).toEqual([...new Set(names)]);
    }
  });
});
