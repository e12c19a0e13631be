// What a name looks like: the skeletons of Unicode's UTS #39, chapter 4.
import { CONFUSABLES } from './gen/confusables.ts';

/** Each code point by the code points that it looks like. */
const PROTOTYPES: ReadonlyMap<string, string> = new Map(
  CONFUSABLES.split(/[\n;]/)
    .filter((group) => group !== '')
    .flatMap((group) => {
      const [target = '', sources = ''] = group.split('<');
      return sources.split(' ').map((source) => [textOf(source), textOf(target)] as const);
    }),
);

function textOf(hex: string): string {
  return String.fromCodePoint(...hex.split(' ').map((digits) => Number.parseInt(digits, 16)));
}

/** Two texts with one skeleton can hardly be told apart by eye. A skeleton is never shown to anybody. */
export function skeletonOf(text: string): string {
  let skeleton = '';
  for (const char of text.normalize('NFD')) skeleton += PROTOTYPES.get(char) ?? char;
  return skeleton.normalize('NFD');
}
