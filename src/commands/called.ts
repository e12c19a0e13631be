// How commands are to be typed where this one was.
import { relative, resolve } from 'node:path';
import { dataIn } from '../config/defaults.ts';
import type { Called } from '../texts/called.ts';
import { escapeText } from '../texts/escape.ts';

/** Characters that mean themselves to every shell. */
const HARMLESS = /^[\w./\\:+,@-]+$/;
/** What a shell does not leave alone between double quotes, or a text does not between its own. */
const UNQUOTABLE = /["$`!{}]/;

/** `program`: what people type for `kentongan`. `data`: the directory that this command is about, as it was said. */
export function calledIn(program: string, data: string | undefined, cwd: string): Called {
  const path = data === undefined ? dataIn(cwd) : resolve(cwd, data);
  if (path === dataIn(cwd)) return { program, data: '' };
  const within = relative(cwd, path);
  const shown = within === '' || within.startsWith('..') ? path : within;
  if (HARMLESS.test(shown)) return { program, data: ` --data ${shown}` };
  const isSayable = !UNQUOTABLE.test(shown) && escapeText(shown) === shown;
  return { program, data: isSayable ? ` --data "${shown}"` : '' };
}
