// Shows the vectors in docs/protocol.md and docs/vectors.md: the text between `<!-- vector: … -->` and `<!-- end -->`.
import { readFileSync } from 'node:fs';
import { dissect } from './dissect.ts';
import { proofText } from './proofs.ts';
import { readSpec } from './spec.ts';
import type {
  ChainCase,
  FrameCase,
  FramingCase,
  NameCase,
  PositionCase,
  RefusedCase,
  SessionCase,
  Vectors,
} from './vectors.ts';

const HEX_WIDTH = 96;

/** The documents that have such blocks. */
export const DOCUMENTS: readonly URL[] = ['protocol.md', 'vectors.md', 'classroom.md', 'classroom.id.md'].map(
  (name) => new URL(`../../docs/${name}`, import.meta.url),
);

/** The document with every marked block made anew from the vectors and files. */
export function renderBlocks(text: string, vectors: Vectors): string {
  return text.replaceAll(
    /(<!-- (vector|file): (\S+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_all, start: string, kind: string, name: string, end: string) =>
      `${start}${kind === 'file' ? renderFile(name) : renderVectors(name, vectors, text)}\n${end}`,
  );
}

function renderFile(name: string): string {
  const text = readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
  return `\`\`\`python\n${text}\`\`\``;
}

function renderVectors(name: string, vectors: Vectors, text: string): string {
  const session = /^sessions\/(.+)$/.exec(name)?.[1];
  if (session !== undefined) {
    const found = vectors.sessions.find((one) => one.name === session.replaceAll('-', ' '));
    if (found === undefined) throw new Error(`no session ${session}`);
    return code(dissected(found, text));
  }
  switch (name) {
    case 'proof':
      return code(vectors.proof.slice(1).map((one) => proofText(readSpec(text), one)));
    case 'proof/first':
      return code(vectors.proof.slice(0, 1).map((one) => proofText(readSpec(text), one)));
    case 'frames':
    case 'lenient':
      return code(vectors[name].map(frameText));
    case 'refused':
      return code(vectors.refused.map(refusedText));
    case 'framing':
      return code(vectors.framing.map(framingText));
    case 'names':
      return table(['typed', 'canonical', 'rules'], vectors.names.map(nameRow));
    case 'chain':
      return code(vectors.chain.map(chainText));
    case 'positions':
      return table(
        ['case', 'have', 'last', 'oldest', 'newest', 'status', 'first', 'rules'],
        vectors.positions.map(positionRow),
      );
    case 'sessions':
      return code(vectors.sessions.map(sessionText));
    default:
      throw new Error(`no vectors ${name}`);
  }
}

function code(parts: readonly string[]): string {
  return `\`\`\`text\n${parts.join('\n\n')}\n\`\`\``;
}

function title({ name, rules }: { readonly name: string; readonly rules: readonly string[] }): string {
  return `# ${name} · ${rules.join(' ')}`;
}

/** Lines of hex, the ones after the first indented. */
function hexLines(hex: string, indent = ''): string {
  const lines = hex.match(new RegExp(`.{1,${HEX_WIDTH}}`, 'g')) ?? ['(nothing)'];
  return lines.map((line, i) => (i === 0 ? line : indent + line)).join('\n');
}

function json(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069\p{Default_Ignorable_Code_Point}]/gu,
    (invisible) =>
      Array.from({ length: invisible.length }, (_, i) => {
        const unit = invisible.charCodeAt(i).toString(16).padStart(4, '0');
        return `\\u${unit}`;
      }).join(''),
  );
}

/** JSON in lines of about the width of the hex, broken behind commas. */
function folded(text: string, indent = ''): string {
  const pieces = text.match(/(?:"(?:[^"\\]|\\.)*"|[^",])+,?|,/g) ?? [];
  const lines: string[] = [''];
  for (const piece of pieces) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + piece.length > HEX_WIDTH) lines.push(piece);
    else lines[lines.length - 1] = last + piece;
  }
  return lines.join(`\n${indent} `);
}

function frameText(one: FrameCase): string {
  return `${title(one)}\n${hexLines(one.hex)}\n${folded(json(one.fields))}`;
}

function refusedText(one: RefusedCase): string {
  const details = [
    one.fault,
    ...(one.ref === undefined ? [] : [`ref ${one.ref}`]),
    ...(one.field === undefined ? [] : [`name "${one.field}"`]),
  ];
  return `${title(one)}\n${hexLines(one.hex)}\n→ ${details.join(', ')}`;
}

function framingText(one: FramingCase): string {
  const fault = one.fault === undefined ? [] : [`→ ${one.fault}${one.limit ? `, limit ${one.limit}` : ''}`];
  return [
    title(one),
    ...(one.before_welcome === true ? ['  before the Welcome'] : []),
    hexLines(one.chunks.join(' | ')),
    ...one.payloads.map((payload) => `→ ${payload}`),
    ...fault,
  ].join('\n');
}

function chainText(one: ChainCase): string {
  const entries = one.entries.map((entry) =>
    [
      `seq ${entry.seq}, time ${entry.time}, body`,
      hexLines(entry.body),
      `→ c(${entry.seq}) ${entry.chain}, check ${entry.check} = 0x${entry.check.toString(16).padStart(8, '0')}, payload`,
      hexLines(entry.payload),
    ].join('\n'),
  );
  return [title(one), `log_id ${one.log_id}`, ...entries].join('\n');
}

function sessionText(one: SessionCase): string {
  return [
    title(one),
    ...one.steps.map(({ from, to, note, fields, hex }) =>
      [
        `\n${from} → ${to}${note === undefined ? '' : `: ${note}`}`,
        `  ${hexLines(hex, '  ')}`,
        `  ${folded(json(fields), '  ')}`,
      ].join('\n'),
    ),
  ].join('\n');
}

/** Every byte of a conversation with its meaning. */
function dissected({ steps }: SessionCase, text: string): string[] {
  const spec = readSpec(text);
  return steps.map(({ from, to, note, hex }) => `${from} → ${to}: ${note ?? ''}\n${dissect(spec, hex)}`);
}

function nameRow({ name, canonical, rules }: NameCase): string[] {
  return [`\`${json(name)}\``, canonical === null ? 'NAME_BAD' : `\`${json(canonical)}\``, rules.join(' ')];
}

function positionRow(one: PositionCase): string[] {
  const { have } = one;
  const parts =
    have === null
      ? ['absent']
      : [
          `seq ${have.seq}`,
          ...(have.log_id === undefined ? [] : ['other log_id']),
          ...(have.check === undefined ? [] : [`check ${have.check}`]),
        ];
  const numbers = [one.last, one.oldest, one.newest].map(String);
  return [one.name, parts.join(', '), ...numbers, one.status, String(one.first), one.rules.join(' ')];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
