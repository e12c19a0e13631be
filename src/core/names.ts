// The server alone normalises and folds names (docs/protocol.md §7).
import { Fault } from '../protocol/faults.ts';
import { isName } from '../protocol/names.ts';

/**
 * The form in which a name is shown and compared byte for byte: NFKC.
 * @throws Fault NAME_BAD
 */
export function canonicalName(name: string): string {
  const canonical = name.normalize('NFKC');
  if (!isName(canonical)) throw new Fault('NAME_BAD', { name });
  return canonical;
}

/** Two names that fold to the same are one name: nobody else may take it. */
export function foldName(canonical: string): string {
  return canonical.toLowerCase().toUpperCase().toLowerCase().normalize('NFKC');
}
