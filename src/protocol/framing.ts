// Owns the length prefix: cuts a stream of bytes into frames, whatever the chunks.
import { Fault } from './faults.ts';
import { FRAME_BYTES_MAX, PREFIX_BYTES } from './limits.ts';

/**
 * A splitter that is asked: `write` takes a chunk in, `next` hands out one frame's payload at a time, so that
 * a session can leave frames unread while it waits for something.
 *
 * A payload that lies within one chunk is a view of it; any other is allocated once, from its checked
 * length, and filled as bytes come. Views are valid until the caller lets the chunk go.
 */
export class FrameSplitter {
  /** The largest payload accepted, in bytes; may be raised between frames. Compared when a prefix is complete. */
  bytesMax: number;
  #chunks: Uint8Array[] = [];
  #offset = 0;
  #waiting = 0;
  #prefix = 0;
  #prefixBytes = 0;
  #body: Uint8Array | undefined;
  #bodyBytes = 0;

  constructor(bytesMax: number = FRAME_BYTES_MAX) {
    this.bytesMax = bytesMax;
  }

  /** Bytes taken in and not yet handed out, those of an unfinished frame not counted. */
  get waitingBytes(): number {
    return this.#waiting;
  }

  /** Chunks held. Bounds what many tiny chunks can pin. */
  get waitingChunks(): number {
    return this.#chunks.length;
  }

  write(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    // With room for one: it is one nearly always, and an array that was pushed to keeps room for many.
    if (this.#chunks.length === 0) this.#chunks = [chunk];
    else this.#chunks.push(chunk);
    this.#waiting += chunk.length;
  }

  /**
   * The next payload, or undefined when more bytes are needed.
   * @throws Fault BAD_FRAME for length 0, FRAME_TOO_LARGE above `bytesMax`: nothing can be read after that.
   */
  next(): Uint8Array | undefined {
    if (this.#body === undefined) {
      if (!this.#readPrefix()) return undefined;
      const length = this.#prefix;
      if (length === 0) throw new Fault('BAD_FRAME');
      if (length > this.bytesMax) throw new Fault('FRAME_TOO_LARGE', { limit: this.bytesMax });
      const head = this.#chunks[0];
      if (head !== undefined && head.length - this.#offset >= length) {
        const payload = head.subarray(this.#offset, this.#offset + length);
        this.#advance(length);
        this.#startOver();
        return payload;
      }
      this.#body = new Uint8Array(length);
      this.#bodyBytes = 0;
    }
    return this.#fillBody(this.#body);
  }

  #readPrefix(): boolean {
    while (this.#prefixBytes < PREFIX_BYTES) {
      const byte = this.#chunks[0]?.[this.#offset];
      if (byte === undefined) return false;
      this.#prefix = this.#prefix * 256 + byte;
      this.#prefixBytes++;
      this.#advance(1);
    }
    return true;
  }

  #fillBody(body: Uint8Array): Uint8Array | undefined {
    for (let head = this.#chunks[0]; head !== undefined; head = this.#chunks[0]) {
      const take = Math.min(body.length - this.#bodyBytes, head.length - this.#offset);
      body.set(head.subarray(this.#offset, this.#offset + take), this.#bodyBytes);
      this.#bodyBytes += take;
      this.#advance(take);
      if (this.#bodyBytes === body.length) {
        this.#startOver();
        return body;
      }
    }
    return undefined;
  }

  #advance(bytes: number): void {
    this.#offset += bytes;
    this.#waiting -= bytes;
    if (this.#offset === this.#chunks[0]?.length) {
      this.#chunks.shift();
      this.#offset = 0;
    }
  }

  #startOver(): void {
    this.#body = undefined;
    this.#prefix = 0;
    this.#prefixBytes = 0;
  }
}

/** Writes the prefix for a payload of `length` bytes to the start of `into`. */
export function writePrefix(into: Uint8Array, length: number): void {
  into[0] = length >>> 24;
  into[1] = (length >>> 16) & 0xff;
  into[2] = (length >>> 8) & 0xff;
  into[3] = length & 0xff;
}

/** A new buffer: prefix and payload. */
export function withPrefix(payload: Uint8Array): Uint8Array {
  const framed = new Uint8Array(PREFIX_BYTES + payload.length);
  writePrefix(framed, payload.length);
  framed.set(payload, PREFIX_BYTES);
  return framed;
}
