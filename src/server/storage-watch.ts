// How the disk below the log is doing: what the engine has told of it, and what the system says.
import { statfsSync, statSync } from 'node:fs';
import type { StorageStatus } from '../control/status.ts';
import type { StorageObserve } from '../observe/operator-event.ts';
import type { StorageEvent } from '../roomlog/sqlite/events.ts';
import { databaseIn } from '../roomlog/sqlite/schema.ts';

type Damage = StorageStatus['damaged'][number];

/** Owns: what the engine told last. Everything is passed on. */
export class StorageWatch {
  readonly #directory: string;
  readonly #reserveBytes: number;
  readonly #next: StorageObserve;
  #state: StorageStatus['state'] = 'ok';
  readonly #damaged: Damage[] = [];

  constructor(directory: string, reserveBytes: number, next: StorageObserve) {
    this.#directory = directory;
    this.#reserveBytes = reserveBytes;
    this.#next = next;
  }

  observe(event: StorageEvent): void {
    switch (event.event) {
      case 'room-damaged':
        this.#damaged.push({ room: event.room, from: event.from, to: event.to, kind: event.kind });
        break;
      case 'storage-full':
        this.#state = 'full';
        break;
      case 'storage-recovered':
        this.#state = 'ok';
        break;
      case 'storage-failed':
        this.#state = 'read-only';
        break;
      case 'mark-unreadable':
    }
    this.#next(event);
  }

  status(): StorageStatus {
    const file = databaseIn(this.#directory);
    const freeBytes = freeBytesOf(this.#directory);
    const isShort = freeBytes !== undefined && freeBytes < this.#reserveBytes;
    return {
      // A send would be refused, though none has come yet.
      state: this.#state === 'ok' && isShort ? 'full' : this.#state,
      databaseBytes: sizeOf(file),
      walBytes: sizeOf(`${file}-wal`),
      freeBytes,
      reserveBytes: this.#reserveBytes,
      damaged: [...this.#damaged],
    };
  }
}

/** 0 = there is none. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function freeBytesOf(directory: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
