// The wire format as chapters 3 and 17.2 of docs/protocol.md tell it, on the tables of that document. Written
// from the document and used only by tests: it shares no line and no generated code with src/protocol.
import type { Field, Spec } from './spec.ts';

/** A message as the vectors write it: bytes are hex, enum values are names, defaults are absent. */
export type Json = { readonly [field: string]: JsonValue };
export type JsonValue = number | boolean | string | Json | readonly JsonValue[];

const FIXED: Readonly<Record<string, number>> = { fixed32: 5 };
const VARINTS = new Set(['uint32', 'uint64', 'bool']);

export class SpecCodec {
  readonly #spec: Spec;

  constructor(spec: Spec) {
    this.#spec = spec;
  }

  /** The payload of a message. */
  encode(message: string, json: Json): Uint8Array {
    const fields = this.#fields(message);
    for (const name of Object.keys(json)) {
      if (!fields.some((field) => field.name === name)) throw new Error(`${message} has no field ${name}`);
    }
    return concat(fields.flatMap((field) => this.#encodeField(field, json[field.name])));
  }

  /** A Frame with its prefix. */
  frame(json: Json): Uint8Array {
    return prefixed(this.encode('Frame', json));
  }

  decode(message: string, bytes: Uint8Array): Json {
    const fields = this.#fields(message);
    const json: Record<string, JsonValue> = {};
    const reader = new Reader(bytes);
    while (!reader.done) {
      const tag = reader.varint();
      const field = fields.find(({ number }) => number === Math.floor(tag / 8));
      const raw = reader.value(tag % 8);
      if (field === undefined) continue;
      const value = this.#decodeValue(field.type, raw);
      if (field.repeated)
        json[field.name] = [...((json[field.name] as JsonValue[] | undefined) ?? []), value];
      else if (field.oneof || !isDefault(value)) json[field.name] = value;
    }
    return json;
  }

  #fields(message: string): readonly Field[] {
    const fields = this.#spec.messages.get(message);
    if (fields === undefined) throw new Error(`the document has no message ${message}`);
    return fields;
  }

  #encodeField(field: Field, value: JsonValue | undefined): Uint8Array[] {
    if (value === undefined) return [];
    if (field.repeated) return (value as readonly JsonValue[]).flatMap((one) => this.#encodeOne(field, one));
    if (isDefault(value) && !field.oneof) return [];
    return this.#encodeOne(field, value);
  }

  #encodeOne({ number, type }: Field, value: JsonValue): Uint8Array[] {
    const fixed = FIXED[type];
    if (fixed !== undefined) return [varint(number * 8 + fixed), littleEndian(Number(value))];
    const values = this.#spec.enums.get(type);
    if (values !== undefined || VARINTS.has(type) || type === 'FaultCode') {
      return [varint(number * 8), varint(this.#toNumber(type, value))];
    }
    const bytes = this.#toBytes(type, value);
    return [varint(number * 8 + 2), varint(bytes.length), bytes];
  }

  #toNumber(type: string, value: JsonValue): number {
    if (typeof value !== 'string') return Number(value);
    const number = this.#spec.enums.get(type)?.get(value) ?? this.#spec.faults.get(value)?.code;
    if (number === undefined) throw new Error(`${type} has no value ${value}`);
    return number;
  }

  #toBytes(type: string, value: JsonValue): Uint8Array {
    if (type === 'string') return new TextEncoder().encode(value as string);
    if (type === 'bytes') return fromHex(value as string);
    return this.encode(type, value as Json);
  }

  #decodeValue(type: string, raw: number | Uint8Array): JsonValue {
    if (typeof raw === 'number') {
      if (type === 'bool') return raw !== 0;
      const values =
        type === 'FaultCode'
          ? [...this.#spec.faults.values()].map(({ name, code }) => [name, code] as const)
          : [...(this.#spec.enums.get(type) ?? [])];
      return values.find(([, number]) => number === raw && number !== 0)?.[0] ?? raw;
    }
    if (type === 'string') return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
    if (type === 'bytes') return toHex(raw);
    return this.decode(type, raw);
  }
}

/** The payloads of whole frames that lie one behind the other. */
export function unframe(bytes: Uint8Array): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint32(at);
    if (at + 4 + length > bytes.length) throw new Error('a frame is cut off');
    payloads.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return payloads;
}

export function prefixed(payload: Uint8Array): Uint8Array {
  const prefix = new Uint8Array(4);
  new DataView(prefix.buffer).setUint32(0, payload.length);
  return concat([prefix, payload]);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function fromHex(hex: string): Uint8Array {
  const clean = hex.replaceAll(' ', '');
  return Uint8Array.from({ length: clean.length / 2 }, (_, i) =>
    Number.parseInt(clean.slice(2 * i, 2 * i + 2), 16),
  );
}

function isDefault(value: JsonValue): boolean {
  return value === 0 || value === false || value === '';
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.from([...bytes, rest]);
}

function littleEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#take(1)[0] ?? 0;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  }

  value(wireType: number): number | Uint8Array {
    switch (wireType) {
      case 0:
        return this.varint();
      case 1:
        return this.#take(8);
      case 2:
        return this.#take(this.varint());
      case 5: {
        const bytes = this.#take(4);
        return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
      }
      default:
        throw new Error(`wire type ${wireType}`);
    }
  }

  #take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw new Error('the message ends too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
