// Whether a failed test run means that the bug was seen.
import type { Failure, Report } from '../mutants-reporter.ts';

export type Verdict =
  /** A test ran to a statement that does not hold. `effort`: how much it took. */
  | { readonly what: 'caught'; readonly file: string; readonly title: string; readonly effort: string }
  | { readonly what: 'survived' }
  /** Tests failed, but none of them said what is wrong. */
  | { readonly what: 'broken'; readonly why: string };

/** The sources do not compile, or a name is missing: that is no bug that anybody could ship. */
const NOT_RUN = /^(SyntaxError|ReferenceError|TypeError): |Cannot find (module|package)/;
/** A test that never ends says nothing. */
const HUNG = /Test timed out|Hook timed out/;

export function verdictOf(report: Report): Verdict {
  if (report.failures.length === 0) return { what: 'survived' };
  const telling = report.failures.find((failure) => tells(failure));
  if (telling !== undefined) {
    const { file, title, errors } = telling;
    return { what: 'caught', file, title, effort: effortOf(errors) };
  }
  const [{ file, title, errors } = { file: '', title: '', errors: [] }] = report.failures;
  return { what: 'broken', why: [file, title, errors[0] ?? ''].filter((part) => part !== '').join(' > ') };
}

function tells({ title, errors }: Failure): boolean {
  return (
    title !== '' && errors.length > 0 && !errors.some((error) => NOT_RUN.test(error) || HUNG.test(error))
  );
}

/** Runs of a property, seeds of the simulation: what the message says about them. */
function effortOf(errors: readonly string[]): string {
  for (const error of errors) {
    const runs = /Property failed after (\d+) tests?/.exec(error)?.[1];
    if (runs !== undefined) return runs === '1' ? '1 run' : `${runs} runs`;
    const seed = /\bseed (\d+): ([^\n"|]*)/.exec(error);
    if (seed !== null) return `seed ${seed[1]}: ${seed[2]?.trim()}`;
  }
  return '';
}
