// Preloaded into a server to make it misbehave while it is watched: the harness proves itself on it. What is
// planted stands in HOSTILE_PLANT; it begins when there is a file of that name in HOSTILE_FOLDER.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Socket } from 'node:net';

const BLOCK_MS = 400;
const EVERY_MS = 50;
const LEAK_OBJECTS = 4_000;

/** An entry as it lies in what is written: the tag of its text, and a word that all honest people say. */
const WORD = Buffer.from('halo semua');
/** Stands in all that is said in private. */
const PRIVATE = Buffer.from('rahasia-');
const PREFIX_BYTES = 4;

type Tamper = (chunk: Uint8Array) => readonly Uint8Array[];

const kept: object[] = [];

const PLANTS: Readonly<Record<string, () => void>> = {
  /** A server that stops for a while, over and over. */
  block: () =>
    void setInterval(() => {
      const until = performance.now() + BLOCK_MS;
      while (performance.now() < until);
    }, 2 * BLOCK_MS),
  /** An error that nobody handles. */
  throw: () =>
    void setTimeout(() => {
      throw new Error('planted');
    }, EVERY_MS),
  reject: () => void setTimeout(() => void Promise.reject(new Error('planted')), EVERY_MS),
  complain: () => void process.stderr.write('planted\n'),
  /** Memory that is never given back. */
  leak: () =>
    void setInterval(() => {
      for (let n = 0; n < LEAK_OBJECTS; n++) kept.push({ n, at: performance.now() });
    }, EVERY_MS),
  /** A line that one reader does not get. */
  lose: () => tamperOnce(() => []),
  double: () => tamperOnce((chunk) => [chunk, chunk]),
  /** Words in the mouth of somebody. */
  alter: () =>
    tamperOnce((chunk) => {
      const other = Buffer.from(chunk);
      other.write('HALO', other.indexOf(WORD));
      return [other];
    }),
  /** Attackers are told what two people say in private. */
  tattle: () => tattle(),
  /** A connection of an honest person is cut. */
  cut: () => tamperOnce((chunk) => [chunk], true),
};

/** Changes one write that holds one entry with what an honest person says, and nothing else. */
function tamperOnce(tamper: Tamper, isLast = false): void {
  const { write } = Socket.prototype;
  let isDone = false;
  Socket.prototype.write = function changed(
    this: Socket,
    chunk: Uint8Array | string,
    ...rest: never[]
  ): boolean {
    if (isDone || typeof chunk === 'string' || !isOneLine(chunk)) return write.call(this, chunk, ...rest);
    isDone = true;
    let isTaken = true;
    for (const part of tamper(chunk)) isTaken = write.call(this, part, ...rest);
    if (isLast) this.destroy();
    return isTaken;
  };
}

/** Attackers call from other addresses than honest people. */
function tattle(): void {
  const { write } = Socket.prototype;
  let secret: Buffer | undefined;
  Socket.prototype.write = function changed(
    this: Socket,
    chunk: Uint8Array | string,
    ...rest: never[]
  ): boolean {
    if (typeof chunk === 'string') return write.call(this, chunk, ...rest);
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (bytes.includes(PRIVATE) && isOneFrame(bytes)) secret = Buffer.from(bytes);
    if (secret !== undefined && this.remoteAddress !== '127.0.0.1') write.call(this, secret);
    return write.call(this, chunk, ...rest);
  };
}

function isOneFrame(bytes: Buffer): boolean {
  return bytes.length > PREFIX_BYTES && bytes.readUInt32BE() === bytes.length - PREFIX_BYTES;
}

function isOneLine(chunk: Uint8Array): boolean {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  return isOneFrame(bytes) && bytes.includes(WORD);
}

const { HOSTILE_PLANT = '', HOSTILE_FOLDER = '' } = process.env;
const plant = PLANTS[HOSTILE_PLANT];
if (plant !== undefined) {
  const look = setInterval(() => {
    if (!existsSync(join(HOSTILE_FOLDER, HOSTILE_PLANT))) return;
    clearInterval(look);
    plant();
  }, EVERY_MS);
  look.unref();
}
