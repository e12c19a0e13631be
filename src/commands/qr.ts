// Owns where a QR code stands, so that the link below it can be copied.
import { renderUnicodeCompact } from 'uqr';
import { fill, type Texts } from '../texts/texts.ts';

/** A terminal; undefined: the output is none. */
export type Window = { readonly rows: number; readonly columns: number } | undefined;

/** The prompt that follows. */
const PROMPT_ROWS = 1;

/**
 * The lines of links, with the QR code of the first one between the others and that one: a window that is too small
 * scrolls away what stands above. It is left out where there is no room for both, unless it is wanted.
 * @param lines one for each link, as they are typed
 * @param content of the QR code
 */
export function withQr(
  lines: readonly string[],
  content: string,
  { window, isWanted }: { readonly window: Window; readonly isWanted: boolean },
  texts: Texts,
): string[] {
  const [first = '', ...others] = lines;
  if (window === undefined && !isWanted) return [...lines];
  const code = renderUnicodeCompact(content, { border: 2 }).split('\n');
  const columns = Math.max(...code.map((line) => line.length));
  const rows = code.length + 1 + Math.ceil(first.length / (window?.columns ?? columns)) + PROMPT_ROWS;
  const fits = window !== undefined && window.rows >= rows && window.columns >= columns;
  if (fits || isWanted) return [...others, ...code, '', first];
  return [...lines, fill(texts['invite.qr-room'], { rows, columns })];
}
