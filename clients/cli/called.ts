// Owns how the commands in the texts are to be typed where this one was.

/**
 * Stands in the tables for what people type: `kentongan`, `npx kentongan`. Nothing that others wrote can have it:
 * `safeText` lets no control character through.
 */
export const KENTONGAN = '\u0000';

/** A table, or a part of one, in which `program` stands in the place of KENTONGAN. */
export function asCalled<Table>(table: Table, program: string): Table {
  return replaced(table, program) as Table;
}

function replaced(value: unknown, program: string): unknown {
  if (typeof value === 'string') return value.replaceAll(KENTONGAN, program);
  if (Array.isArray(value)) return value.map((inner) => replaced(inner, program));
  if (typeof value === 'function') {
    const text = value as (...facts: readonly unknown[]) => unknown;
    return (...facts: readonly unknown[]) => replaced(text(...facts), program);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaced(inner, program)]));
}
