// Takes a frame apart, field by field, with the tables of docs/protocol.md: how the document shows bytes.
import type { Field, Spec } from './spec.ts';
import { fromHex, toHex } from './spec-codec.ts';

const INDENT = 2;
const HEX_COLUMN = 46;
const BYTES_PER_LINE = 16;

/** Lines of hex with their meaning beside them, for a frame with its prefix. */
export function dissect(spec: Spec, hex: string): string {
  const bytes = fromHex(hex);
  const length = new DataView(bytes.buffer).getUint32(0);
  const lines = [row(0, toHex(bytes.subarray(0, 4)), `length ${length}`)];
  new Dissector(spec, bytes, lines).message('Frame', 4, bytes.length, 1);
  return lines.join('\n');
}

class Dissector {
  readonly #spec: Spec;
  readonly #bytes: Uint8Array;
  readonly #lines: string[];
  #at = 0;

  constructor(spec: Spec, bytes: Uint8Array, lines: string[]) {
    this.#spec = spec;
    this.#bytes = bytes;
    this.#lines = lines;
  }

  message(name: string, start: number, end: number, depth: number): void {
    this.#at = start;
    while (this.#at < end) {
      const from = this.#at;
      const tag = this.#varint();
      const field = this.#spec.messages.get(name)?.find(({ number }) => number === Math.floor(tag / 8));
      if (field === undefined) throw new Error(`${name} has no field ${Math.floor(tag / 8)}`);
      const title = `${name}.${field.name} (${field.number})`;
      if (tag % 8 === 2) this.#block(field, title, from, depth);
      else this.#number(field, title, from, tag % 8, depth);
    }
  }

  #block(field: Field, title: string, from: number, depth: number): void {
    const length = this.#varint();
    const start = this.#at;
    const end = start + length;
    if (this.#spec.messages.has(field.type)) {
      this.#lines.push(row(depth, this.#hex(from, start), `${title}, ${length} bytes`));
      this.message(field.type, start, end, depth + 1);
      return;
    }
    const content = this.#bytes.subarray(start, end);
    const text = field.type === 'string' ? ` "${new TextDecoder().decode(content)}"` : `, ${length} bytes`;
    const head = this.#hex(from, start);
    for (let at = 0; at === 0 || at < length; at += BYTES_PER_LINE) {
      const part = toHex(content.subarray(at, at + BYTES_PER_LINE));
      const left = at === 0 ? `${head} ${part}` : `${' '.repeat(head.length + 1)}${part}`;
      this.#lines.push(row(depth, left, at === 0 ? title + text : ''));
    }
    this.#at = end;
  }

  #number(field: Field, title: string, from: number, wireType: number, depth: number): void {
    let value: number;
    if (wireType === 5) {
      value = new DataView(this.#bytes.buffer).getUint32(this.#at, true);
      this.#at += 4;
    } else value = this.#varint();
    this.#lines.push(row(depth, this.#hex(from, this.#at), `${title} = ${this.#meaning(field, value)}`));
  }

  #meaning({ type }: Field, value: number): string {
    if (type === 'bool') return value === 0 ? 'false' : 'true';
    if (type === 'fixed32') return `0x${value.toString(16).padStart(8, '0')}`;
    const names =
      type === 'FaultCode'
        ? Array.from(this.#spec.faults.values(), ({ name, code }) => [name, code] as const)
        : [...(this.#spec.enums.get(type) ?? [])];
    const name = names.find(([, number]) => number === value)?.[0];
    return name === undefined ? String(value) : `${value} ${name}`;
  }

  #hex(from: number, to: number): string {
    return toHex(this.#bytes.subarray(from, to)).replaceAll(/(..)(?=.)/g, '$1 ');
  }

  #varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  }
}

function row(depth: number, hex: string, meaning: string): string {
  return `${' '.repeat(depth * INDENT)}${hex}`.padEnd(HEX_COLUMN).concat(`  ${meaning}`).trimEnd();
}
