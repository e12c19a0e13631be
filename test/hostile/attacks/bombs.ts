// Few bytes that are meant to cost much: time, memory, or the stack.
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import {
  encodeFrame,
  FaultCode,
  type Frame,
  frameOf,
  systemFrame,
  withPrefix,
} from '../../../src/protocol/index.ts';
import type { Random } from '../../support/random.ts';
import { addressOf, type Attack, type Counts, type Strike } from '../attack.ts';
import { pitOf } from '../grammar.ts';
import { helloFrame, joinFrame, Mind } from '../mind.ts';
import { OPCODE, pieceOf } from '../websocket.ts';

const HOSTS = 32;
const NETWORK = 73;
const PARALLEL = 4;
const BOMB_MS_MAX = 8_000;
const FRAME_BYTES = 65_536;
/** The number of the last request: whoever answers it has dealt with all before. */
const LAST_REF = 3_000_000_019;

interface Bomb {
  readonly name: string;
  /** Before the Welcome, too. */
  readonly isNew?: boolean;
  /** Over a WebSocket alone. */
  readonly isWebSocket?: boolean;
  /** The closing fault that it must bring; 0: none. */
  readonly code: number;
  /** Its bytes; each is one write. */
  bytes(random: Random): readonly Uint8Array[];
}

const { BAD_FRAME, FRAME_TOO_LARGE } = FaultCode;

/** Frame > System > Page > Frame > …: each level is one message in the one before. */
function nestedTo(depth: number, tags: readonly number[]): Uint8Array {
  let inner: Uint8Array = new Uint8Array(0);
  for (let level = depth; level > 0; level--) {
    const bytes = new BinaryWriter()
      .uint32(tags[level % tags.length] ?? 0)
      .bytes(inner)
      .finish();
    if (bytes.length > FRAME_BYTES) break;
    inner = bytes;
  }
  return withPrefix(inner);
}

function repeated(bytes: readonly number[], length: number): Uint8Array {
  return Uint8Array.from(
    { length: length - (length % bytes.length) },
    (_, n) => bytes[n % bytes.length] ?? 0,
  );
}

const SYSTEM_TAG = 4 * 8 + 2;
const PAGE_TAG = 37 * 8 + 2;
const ENTRY_TAG = 8 + 2;
const UNKNOWN_VARINT = [0xa0, 0x06, 0x01];
const UNKNOWN_EMPTY = [0xa2, 0x06, 0x00];

const LEVELS = [ENTRY_TAG, SYSTEM_TAG, PAGE_TAG];
const DEEP = nestedTo(12_000, LEVELS);
const LESS_DEEP = nestedTo(1_000, LEVELS);

const BOMBS: readonly Bomb[] = [
  {
    name: 'nested messages',
    code: BAD_FRAME,
    bytes: () => [DEEP],
  },
  {
    name: 'nested messages before Hello',
    isNew: true,
    code: BAD_FRAME,
    bytes: () => [LESS_DEEP],
  },
  {
    name: 'groups in groups',
    code: BAD_FRAME,
    bytes: () => [withPrefix(repeated([0xa3, 0x06], FRAME_BYTES))],
  },
  { name: 'tiny unknown numbers', code: 0, bytes: () => [withPrefix(repeated(UNKNOWN_VARINT, FRAME_BYTES))] },
  { name: 'tiny unknown texts', code: 0, bytes: () => [withPrefix(repeated(UNKNOWN_EMPTY, FRAME_BYTES))] },
  {
    name: '64 KiB in one unknown field',
    code: 0,
    bytes: (random) => [
      withPrefix(
        new BinaryWriter()
          .uint32(100 * 8 + 2)
          .bytes(random.bytes(65_000))
          .finish(),
      ),
    ],
  },
  {
    name: 'empty capabilities',
    isNew: true,
    code: 0,
    bytes: () => [
      withPrefix(
        new BinaryWriter()
          .uint32(SYSTEM_TAG)
          .bytes(
            new BinaryWriter()
              .uint32(16 * 8 + 2)
              .bytes(repeated([0x1a, 0x00], 4_000))
              .finish(),
          )
          .finish(),
      ),
    ],
  },
  {
    name: 'a list of entries from a client',
    code: BAD_FRAME,
    bytes: () => {
      const page = new BinaryWriter()
        .uint32(PAGE_TAG)
        .bytes(repeated([0x0a, 0x00], 64_000))
        .finish();
      return [withPrefix(new BinaryWriter().uint32(SYSTEM_TAG).bytes(page).finish())];
    },
  },
  { name: 'tiny frames', code: 0, bytes: () => [repeated([0, 0, 0, 2, 0x22, 0], 6 * 1_500)] },
  {
    name: 'one byte a packet',
    code: 0,
    bytes: (random) => {
      const bytes = withPrefix(
        new BinaryWriter()
          .uint32(100 * 8 + 2)
          .bytes(random.bytes(20_000))
          .finish(),
      );
      return Array.from(bytes, (byte) => Uint8Array.of(byte));
    },
  },
  {
    name: 'promised and not sent',
    code: FRAME_TOO_LARGE,
    bytes: (random) => [Uint8Array.of(random.between(1, 255), 255, 255, 255)],
  },
  {
    name: 'marks upon marks',
    code: 0,
    bytes: (random) => [encodeFrame(chat(`a${'\u0301'.repeat(8_000)}`, random))],
  },
  {
    name: 'empty WebSocket messages',
    isWebSocket: true,
    code: 0,
    bytes: (random) => [
      Buffer.concat(
        Array.from({ length: 5_000 }, () =>
          pieceOf({ opcode: OPCODE.binary, payload: new Uint8Array(0) }, random),
        ),
      ),
    ],
  },
  {
    name: 'empty WebSocket fragments',
    isWebSocket: true,
    code: 0,
    bytes: (random) => [
      Buffer.concat(
        Array.from({ length: 5_000 }, (_, n) =>
          pieceOf(
            { opcode: n === 0 ? OPCODE.binary : OPCODE.continuation, payload: new Uint8Array(0), fin: false },
            random,
          ),
        ),
      ),
    ],
  },
];

