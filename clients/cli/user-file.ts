// Owns what this machine remembers of one user of one server: its secret as a guest, and its positions. They make a
// killed client return as itself.
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { hexOf, limits, type Position, sameBytes } from '../../src/protocol/index.ts';
import { fileNameOf, nameKey, readState, StateError, writeState } from './state-directory.ts';

const VERSION = 1;

/** One user on one server, as this machine remembers it. */
export class UserFile {
  readonly path: string;
  readonly secret: Uint8Array;
  readonly #server: string;
  readonly #name: string;
  readonly #positions: Map<string, Position>;
  #changed = false;
  #isNew = false;

  constructor(
    path: string,
    server: string,
    name: string,
    secret: Uint8Array,
    positions: Map<string, Position>,
  ) {
    this.path = path;
    this.secret = secret;
    this.#server = server;
    this.#name = name;
    this.#positions = positions;
  }

  /** What is held of a room. */
  position(room: string): Position | undefined {
    return this.#positions.get(room);
  }

  /** Private rooms of which something is held. */
  get privateRooms(): string[] {
    return [...this.#positions.keys()].filter((room) => room.startsWith('~'));
  }

  remember(room: string, position: Position): void {
    const known = this.#positions.get(room);
    if (known !== undefined && known.seq === position.seq && sameBytes(known.logId, position.logId)) return;
    this.#positions.set(room, position);
    this.#changed = true;
  }

  forget(room: string): void {
    if (this.#positions.delete(room)) this.#changed = true;
  }

  /** Writes the file if anything changed. @throws StateError write */
  save(): void {
    if (!this.#changed) return;
    try {
      writeState(this.path, this.#text());
    } catch (error) {
      throw new StateError('write', this.path, error);
    }
    this.#changed = false;
  }

  /** As a file that is new. @throws StateError write */
  create(): void {
    this.#changed = true;
    this.save();
    this.#isNew = true;
  }

  /** Removes a file that was made just now, of a user whom the server did not take. */
  discardIfNew(): void {
    if (this.#isNew) rmSync(this.path, { force: true });
  }

  #text(): string {
    const rooms = Object.fromEntries(
      [...this.#positions].map(([room, { logId, seq, check }]) => [room, { log: hexOf(logId), seq, check }]),
    );
    const state = {
      version: VERSION,
      server: this.#server,
      name: this.#name,
      secret: hexOf(this.secret),
      rooms,
    };
    return `${JSON.stringify(state, null, 2)}\n`;
  }
}

/** The file of a name on a server. */
export function userFilePath(directory: string, server: string, name: string): string {
  return join(directory, 'servers', fileNameOf(server), `user-${fileNameOf(nameKey(name))}.json`);
}

/**
 * The remembered user, or a new one, which is written before it is used.
 * @throws StateError: the file can not be read, is damaged, or can not be written
 */
export function openUserFile(directory: string, server: string, name: string): UserFile {
  const path = userFilePath(directory, server, name);
  let text: string | undefined;
  try {
    text = readState(path);
  } catch (error) {
    throw new StateError('read', path, error);
  }
  if (text === undefined) {
    const fresh = new UserFile(
      path,
      server,
      nameKey(name),
      Uint8Array.from(randomBytes(limits.SECRET_BYTES)),
      new Map(),
    );
    fresh.create();
    return fresh;
  }
  try {
    const { secret, positions } = readUser(JSON.parse(text));
    return new UserFile(path, server, nameKey(name), secret, positions);
  } catch (error) {
    throw new StateError('corrupt', path, error);
  }
}

function readUser(value: unknown): { secret: Uint8Array; positions: Map<string, Position> } {
  const state = objectOf(value);
  if (state['version'] !== VERSION) throw new Error('version');
  const positions = new Map<string, Position>();
  for (const [room, entry] of Object.entries(objectOf(state['rooms']))) {
    const held = objectOf(entry);
    positions.set(room, {
      logId: bytesOf(held['log'], limits.LOG_ID_BYTES),
      seq: numberOf(held['seq'], Number.MAX_SAFE_INTEGER),
      check: numberOf(held['check'], 0xffff_ffff),
    });
  }
  return { secret: bytesOf(state['secret'], limits.SECRET_BYTES), positions };
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('object');
  return value as Record<string, unknown>;
}

function numberOf(value: unknown, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max)
    throw new Error('number');
  return value;
}

function bytesOf(value: unknown, length: number): Uint8Array {
  if (typeof value !== 'string' || !/^[0-9a-f]*$/.test(value) || value.length !== 2 * length) {
    throw new Error('bytes');
  }
  return Uint8Array.from(Buffer.from(value, 'hex'));
}
