// Reads docs/protocol.md as a machine: its rules, its tables of fields, faults and limits.
// What the conformance tests send is made from these tables alone, never from the generated code.
import { readFileSync } from 'node:fs';

export interface Field {
  readonly number: number;
  readonly name: string;
  /** `uint32`, `string`, …, the name of a message or of an enum. */
  readonly type: string;
  readonly repeated: boolean;
  /** A member of a oneof is written even at its default. */
  readonly oneof: boolean;
}

export interface FaultRow {
  readonly code: number;
  readonly name: string;
  readonly class: string;
  /** False: reserved. */
  readonly sent: boolean;
}

/** Whom a rule binds: the client, the server, both. */
export type Binds = 'C' | 'S' | 'CS';

export interface Spec {
  readonly text: string;
  /** Rule id → the paragraph that states it. */
  readonly rules: ReadonlyMap<string, string>;
  readonly binds: ReadonlyMap<string, Binds>;
  /** Ids of rules that an earlier revision had. They are never used again. */
  readonly retired: ReadonlySet<string>;
  readonly messages: ReadonlyMap<string, readonly Field[]>;
  /** Message → where its heading says that it lives: `System 32`. */
  readonly places: ReadonlyMap<string, string>;
  readonly enums: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** By name. */
  readonly faults: ReadonlyMap<string, FaultRow>;
  readonly limits: ReadonlyMap<string, number>;
}

const PROTOCOL_MD = new URL('../../docs/protocol.md', import.meta.url);

export function readSpec(text: string = readFileSync(PROTOCOL_MD, 'utf8')): Spec {
  const messages = new Map<string, Field[]>();
  const enums = new Map<string, Map<string, number>>();
  const places = new Map<string, string>();
  for (const section of text.split(/^#### /m).slice(1)) {
    const title = /^(enum )?`(\w+)`(?: \((\w+ \d+)\))?\n/.exec(section);
    const name = title?.[2];
    if (name === undefined) continue;
    const rows = firstTable(section);
    if (title?.[3] !== undefined) places.set(name, title[3]);
    if (title?.[1] === undefined) messages.set(name, fieldsOf(section, rows));
    else enums.set(name, new Map(rows.map(([number = '', value = '']) => [value, Number(number)])));
  }
  const { rules, binds } = rulesOf(text);
  const tables = { messages, places, enums, faults: faultsOf(text), limits: limitsOf(text) };
  return { text, rules, binds, retired: retiredOf(text), ...tables };
}

/** The cells of the first table in a text that stands before any rule or further heading; none is no table. */
function firstTable(section: string): string[][] {
  const lines = section.split('\n').slice(1);
  const start = lines.findIndex(
    (line) => line.startsWith('|') || line.startsWith('**') || line.startsWith('#'),
  );
  const rows: string[][] = [];
  for (let at = start; at >= 0 && lines[at]?.startsWith('|') === true; at++)
    rows.push(cells(lines[at] ?? ''));
  return rows.slice(2);
}

function cells(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function fieldsOf(section: string, rows: string[][]): Field[] {
  const oneof = new Set<number>();
  const numbers = rows.map(([number]) => Number(number));
  if (/All are members of the oneof/.test(section)) for (const number of numbers) oneof.add(number);
  const range = /Fields (\d+) (?:and|to) (\d+) are the oneof/.exec(section);
  if (range !== null) {
    for (const number of numbers)
      if (number >= Number(range[1]) && number <= Number(range[2])) oneof.add(number);
  }
  return rows
    .map(([number = '', name = '', type = '']) => ({
      number: Number(number),
      name,
      type: type.replace('repeated ', ''),
      repeated: type.startsWith('repeated '),
      oneof: oneof.has(Number(number)),
    }))
    .toSorted((a, b) => a.number - b.number);
}

function rulesOf(text: string): Pick<Spec, 'rules' | 'binds'> {
  const rules = new Map<string, string>();
  const binds = new Map<string, Binds>();
  const pattern = /^\*\*(KTG-\d+\.\d+) · (C|S|CS)\*\* ((?:.+\n)+)/gm;
  for (const [, id = '', whom, body = ''] of text.matchAll(pattern)) {
    if (rules.has(id)) throw new Error(`${id} is stated twice`);
    rules.set(id, body.replaceAll('\n', ' ').trim());
    binds.set(id, whom as Binds);
  }
  return { rules, binds };
}

function retiredOf(text: string): Set<string> {
  const part = text.slice(text.indexOf('\n### Retired rules'));
  return new Set(Array.from(part.matchAll(/^\| (KTG-\d+\.\d+) \|/gm), ([, id = '']) => id));
}

function faultsOf(text: string): Map<string, FaultRow> {
  const faults = new Map<string, FaultRow>();
  let sent = true;
  for (const line of text.split('\n')) {
    if (line === '### Reserved faults') sent = false;
    const [code = '', name = '', kind = ''] = cells(line);
    if (!/^\d{4}$/.test(code) || !/^[A-Z_]+$/.test(name)) continue;
    faults.set(name, { code: Number(code), name, class: kind, sent });
  }
  return faults;
}

function limitsOf(text: string): Map<string, number> {
  const limits = new Map<string, number>();
  const chapter = text.slice(text.indexOf('\n## 14.'), text.indexOf('\n## 15.'));
  for (const line of chapter.split('\n')) {
    const [name = '', value = ''] = cells(line);
    if (/^[A-Z_]+$/.test(name)) limits.set(name, Number(value));
  }
  return limits;
}
