// What one run of vitest found, for the program that started it: a line of JSON in the file that it names.
import { writeFileSync } from 'node:fs';
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';

/** The environment variable with the path of the report. */
export const REPORT = 'KENTONGAN_REPORT';

export interface Failure {
  /** From the root. */
  readonly file: string;
  /** With the titles around it; empty when the file could not even be loaded. */
  readonly title: string;
  /** The error and its causes, each as `Name: message`. */
  readonly errors: readonly string[];
}

export interface Report {
  readonly passed: number;
  readonly failures: readonly Failure[];
}

/** Names of errors say whether something was asserted or something did not even run. */
function said(error: unknown): string[] {
  const one = error as { name?: string; message?: string; diff?: string; cause?: unknown } | undefined;
  if (one?.message === undefined) return [];
  return [`${one.name ?? 'Error'}: ${one.message}\n${one.diff ?? ''}`, ...said(one.cause)];
}

// vitest takes a reporter from the default export.
// oxlint-disable-next-line import/no-default-export
export default class Mutants implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    let passed = 0;
    const failures: Failure[] = [];
    for (const module of modules) {
      const file = module.relativeModuleId;
      for (const error of module.errors()) failures.push({ file, title: '', errors: said(error) });
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') passed++;
        if (result.state !== 'failed') continue;
        failures.push({ file, title: test.fullName, errors: (result.errors ?? []).flatMap(said) });
      }
    }
    for (const error of errors) failures.push({ file: '', title: '', errors: said(error) });
    const path = process.env[REPORT];
    if (path !== undefined) writeFileSync(path, JSON.stringify({ passed, failures } satisfies Report));
  }
}
