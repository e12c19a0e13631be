// What shim.c has written down: every change below the data directory, in order.
import { existsSync, readFileSync } from 'node:fs';

/** A number of the kernel's for a file; a file that is made may get the number of one that is gone. */
type Inode = number;

export type Change =
  | { readonly is: 'opened'; readonly inode: Inode; readonly path: string }
  | { readonly is: 'created'; readonly inode: Inode; readonly path: string; readonly mode: number }
  | { readonly is: 'written'; readonly inode: Inode; readonly at: number; readonly bytes: Uint8Array }
  | { readonly is: 'truncated' | 'allocated'; readonly inode: Inode; readonly size: number }
  /** Everything of the file up to the record `upTo` is on the disk. */
  | { readonly is: 'synced'; readonly inode: Inode; readonly upTo: number }
  /** What was not yet on the disk may never get there, whatever a later sync says. */
  | { readonly is: 'sync-failed'; readonly inode: Inode; readonly upTo: number }
  | { readonly is: 'unlinked'; readonly path: string }
  | { readonly is: 'renamed'; readonly from: string; readonly to: string }
  | { readonly is: 'made'; readonly path: string; readonly mode: number };

/** A change and its number. */
export type Recorded = Change & { readonly number: number };

const HEADER_BYTES = 32;

/**
 * Reads a journal. A record that a kill has cut is no record: what it tells had not yet returned to the program.
 * @throws Error for a change that the shim can not follow
 */
export function readJournal(path: string): Recorded[] {
  return existsSync(path) ? parseJournal(readFileSync(path)) : [];
}

function parseJournal(bytes: Uint8Array): Recorded[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: Recorded[] = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    const end = at + HEADER_BYTES + length;
    if (end > bytes.length) break;
    const change = changeOf(
      view.getUint32(at, true),
      Number(view.getBigUint64(at + 8, true)),
      Number(view.getBigUint64(at + 16, true)),
      bytes.subarray(at + HEADER_BYTES, end),
    );
    found.push({ ...change, number: Number(view.getBigUint64(at + 24, true)) });
    at = end;
  }
  return found;
}

function changeOf(kind: number, inode: Inode, position: number, rest: Uint8Array): Change {
  const text = (): string => Buffer.from(rest).toString();
  switch (kind) {
    case 1:
      return { is: 'opened', inode, path: text() };
    case 2:
      return { is: 'created', inode, path: text(), mode: position };
    case 3:
      return { is: 'written', inode, at: position, bytes: rest };
    case 4:
      return { is: 'truncated', inode, size: position };
    case 5:
      return { is: 'synced', inode, upTo: position };
    case 6:
      return { is: 'sync-failed', inode, upTo: position };
    case 7:
      return { is: 'unlinked', path: text() };
    case 8: {
      const [from = '', to = ''] = text().split('\0');
      return { is: 'renamed', from, to };
    }
    case 9:
      return { is: 'made', path: text(), mode: position };
    case 11:
      return { is: 'allocated', inode, size: position };
    default:
      throw new Error(`the shim can not follow this: ${text() || `record of kind ${kind}`}`);
  }
}
