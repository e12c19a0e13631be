// Why a log can not be opened or worked on.

/**
 * - `sqlite-too-old` {version, least}: this Node's SQLite may lose commits
 * - `absent` {file}: there is no log
 * - `denied` {file, reason, owner}: this user may not read it; `owner` is the number of the one who may
 * - `empty` {file}: a file of no bytes, or a database of no tables
 * - `no-log` {file}: no database at all, or one whose beginning is damaged
 * - `foreign` {file}: somebody else's database
 * - `too-new` {file, version, known}: written by a newer Kentongan
 * - `too-old` {file, version, known}: a server has to open it once first
 * - `unreadable` {file, reason}: damaged so that nothing can be said about its rooms
 * - `lost` {file, mark}: the high-water mark tells of rooms, the database is empty or gone
 * - `mismatch` {file, mark}: the database and the mark belong to different logs
 */
export type LogErrorCode =
  | 'sqlite-too-old'
  | 'absent'
  | 'denied'
  | 'empty'
  | 'no-log'
  | 'foreign'
  | 'too-new'
  | 'too-old'
  | 'unreadable'
  | 'lost'
  | 'mismatch';

export class LogError extends Error {
  readonly code: LogErrorCode;
  readonly values: Readonly<Record<string, string | number>>;

  constructor(code: LogErrorCode, values: Readonly<Record<string, string | number>>) {
    super(`${code} ${JSON.stringify(values)}`);
    this.name = 'LogError';
    this.code = code;
    this.values = values;
  }
}
