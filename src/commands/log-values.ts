// Words of `kentongan log …` as values.
import type { ExportFormat, Selection } from '../archive/export.ts';
import { StartError } from '../texts/start-error.ts';

/** @throws StartError */
export function seqOf(flag: string, word: string | undefined): number | undefined {
  if (word === undefined) return undefined;
  const value = /^#?\d{1,16}$/.test(word) ? Number(word.replace('#', '')) : 0;
  if (value < 1 || !Number.isSafeInteger(value)) {
    throw new StartError('log.bad.seq', { flag, value: word }, 'usage');
  }
  return value;
}

const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** Milliseconds since 1970. Without a zone it is local time, and a date alone is its beginning. @throws StartError */
function timeOf(flag: string, word: string | undefined): number | undefined {
  if (word === undefined) return undefined;
  // JavaScript takes a date alone for one in London.
  const time = TIME.test(word) ? new Date(word.includes('T') ? word : `${word}T00:00`).getTime() : Number.NaN;
  if (Number.isNaN(time)) throw new StartError('log.bad.time', { flag, value: word }, 'usage');
  return time;
}

/** @throws StartError */
export function formatOf(word = 'lines'): ExportFormat {
  if (word !== 'lines' && word !== 'jsonl') {
    throw new StartError('log.bad.format', { value: word }, 'usage');
  }
  return word;
}

/** The words of `log export` that choose entries. */
export interface SelectionWords {
  readonly from?: string;
  readonly to?: string;
  readonly since?: string;
  readonly until?: string;
}

/** @throws StartError, also when nothing can lie between two ends */
export function selectionOf(words: SelectionWords): Selection {
  const selection = {
    from: seqOf('--from', words.from) ?? 0,
    to: seqOf('--to', words.to) ?? Number.MAX_SAFE_INTEGER,
    since: timeOf('--since', words.since) ?? 0,
    until: timeOf('--until', words.until) ?? Number.POSITIVE_INFINITY,
  };
  if (selection.from > selection.to) throw emptyRange('--from', '--to');
  if (selection.since >= selection.until) throw emptyRange('--since', '--until');
  return selection;
}

function emptyRange(first: string, last: string): StartError {
  return new StartError('log.bad.range', { first, last }, 'usage');
}
