// Frames by the schema's own grammar: mostly what a client may send, with values that are hard on whoever takes
// them; sometimes what only servers send, what nobody sends, and what the grammar does not know.
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import {
  asUuid7,
  type Binding,
  encodeFrame,
  type Frame,
  frameOf,
  type Hello,
  type Mode,
  systemFrame,
} from '../../src/protocol/index.ts';
import { SHAPES } from '../../src/protocol/gen/shape.ts';
import type { Random } from '../support/random.ts';

/** Words that mean something to a runtime, a terminal, a browser, a shell or a file system. */
export const TRAPS = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'prototype',
  'valueOf',
  '__defineGetter__',
  'null',
  'undefined',
  'NaN',
  '-1',
  '..',
  '../../etc/passwd',
  'CON',
  'a\u0000b',
  '\u001b[2J\u001b]0;x\u0007',
  '\r\nX: y',
  '<script>alert(1)</script>',
  '\u202eevil',
  '\u200b',
  '\ufeff',
  '😀',
  'ﬁ',
  'а',
  'I\u0307',
  "' OR 1=1 --",
  '%00',
  '%n%s',
  '$(id)',
] as const;

/** Rooms in which attackers meet; so few that they come back to them. */
const PITS = Array.from({ length: 24 }, (_, n) => `pit-${n}`);
const ROOM_TRAPS = ['__proto__', 'constructor', 'tostring', 'hasownproperty', 'valueof', 'prototype'];
const NAMES_OF_PITS: readonly string[] = [...PITS, 'constructor', 'tostring', 'valueof'];
const NUMBERS = [0, 1, 2, 127, 128, 255, 500, 501, 65_535, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 53 - 1];
const LENGTHS = [0, 1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 96, 97, 128, 300];

/** A room that anybody may enter. */
export function pitOf(random: Random): string {
  return random.pick(NAMES_OF_PITS);
}

function textOf(random: Random): string {
  if (random.chance(0.4)) return random.pick(TRAPS);
  if (random.chance(0.05)) return 'x'.repeat(random.pick([96, 97, 1_000, 16_384, 16_385]));
  return Array.from({ length: random.below(6) }, () => random.pick(TRAPS)).join(' ');
}

function numberOf(random: Random): number {
  return random.chance(0.7) ? random.pick(NUMBERS) : random.uint32();
}

function roomOf(random: Random): string {
  const roll = random.float();
  if (roll < 0.75) return pitOf(random);
  if (roll < 0.85) return random.pick(ROOM_TRAPS);
  if (roll < 0.9) return `@${random.pick(TRAPS)}`;
  if (roll < 0.95)
    return `~${Array.from({ length: 26 }, () => random.pick([...'abcdefghijklmnopqrstuvwxyz234567'])).join('')}`;
  return textOf(random);
}

/** What a client may ask once it is in. Fields that only servers write are written, too, now and then. */
function requestOf(random: Random): Frame {
  const fields = { ref: numberOf(random) % 2 ** 32, room: roomOf(random), ...spoofOf(random) };
  switch (random.below(8)) {
    case 0:
      return frameOf({ $case: 'join', value: joinOf(random) }, fields);
    case 1:
      return frameOf({ $case: 'leave', value: { reason: 0, by: undefined, text: '' } }, fields);
    case 2:
      return systemFrame({ $case: 'history', value: historyOf(random) }, fields);
    case 3:
      return systemFrame({ $case: 'rosterRequest', value: {} }, fields);
    case 4:
      return systemFrame(
        { $case: 'roomsRequest', value: { prefix: textOf(random), after: textOf(random) } },
        { ...fields, room: '' },
      );
    case 5:
      return systemFrame({ $case: 'ping', value: { nonce: random.bytes(8) } }, { ...fields, room: '' });
    default:
      return chatOf(random, fields);
  }
}

/** How somebody says who it is: mostly in a way that is right. */
export function helloOf(random: Random): Frame {
  const isKey = random.chance(0.2);
  const value: Hello = {
    versionMin: random.pick([1, 1, 1, 1, 0, 2, 2 ** 32 - 1]),
    versionMax: random.pick([1, 1, 1, 2, 2 ** 32 - 1]),
    capabilities: Array.from({ length: random.pick([0, 0, 1, 32, 33]) }, () => random.pick(TRAPS)),
    name: random.chance(0.5) ? textOf(random) : `n${random.uint32().toString(36)}`,
    secret: random.bytes(isKey ? 0 : random.pick([32, 32, 32, 31, 0])),
    beside: random.chance(0.5),
    key: random.bytes(isKey ? random.pick([32, 32, 33]) : 0),
    clientNonce: random.bytes(isKey ? random.pick([16, 16, 15]) : 0),
    password: random.chance(0.2) ? textOf(random).slice(0, 129) : '',
    software: random.pick(TRAPS),
    locale: random.pick(['', 'id-ID', 'x'.repeat(36), '__proto__']),
  };
  return systemFrame({ $case: 'hello', value }, { ref: numberOf(random) % 2 ** 32, ...spoofOf(random) });
}