function chat(text: string, random: Random): Frame {
  const value = { content: { $case: 'text', value: text }, replyTo: 0 } as const;
  return frameOf({ $case: 'chat', value }, { room: 'pit-0', id: random.bytes(16), ref: 2 });
}

export const bombs: Attack = {
  name: 'bombs',
  about: 'few bytes that are meant to cost much',
  amounts: { slice: 1, quick: 2, full: 100 },
  warmUp: { quick: 1, full: 3 },
  memory: { processMiB: 150, kernelMiB: 100 },
  strike: async (strike) => {
    const isOverWebSocket = strike.transports.includes('ws');
    const all = BOMBS.filter(({ isWebSocket }) => isWebSocket !== true || isOverWebSocket);
    const slowest = new Map<string, number>();
    let thrown = 0;
    for (let round = 0; round < strike.amount; round++) {
      for (const bomb of all) {
        const times = await Promise.all(
          Array.from({ length: PARALLEL }, (_, n) => drop(bomb, strike, thrown + n)),
        );
        thrown += PARALLEL;
        slowest.set(bomb.name, Math.max(slowest.get(bomb.name) ?? 0, ...times));
        strike.progress(round);
      }
    }
    const [worst = ['none', 0] as const] = [...slowest].toSorted(([, a], [, b]) => b - a);
    return {
      bombs: thrown,
      [`slowest answer ms (${worst[0]})`]: Math.round(worst[1]),
    } satisfies Counts;
  },
};

/** Resolves with the milliseconds until it was dealt with. */
function drop(bomb: Bomb, strike: Strike, n: number): Promise<number> {
  const { random, port, found } = strike;
  return new Promise((resolve) => {
    let since = performance.now();
    const transport = bomb.isWebSocket === true ? 'ws' : 'plain';
    const done = (): void => {
      clearTimeout(late);
      mind.raw.reset();
      resolve(performance.now() - since);
    };
    const late = setTimeout(() => {
      found('answer', `${bomb.name}: no answer within ${BOMB_MS_MAX} ms`);
      done();
    }, BOMB_MS_MAX);
    const throwIt = (): void => {
      since = performance.now();
      for (const bytes of bomb.bytes(random)) mind.raw.socket.write(bytes);
      if (bomb.isWebSocket !== true) {
        mind.send(systemFrame({ $case: 'ping', value: { nonce: random.bytes(8) } }, { ref: LAST_REF }));
      }
    };
    const mind: Mind = new Mind({ transport, port, from: addressOf(NETWORK, n % HOSTS) }, random, {
      onAnswer: (frame, { $case }) => {
        if ($case === 'joined') throwIt();
        if (frame.ref !== LAST_REF) return;
        if (bomb.code !== 0) found('answer', `${bomb.name}: it was let pass`);
        done();
      },
      onEnd: (code, reason) => {
        if (code !== bomb.code) found('answer', `${bomb.name}: ended with ${code} (${reason})`);
        done();
      },
    });
    if (bomb.isNew === true) throwIt();
    else
      mind.send(
        helloFrame({ name: `bom${random.uint32().toString(36)}` }, random),
        joinFrame(pitOf(random), 1),
      );
  });
}
