// Odd HTTP requests, almost all of which ask for a WebSocket, and odd WebSockets behind the right ones.
import { systemFrame, encodeFrame } from '../../../src/protocol/index.ts';
import type { Random } from '../../support/random.ts';
import { addressOf, type Attack, type Counts, inParallel, type Strike } from '../attack.ts';
import { TRAPS } from '../grammar.ts';
import { open, type Opened } from '../raw.ts';
import { messageOf, OPCODE, PieceReader, pieceOf } from '../websocket.ts';

const PARALLEL = 48;
const HOSTS = 64;
const NETWORK = 68;
/** The deadline of a handshake and some time on top. */
const REQUEST_MS_MAX = 20_000;
const STATUS_LINE = /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n/;

export const upgrades: Attack = {
  name: 'upgrades',
  about: 'odd HTTP requests, upgrades and WebSockets',
  amounts: { slice: 400, quick: 4_000, full: 100_000 },
  warmUp: { quick: 1_000, full: 10_000 },
  strike: async (strike) => {
    const tally = new Map<string, number>();
    let done = 0;
    await inParallel(PARALLEL, strike.amount, async (n) => {
      const from = addressOf(NETWORK, n % HOSTS);
      const outcome = strike.random.chance(0.25)
        ? await oddWebSocket(strike, from)
        : await oddRequest(strike, from);
      tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
      strike.progress(++done);
    });
    return { requests: done, ...Object.fromEntries(sorted(tally)) } satisfies Counts;
  },
};

function sorted(tally: ReadonlyMap<string, number>): ReadonlyArray<readonly [string, number]> {
  return [...tally].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** A request, and whether it may be let through: what is odd and does no harm may be taken either way. */
interface Request {
  readonly text: string;
  readonly mayPass: boolean;
}

/** Changes a right upgrade. True: it may still be let through. */
type Twist = (lines: string[], random: Random, port: number, scheme: Scheme) => boolean;

type Scheme = 'http' | 'https';

const TWISTS: readonly Twist[] = [
  // Origins of other pages, and what only looks like ours.
  (lines, random, port, scheme) => {
    lines.push(`Origin: ${originOf(random, port, scheme)}`);
    return false;
  },
  (lines, _, port, scheme) => {
    lines.push(`Origin: ${scheme}://127.0.0.1:${port}`);
    return true;
  },
  // Names that an attacker has pointed at us.
  (lines, random, port) => {
    replace(lines, 'Host', hostOf(random, port));
    return false;
  },
  (lines, random) => {
    remove(lines, random.pick(['Host', 'Upgrade', 'Sec-WebSocket-Key', 'Sec-WebSocket-Protocol']));
    return false;
  },
  (lines, random) => {
    const version = random.pick(['0', '7', '8', '14', '-13', '13, 8', 'x', '__proto__', '']);
    replace(lines, 'Sec-WebSocket-Version', version);
    return false;
  },
  (lines, random) => {
    const protocol = random.pick(['kentongan.v2', 'KENTONGAN.V1', 'constructor', '__proto__', 'a, a', ' , ']);
    replace(lines, 'Sec-WebSocket-Protocol', protocol);
    return false;
  },
  (lines) => {
    lines.push(
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; server_no_context_takeover',
    );
    return true;
  },
  (lines, random) => {
    const target = random.pick([
      '/',
      '/x',
      '*',
      '//',
      '/kentongan/..',
      '/__proto__',
      '/%00',
      `/${'a'.repeat(9_000)}`,
    ]);
    lines[0] = `GET ${target} HTTP/1.1`;
    return false;
  },
  (lines, random) => {
    const method = random.pick(['POST', 'PUT', 'OPTIONS', 'CONNECT', 'TRACE', 'HEAD', 'GETT', 'get']);
    lines[0] = `${method} /kentongan HTTP/1.1`;
    return false;
  },
  (lines, random) => {
    lines[0] = `GET /kentongan ${random.pick(['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/1.1.1', 'HTP/1.1', ''])}`;
    return false;
  },
  (lines) => {
    for (let n = 0; n < 2_001; n++) lines.push(`X-${n}: ${n}`);
    return false;
  },
  (lines, random) => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype'])
      lines.push(`${name}: ${random.pick(TRAPS).replaceAll(/[\r\n\0]/g, '')}`);
    return true;
  },
  (lines, random) => {
    const length = random.pick([8_000, 16_384, 70_000, 300_000]);
    lines.push(`X: ${'y'.repeat(length)}`);
    return length < 16_384;
  },
  (lines) => {
    lines.push('Content-Length: 5', 'Transfer-Encoding: chunked');
    return false;
  },
  (lines, random) => {
    lines.push(
      random.pick(['Content-Length: -1', 'Content-Length: 99999999999999999999', 'Transfer-Encoding: x']),
    );
    return true;
  },
  (lines, random) => {
    const key = random.pick([
      '',
      'x',
      'AAAAAAAAAAAAAAAAAAAAAA=',
      'A'.repeat(1_000),
      '!!!!!!!!!!!!!!!!!!!!!!==',
    ]);
    replace(lines, 'Sec-WebSocket-Key', key);
    return false;
  },
  (lines, random, port) => {
    lines.push(random.pick([`Host: evil.example:${port}`, 'Origin: null', 'Origin: https://evil.example']));
    return false;
  },
  (lines, random) => {
    lines.push(
      random.pick(['Connection: close', 'Connection: keep-alive', 'Upgrade: h2c', 'Expect: 100-continue']),
    );
    return true;
  },
];