/** A proof of a key that nobody has. */
export function proofOf(random: Random): Frame {
  const signature = random.bytes(random.pick([64, 64, 64, 63, 0]));
  const binding = random.below(5) as Binding;
  return systemFrame({ $case: 'proof', value: { binding, signature } }, { ref: numberOf(random) % 2 ** 32 });
}

function joinOf(random: Random): { have: undefined; last: number; mode: Mode } {
  return { have: undefined, last: random.below(4), mode: random.pick([0, 1, 2, 3, 4]) as Mode };
}

function chatOf(random: Random, fields: Partial<Omit<Frame, 'kind'>>): Frame {
  const id = random.chance(0.9) ? asUuid7(random.bytes(16), Date.now()) : random.bytes(random.pick(LENGTHS));
  const value = textOf(random) || 'x';
  return frameOf(
    {
      $case: 'chat',
      value: { content: { $case: 'text', value }, replyTo: random.chance(0.2) ? numberOf(random) : 0 },
    },
    { ...fields, id },
  );
}

function historyOf(random: Random): {
  start: { $case: 'before'; value: number } | { $case: 'after'; value: number } | undefined;
  limit: number;
} {
  const start = random.chance(0.5)
    ? ({ $case: 'before', value: numberOf(random) } as const)
    : ({ $case: 'after', value: numberOf(random) } as const);
  return { start: random.chance(0.3) ? undefined : start, limit: random.pick([0, 1, 5, 5, 501]) };
}

/** Author, seq, time and check belong to the server. */
function spoofOf(random: Random): Partial<Frame> {
  if (!random.chance(0.3)) return {};
  return {
    author: { name: random.pick(TRAPS), user: random.bytes(8), mark: 4, plain: false },
    seq: numberOf(random),
    time: numberOf(random),
    check: random.uint32(),
  };
}

/** A message by the shapes of the schema, of any kind, and of no kind: unknown fields, doubled ones, wrong types. */
export function anyFrame(random: Random): Uint8Array {
  return messageOf('Frame', random, 0).finish();
}

const DEPTH_MAX = 6;

function messageOf(name: string, random: Random, depth: number): BinaryWriter {
  const writer = new BinaryWriter();
  const shape = Object.entries(SHAPES[name] ?? {});
  const slots = new Set<number>();
  const count = random.below(Math.min(shape.length, 5) + 1);
  for (let n = 0; n < count; n++) {
    const [number, [wire, slot, inside]] = random.pick(shape);
    // Twice the same singular field only on purpose.
    if (slot >= 0 && slots.has(slot) && !random.chance(0.05)) continue;
    slots.add(slot);
    const type = random.chance(0.02) ? random.pick([0, 1, 2, 5, 3, 4, 6, 7]) : wire;
    fieldOf(writer, Number(number), type, inside, random, depth);
  }
  if (random.chance(0.05))
    fieldOf(writer, random.between(1, 2_000), random.pick([0, 1, 2, 5]), undefined, random, depth);
  return writer;
}

function fieldOf(
  writer: BinaryWriter,
  number: number,
  wire: number,
  inside: string | number | undefined,
  random: Random,
  depth: number,
): void {
  writer.uint32(number * 8 + wire);
  switch (wire) {
    case 0:
      if (typeof inside === 'number' && inside < 2 ** 31) writer.uint32(random.below(inside + 2));
      else writer.uint64(String(numberOf(random)));
      return;
    case 1:
      writer.fixed64(String(numberOf(random)));
      return;
    case 2:
      if (typeof inside === 'string' && depth < DEPTH_MAX)
        writer.bytes(messageOf(inside, random, depth + 1).finish());
      else if (random.chance(0.5)) writer.string(random.chance(0.5) ? roomOf(random) : textOf(random));
      else writer.bytes(random.bytes(random.pick(LENGTHS)));
      return;
    case 5:
      writer.fixed32(random.uint32());
      return;
    default:
  }
}

/** A payload that a client might have meant. */
export function likelyPayload(random: Random): Uint8Array {
  return random.chance(0.7) ? encodeFrame(requestOf(random)).subarray(4) : anyFrame(random);
}
