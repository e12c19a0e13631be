// The length prefix, read a second time by other code than the server's.

/** Cuts what is written to it into payloads, each a copy or a view of one chunk. */
export class PlainSplitter {
  #rest: Uint8Array = new Uint8Array(0);
  /** Bytes behind the last whole frame. */
  get restBytes(): number {
    return this.#rest.length;
  }

  *frames(chunk: Uint8Array): Generator<Uint8Array> {
    let bytes = chunk;
    if (this.#rest.length > 0) {
      bytes = new Uint8Array(this.#rest.length + chunk.length);
      bytes.set(this.#rest);
      bytes.set(chunk, this.#rest.length);
    }
    let at = 0;
    while (bytes.length - at >= 4) {
      const length = readLength(bytes, at);
      if (length === 0 || length > 65_536) {
        this.#rest = new Uint8Array(0);
        throw new RangeError(`a frame of ${length} bytes`);
      }
      if (bytes.length - at < 4 + length) break;
      yield bytes.subarray(at + 4, at + 4 + length);
      at += 4 + length;
    }
    this.#rest = bytes.slice(at);
  }
}

export function readLength(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at, at + 4);
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

/** Whether `part` has, at `at`, the bytes of `whole`. */
export function sameAt(part: Uint8Array, at: number, whole: Uint8Array): boolean {
  const { length } = whole;
  if (part.length - at < length) return false;
  // The ends differ first: seq and time stand there.
  for (let i = length - 1; i >= 0; i--) if (part[at + i] !== whole[i]) return false;
  return true;
}