function originOf(random: Random, port: number, scheme: Scheme): string {
  return random.pick([
    'null',
    '',
    'https://evil.example',
    `http://127.0.0.1:${port + 1}`,
    `http://127.0.0.1:${port}.evil.example`,
    `http://127.0.0.1:${port}@evil.example`,
    `http://evil.example#127.0.0.1:${port}`,
    `http://localhost.evil.example:${port}`,
    `${scheme === 'http' ? 'https' : 'http'}://127.0.0.1:${port}`,
    'file://',
    'chrome-extension://abcdef',
    `http://[::1]:${port}`,
    `HTTP://127.0.0.1:${port}/path`,
    '__proto__',
    '\u0001',
    'x'.repeat(5_000),
  ]);
}

function hostOf(random: Random, port: number): string {
  return random.pick([
    '',
    'evil.example',
    `evil.example:${port}`,
    `127.0.0.1.evil.example:${port}`,
    `localhost.evil.example:${port}`,
    '127.0.0.1:99999999',
    `127.0.0.1:${port}:${port}`,
    `user@127.0.0.1:${port}`,
    `192.0.2.1:${port}`,
    '[::',
    '__proto__',
    'a,b',
    '\u00ff',
    'x'.repeat(5_000),
  ]);
}

function replace(lines: string[], name: string, value: string): void {
  const at = lines.findIndex((line) => line.startsWith(`${name}:`));
  if (at >= 0) lines[at] = `${name}: ${value}`;
}

function remove(lines: string[], name: string): void {
  const at = lines.findIndex((line) => line.startsWith(`${name}:`));
  if (at >= 0) lines.splice(at, 1);
}

function linesOf(port: number, random: Random): string[] {
  return [
    'GET /kentongan HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${Buffer.from(random.bytes(16)).toString('base64')}`,
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: kentongan.v1',
  ];
}

