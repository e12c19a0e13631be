// Those who say too little: at every layer, each in many copies, until the server has had enough.
import type { Socket } from 'node:net';
import { encodeFrame, frameOf } from '../../../src/protocol/index.ts';
import type { Random } from '../../support/random.ts';
import { addressOf, type Attack, type Counts, type Strike } from '../attack.ts';
import { open } from '../raw.ts';
import { upgradeOf } from '../websocket.ts';

const HOSTS = 16;
const NETWORK = 69;
/** Behind its deadline a connection may stay so long: the server looks now and then, and is busy. */
const SLACK_MS = 3_500;
const DRIBBLE_MS = 1_000;
/** A whole TLS record that says it holds a ClientHello, of which half is there. */
const HALF_CLIENT_HELLO = Buffer.from('16030100f8010000f40303', 'hex');

interface Layer {
  readonly name: string;
  /** Milliseconds until it must be gone; the deadlines of `serve --help`. */
  readonly deadline: number;
  readonly secure?: boolean;
  begin(socket: Socket, strike: Strike): readonly Uint8Array[];
}

const HANDSHAKE_MS = 5_000;
const HELLO_MS = 10_000;

/** What is said at once, and, after it, one piece a second. */
function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
    bytes.subarray(n * size, (n + 1) * size),
  );
}

function headers(port: number, random: Random): Buffer {
  return Buffer.from(upgradeOf(port, random));
}

const HALF_FRAME = encodeFrame(
  frameOf({ $case: 'join', value: { have: undefined, last: 0, mode: 1 } }, { room: 'x'.repeat(90) }),
);

const LAYERS: readonly Layer[] = [
  { name: 'silent TCP', deadline: HANDSHAKE_MS, begin: () => [] },
  { name: 'half a TLS hello', deadline: HANDSHAKE_MS, begin: () => [HALF_CLIENT_HELLO] },
  {
    name: 'TLS hello at 1 byte/s',
    deadline: HANDSHAKE_MS,
    begin: () => pieces(HALF_CLIENT_HELLO, 1),
  },
  { name: 'TLS, then silence', deadline: HANDSHAKE_MS, secure: true, begin: () => [] },
  {
    name: 'HTTP headers at 8 bytes/s',
    deadline: HANDSHAKE_MS,
    begin: (_, { port, random }) => pieces(headers(port, random), 8),
  },
  {
    name: 'HTTP headers without an end',
    deadline: HANDSHAKE_MS,
    begin: (_, { port, random }) => [headers(port, random).subarray(0, -4)],
  },
  {
    name: 'HTTP over TLS at 8 bytes/s',
    deadline: HANDSHAKE_MS,
    secure: true,
    begin: (_, { port, random }) => pieces(headers(port, random), 8),
  },
  {
    name: 'upgrade, then silence',
    deadline: HELLO_MS,
    begin: (_, { port, random }) => [headers(port, random)],
  },
  { name: 'half a frame', deadline: HELLO_MS, begin: () => [HALF_FRAME.subarray(0, 20)] },
  { name: 'a frame at 1 byte/s', deadline: HELLO_MS, begin: () => pieces(HALF_FRAME, 1) },
  { name: 'one byte', deadline: HELLO_MS, begin: () => [Uint8Array.of(0)] },
];

export const slowloris: Attack = {
  name: 'slowloris',
  about: 'connections that say too little, at every layer: all cut at their deadlines',
  amounts: { slice: 2, quick: 8, full: 11 },
  warmUp: { full: 2 },
  strike: async (strike) => {
    const layers = LAYERS.filter(({ secure }) => secure !== true || strike.transports.includes('tls'));
    let held = 0;
    const worst = await Promise.all(
      layers.map(async (layer) => {
        const lives = await Promise.all(
          Array.from({ length: strike.amount }, (_, n) => linger(layer, strike, n + held)),
        );
        held += strike.amount;
        return [`${layer.name}: cut after ms`, Math.max(...lives)] as const;
      }),
    );
    return { connections: layers.length * strike.amount, ...Object.fromEntries(worst) } satisfies Counts;
  },
};

/** Resolves with the milliseconds after which the server had enough. */
function linger(layer: Layer, strike: Strike, n: number): Promise<number> {
  return new Promise((resolve) => {
    const from = addressOf(NETWORK, n % HOSTS);
    const since = performance.now();
    const { socket, reset } = open(
      { transport: layer.secure === true ? 'tls' : 'plain', port: strike.port, from },
      ['http/1.1'],
    );
    const said = layer.begin(socket, strike);
    let at = 0;
    const dribble = setInterval(() => {
      const piece = said[at++];
      if (piece !== undefined && socket.writable) socket.write(piece);
    }, DRIBBLE_MS);
    if (said[0] !== undefined) socket.write(said[at++] ?? '');
    const done = (): void => {
      clearInterval(dribble);
      clearTimeout(timer);
      reset();
      resolve(Math.round(performance.now() - since));
    };
    const timer = setTimeout(() => {
      strike.found('uncut', `${layer.name}: still there after ${layer.deadline + SLACK_MS} ms`);
      done();
    }, layer.deadline + SLACK_MS);
    socket.on('data', () => undefined);
    socket.on('error', () => undefined);
    socket.on('end', done);
    socket.on('close', done);
  });
}
