// How far a file of lines has come: what stands beside it in `<path>.position`.
import { hash } from 'node:crypto';
import type { RoomName, Seq } from '../roomlog/roomlog.ts';
import type { Disk, DiskFile, FileState } from './disk.ts';
import { replaceFile } from './replace-file.ts';

/** The last entry of a room that is in the file, under the room's log. */
export interface RoomPosition {
  readonly room: RoomName;
  readonly logId: Uint8Array;
  readonly seq: Seq;
}

/** What the lines are of. */
export interface SaveContent {
  /** Up to where each room is in the file. */
  readonly rooms: readonly RoomPosition[];
  /** Private rooms are written, too. */
  readonly logsPrivate: boolean;
  /** The lines come from logs that survive the process: what is cut can be written again. */
  readonly isDurable: boolean;
}

/** The first `length` bytes of the file are durable and are the lines of all entries up to these positions. */
export interface SavePoint extends SaveContent {
  /** `FileState.id` */
  readonly file: string;
  readonly length: number;
  /** The hash of the last bytes before `length`: by this a file is known when it was copied, or changed. */
  readonly tail: string;
}

const VERSION = 1;
const TAIL_BYTES = 1024;

function positionPath(path: string): string {
  return `${path}.position`;
}

/** `unreadable`: there is one, but it is damaged or of another version. @throws the system's error */
export async function readSavePoint(disk: Disk, path: string): Promise<SavePoint | 'none' | 'unreadable'> {
  const bytes = await disk.readWhole(positionPath(path));
  return bytes === undefined ? 'none' : (decodeSavePoint(bytes) ?? 'unreadable');
}

/** Durable when done, and at no moment half of it. @throws the system's error */
export async function writeSavePoint(disk: Disk, path: string, point: SavePoint): Promise<void> {
  await replaceFile(disk, positionPath(path), encodeSavePoint(point));
}

/** The hash of the bytes before `length` that tells a file from others. */
export async function tailOf(file: DiskFile, length: number): Promise<string> {
  const from = Math.max(0, length - TAIL_BYTES);
  return hash('sha256', await file.read(from, length - from));
}

/** Whether the file begins with what this point says. It may be longer. */
export async function continues(file: DiskFile, state: FileState, point: SavePoint): Promise<boolean> {
  if (!state.isRegular || state.size < point.length) return false;
  // Every file begins with nothing.
  if (point.length === 0 && state.id !== point.file) return false;
  return (await tailOf(file, point.length)) === point.tail;
}

/** One line of JSON, and one of its hash. */
function encodeSavePoint({ rooms, ...rest }: SavePoint): Uint8Array {
  const positions = rooms.map(({ room, logId, seq }) => [room, Buffer.from(logId).toString('hex'), seq]);
  const json = JSON.stringify({ version: VERSION, ...rest, rooms: positions });
  return Buffer.from(`${json}\n${hash('sha256', json)}\n`);
}

/** What its hash confirms was written by this program, so that only the version is to be looked at. */
function decodeSavePoint(bytes: Uint8Array): SavePoint | undefined {
  const [json = '', sum] = Buffer.from(bytes).toString().split('\n');
  if (sum !== hash('sha256', json)) return undefined;
  const { version, rooms, ...rest } = JSON.parse(json) as Omit<SavePoint, 'rooms'> & {
    readonly version: number;
    readonly rooms: ReadonlyArray<readonly [RoomName, string, Seq]>;
  };
  if (version !== VERSION) return undefined;
  return {
    ...rest,
    rooms: rooms.map(([room, logId, seq]) => ({ room, logId: Buffer.from(logId, 'hex'), seq })),
  };
}