function requestOf(port: number, random: Random, scheme: Scheme): Request {
  const lines = linesOf(port, random);
  let mayPass = true;
  for (let n = random.between(1, 2); n > 0; n--) {
    if (!random.pick(TWISTS)(lines, random, port, scheme)) mayPass = false;
  }
  let text = `${lines.join('\r\n')}\r\n\r\n`;
  const roll = random.float();
  // Not whole, with other ends of lines, folded, with bytes that are no text, several in one.
  if (roll < 0.05) text = text.slice(0, random.below(text.length));
  else if (roll < 0.08) text = text.replaceAll('\r\n', '\n');
  else if (roll < 0.1) text = text.replace('\r\nUpgrade', '\r\n Upgrade');
  else if (roll < 0.13) text = `${text.slice(0, 40)}\u0000${text.slice(40)}`;
  else if (roll < 0.16)
    text = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`.repeat(random.between(2, 40)) + text;
  else return { text, mayPass };
  return { text, mayPass: false };
}

/** What one request came to. */
function oddRequest(strike: Strike, from: string): Promise<string> {
  const { random, port } = strike;
  const secure = isSecure(strike);
  const { text, mayPass } = requestOf(port, random, secure ? 'https' : 'http');
  return new Promise((resolve) => {
    const { socket, reset } = connectionOf(strike, from, secure);
    let answer = '';
    const done = (outcome: string): void => {
      clearTimeout(timer);
      reset();
      resolve(outcome);
    };
    const timer = setTimeout(() => {
      strike.found('uncut', `an HTTP request without an answer stayed: ${text.slice(0, 300)}`);
      done('stayed');
    }, REQUEST_MS_MAX);
    const judge = (): void => {
      const status = STATUS_LINE.exec(answer)?.[1];
      if (answer === '') done('closed without a word');
      else if (status === undefined) {
        strike.found('answer', `no HTTP: ${answer.slice(0, 200)}`);
        done('no HTTP');
      } else {
        if (status === '101' && !mayPass) strike.found('answer', `let through: ${text.slice(0, 800)}`);
        if (status === '101' && /^sec-websocket-extensions:/im.test(answer))
          strike.found('answer', `an extension was agreed on: ${answer}`);
        done(status);
      }
    };
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      if (answer.includes('\r\n\r\n')) judge();
    });
    socket.on('end', judge);
    socket.on('close', judge);
    socket.write(text, 'latin1');
    // A request that is not whole ends here; the deadline is another attack's.
    if (!text.endsWith('\r\n\r\n')) socket.end();
  });
}

function isSecure({ random, transports }: Strike): boolean {
  return transports.includes('wss') && random.chance(0.1);
}

function connectionOf({ port }: Strike, from: string, secure: boolean): Opened {
  const opened = open({ transport: secure ? 'wss' : 'plain', port, from });
  opened.socket.on('error', () => undefined);
  return opened;
}

/** What is sent over a WebSocket, and with what it must be closed; 0: it must not. */
type Odd = (random: Random) => { readonly bytes: Uint8Array; readonly close: readonly number[] };

const PROTOCOL_ERROR = 1002;
const UNSUPPORTED = 1003;
const TOO_BIG = 1009;
const POLICY = 1008;

const ODD: readonly Odd[] = [
  (random) => ({
    bytes: pieceOf({ opcode: OPCODE.text, payload: Buffer.from('halo') }, random),
    close: [UNSUPPORTED],
  }),
  (random) => ({
    bytes: pieceOf({ opcode: OPCODE.binary, payload: random.bytes(9), masked: false }, random),
    close: [PROTOCOL_ERROR],
  }),
  (random) => ({
    bytes: pieceOf({ opcode: random.pick([3, 7, 11, 15]), payload: random.bytes(3) }, random),
    close: [PROTOCOL_ERROR],
  }),
  (random) => ({
    bytes: pieceOf(
      { opcode: OPCODE.binary, payload: random.bytes(3), reserved: random.between(1, 7) },
      random,
    ),
    close: [PROTOCOL_ERROR],
  }),
  (random) => ({
    bytes: pieceOf({ opcode: OPCODE.continuation, payload: random.bytes(3) }, random),
    close: [PROTOCOL_ERROR],
  }),
  (random) => ({
    bytes: pieceOf({ opcode: OPCODE.ping, payload: new Uint8Array(126) }, random),
    close: [PROTOCOL_ERROR],
  }),
  (random) => ({
    bytes: pieceOf({ opcode: OPCODE.ping, payload: new Uint8Array(2), fin: false }, random),
    close: [PROTOCOL_ERROR],
  }),
  // One byte more than a frame and its prefix, or far more; claimed and not sent.
  (random) => ({
    bytes: pieceOf(
      { opcode: OPCODE.binary, payload: new Uint8Array(8), claims: random.pick([65_541, 2 ** 31, 2 ** 40]) },
      random,
    ),
    close: [TOO_BIG],
  }),
  // Fragments without an end, empty or of one byte.
  (random) => ({ bytes: fragments(200, random.below(2), random), close: [TOO_BIG, POLICY, PROTOCOL_ERROR] }),
  // A part of a frame, and a frame that is longer than its message.
  (random) => ({
    bytes: messageOf(Uint8Array.of(0, 0, 0, 9, 1), random),
    close: [PROTOCOL_ERROR],
  }),
  (random) => ({ bytes: messageOf(Uint8Array.of(0, 0), random), close: [PROTOCOL_ERROR] }),
  // Ends with a code that nobody may send.
  (random) => {
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(random.pick([0, 999, 1004, 1005, 1006, 1015, 5_000, 65_535]));
    return { bytes: pieceOf({ opcode: OPCODE.close, payload }, random), close: [PROTOCOL_ERROR] };
  },
  (random) => ({
    bytes: pieceOf({ opcode: OPCODE.close, payload: new Uint8Array(1) }, random),
    close: [PROTOCOL_ERROR],
  }),
];

function fragments(count: number, bytes: number, random: Random): Uint8Array {
  const pieces = Array.from({ length: count }, (_, n) =>
    pieceOf(
      {
        opcode: n === 0 ? OPCODE.binary : OPCODE.continuation,
        payload: new Uint8Array(bytes),
        fin: false,
      },
      random,
    ),
  );
  return Buffer.concat(pieces);
}

/** A right upgrade, then something that no client may send. */
function oddWebSocket(strike: Strike, from: string): Promise<string> {
  const { random, port } = strike;
  const { bytes, close } = random.pick(ODD)(random);
  return new Promise((resolve) => {
    const { socket, reset } = connectionOf(strike, from, isSecure(strike));
    const reader = new PieceReader();
    let head: string | undefined = '';
    let code = 0;
    const done = (outcome: string): void => {
      clearTimeout(timer);
      reset();
      resolve(outcome);
    };
    const timer = setTimeout(() => {
      strike.found(
        'uncut',
        `a WebSocket that breaks the rules stayed: ${Buffer.from(bytes.subarray(0, 40)).toString('hex')}`,
      );
      done('stayed');
    }, REQUEST_MS_MAX);
    const judge = (): void => {
      if (head !== undefined) strike.found('answer', `no WebSocket: ${head.slice(0, 200)}`);
      else if (!close.includes(code)) {
        strike.found(
          'answer',
          `closed with ${code} instead of ${close.join(' or ')}: ${Buffer.from(bytes.subarray(0, 40)).toString('hex')}`,
        );
      }
      done(`WebSocket closed with ${code}`);
    };
    socket.on('data', (chunk: Buffer) => {
      let rest = chunk;
      if (head !== undefined) {
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0 || !head.startsWith('HTTP/1.1 101 ')) return;
        rest = Buffer.from(head.slice(end + 4), 'latin1');
        head = undefined;
      }
      for (const { opcode, payload } of reader.take(rest)) {
        if (opcode === OPCODE.close) code = payload.length < 2 ? 1005 : payload.readUInt16BE();
      }
    });
    socket.on('end', judge);
    socket.on('close', judge);
    socket.write(`${linesOf(port, random).join('\r\n')}\r\n\r\n`);
    const before = random.chance(0.3)
      ? messageOf(encodeFrame(systemFrame({ $case: 'ping', value: { nonce: random.bytes(8) } })), random)
      : new Uint8Array(0);
    socket.write(Buffer.concat([before, bytes]));
  });
}
