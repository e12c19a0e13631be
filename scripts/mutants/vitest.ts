// Runs vitest in a copy of the checkout.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { REPORT, type Report } from '../mutants-reporter.ts';

const REPORT_FILE = 'kentongan-report.json';
/** One run of the simulation looks at so many seeds. */
const SEEDS = 120;
/** A test that takes longer hangs. */
const TEST_MS_MAX = 60_000;
/** A run that takes longer hangs so that not even vitest can say it: an endless loop. */
const RUN_MS_MAX = 180_000;

/** Owns: at most one process. */
export class Vitest {
  #child: ChildProcess | undefined;

  /**
   * Runs these files, or folders of them, below `root` up to the first failure.
   * @throws Error when it ends without a report
   */
  async run(root: string, files: readonly string[]): Promise<Report> {
    // Inside the copy, so that it goes with it.
    const path = join(root, REPORT_FILE);
    rmSync(path, { force: true });
    const output = await this.#spawn(root, files, path);
    return readReport(path, output);
  }

  stop(): void {
    this.#child?.kill('SIGKILL');
  }

  #spawn(root: string, files: readonly string[], path: string): Promise<string> {
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const reporter = `--reporter=${join(root, 'scripts', 'mutants-reporter.ts')}`;
    const args = [vitest, 'run', '--bail=1', `--testTimeout=${TEST_MS_MAX}`, reporter, ...files];
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      // The same cases each time: whether a bug is caught is no matter of luck.
      env: { ...process.env, NO_COLOR: '1', FC_SEED: '1', KENTONGAN_SEEDS: String(SEEDS), [REPORT]: path },
    });
    this.#child = child;
    const timer = setTimeout(() => child.kill('SIGKILL'), RUN_MS_MAX);
    let output = '';
    const keep = (text: string): void => {
      output = (output + text).slice(-20_000);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => {
        clearTimeout(timer);
        this.#child = undefined;
        resolve(output);
      });
    });
  }
}

function readReport(path: string, output: string): Report {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new Error(`vitest ended without a report:\n${output}`);
  }
  const report = JSON.parse(text) as Report;
  if (report.passed === 0 && report.failures.length === 0) throw new Error(`no test ran:\n${output}`);
  return report;
}
