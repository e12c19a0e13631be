// The bytes of a WebSocket (RFC 6455), made by hand, so that they can be wrong.
import type { Random } from '../support/random.ts';

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface Piece {
  readonly opcode: number;
  readonly payload: Uint8Array;
  /** Default true. */
  readonly fin?: boolean;
  /** The three reserved bits. */
  readonly reserved?: number;
  /** Default true, as RFC 6455 demands of clients. */
  readonly masked?: boolean;
  /** The length that it claims; default: that of the payload. */
  readonly claims?: number;
}

/** One frame of a WebSocket, from a client. */
export function pieceOf(piece: Piece, random: Random): Buffer {
  const { opcode, payload, fin = true, reserved = 0, masked = true, claims = payload.length } = piece;
  const size = claims < 126 ? 0 : claims < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + size + (masked ? 4 : 0));
  head[0] = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (size === 0 ? claims : size === 2 ? 126 : 127);
  if (size === 2) head.writeUInt16BE(claims, 2);
  else if (size === 8) head.writeBigUInt64BE(BigInt(claims), 2);
  if (!masked) return Buffer.concat([head, payload]);
  const mask = random.bytes(4);
  head.set(mask, 2 + size);
  return Buffer.concat([head, payload.map((byte, n) => byte ^ (mask[n % 4] ?? 0))]);
}

/** A message in one frame. */
export function messageOf(payload: Uint8Array, random: Random): Buffer {
  return pieceOf({ opcode: OPCODE.binary, payload }, random);
}

/** The request that asks for a WebSocket, as an honest client writes it. */
export function upgradeOf(port: number, random: Random): string {
  return [
    'GET /kentongan HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${Buffer.from(random.bytes(16)).toString('base64')}`,
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: kentongan.v1',
    '',
    '',
  ].join('\r\n');
}

/** What a server sends over a WebSocket. */
export interface Heard {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Takes the frames of a server apart; what is no WebSocket at all is thrown out. */
export class PieceReader {
  #rest: Buffer = Buffer.alloc(0);

  /** @throws Error for what no server may send */
  take(chunk: Buffer): Heard[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const heard: Heard[] = [];
    let at = 0;
    for (;;) {
      const piece = pieceAt(bytes, at);
      if (piece === undefined) break;
      heard.push(piece);
      at = piece.end;
    }
    this.#rest = bytes.subarray(at);
    return heard;
  }
}

function pieceAt(bytes: Buffer, at: number): (Heard & { readonly end: number }) | undefined {
  if (bytes.length < at + 2) return undefined;
  const [first = 0, second = 0] = bytes.subarray(at, at + 2);
  if ((first & 0x70) !== 0) throw new Error('a reserved bit is set: compressed?');
  if ((second & 0x80) !== 0) throw new Error('a server masked');
  const short = second & 0x7f;
  const size = short < 126 ? 0 : short === 126 ? 2 : 8;
  if (bytes.length < at + 2 + size) return undefined;
  const length =
    size === 0 ? short : size === 2 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
  const start = at + 2 + size;
  if (bytes.length < start + length) return undefined;
  return { opcode: first & 0x0f, payload: bytes.subarray(start, start + length), end: start + length };
}
