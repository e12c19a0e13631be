// Writes DER, the encoding of certificates (X.690), as far as a certificate needs it.

const UNIVERSAL = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Any value: tag, length, contents. Lengths are written in the shortest form (X.690 §10.1). */
export function tagged(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length, ...length), body]);
}

export function sequence(...items: readonly Uint8Array[]): Buffer {
  return tagged(UNIVERSAL.sequence, ...items);
}

/** A set of one: what a name's parts are. More would have to be sorted. */
export function setOf(item: Uint8Array): Buffer {
  return tagged(UNIVERSAL.set, item);
}

/** A context-specific tag that wraps whole values. */
export function explicit(number: number, ...items: readonly Uint8Array[]): Buffer {
  return tagged(0xa0 | number, ...items);
}

/** A context-specific tag that replaces that of a plain value. */
export function implicit(number: number, contents: Uint8Array): Buffer {
  return tagged(0x80 | number, contents);
}

export function boolean(value: boolean): Buffer {
  return tagged(UNIVERSAL.boolean, Buffer.of(value ? 0xff : 0));
}

/** A number that is not negative, from its bytes, biggest first. */
export function integer(bytes: Uint8Array): Buffer {
  let first = 0;
  while (first < bytes.length - 1 && bytes[first] === 0) first++;
  const shortest = bytes.subarray(first);
  const sign = (shortest[0] ?? 0) >= 0x80 ? [0] : [];
  return tagged(UNIVERSAL.integer, Buffer.from(sign), shortest);
}

/** @param unused bits at the end that say nothing */
export function bitString(bytes: Uint8Array, unused = 0): Buffer {
  return tagged(UNIVERSAL.bitString, Buffer.of(unused), bytes);
}

export function octetString(bytes: Uint8Array): Buffer {
  return tagged(UNIVERSAL.octetString, bytes);
}

export function utf8String(text: string): Buffer {
  return tagged(UNIVERSAL.utf8String, Buffer.from(text, 'utf8'));
}

/** An object identifier, written `1.2.840.10045`. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((part) => {
    const groups = [part % 128];
    for (let left = Math.floor(part / 128); left > 0; left = Math.floor(left / 128)) {
      groups.unshift((left % 128) | 0x80);
    }
    return groups;
  });
  return tagged(UNIVERSAL.oid, Buffer.from(bytes));
}

/** A moment, to the second: UTCTime through 2049, GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5). */
export function time(moment: Date): Buffer {
  const digits = moment.toISOString().replace(/[-:T]|\.\d+/g, '');
  return moment.getUTCFullYear() < 2050
    ? tagged(UNIVERSAL.utcTime, Buffer.from(digits.slice(2), 'latin1'))
    : tagged(UNIVERSAL.generalizedTime, Buffer.from(digits, 'latin1'));
}
