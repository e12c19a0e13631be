// What an error of the disk means for the log.

/**
 * - `full`: nothing was written; it can be tried again, reads go on
 * - `busy`: somebody else holds the database; nothing was written; it can be tried again
 * - `broken`: what is on the disk is not known for sure any more; no more is written before a restart has looked
 */
export type StorageTrouble = 'full' | 'busy' | 'broken';

const SQLITE_BUSY = 5;
const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;
/** The wal-index could not grow, which on a full disk is no error of the disk. */
const SQLITE_IOERR_SHMSIZE = SQLITE_IOERR | (19 << 8);

/** @param isFull whether the file system has no space left */
export function troubleOf(error: unknown, isFull: () => boolean): StorageTrouble {
  const { errcode, code } = error as { readonly errcode?: number; readonly code?: string };
  if (errcode !== undefined) {
    if ((errcode & 0xff) === SQLITE_FULL) return 'full';
    if ((errcode & 0xff) === SQLITE_BUSY) return 'busy';
    return errcode === SQLITE_IOERR_SHMSIZE && isFull() ? 'full' : 'broken';
  }
  return code === 'ENOSPC' || code === 'EDQUOT' ? 'full' : 'broken';
}
