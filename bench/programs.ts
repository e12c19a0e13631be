// Programs of the system, which may be there or not.
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Where servers are, though users' paths do not say so. */
const MORE = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Its file; undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), ...MORE];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first line that it says; empty when it says nothing or fails. */
export function firstLine(command: readonly string[]): string {
  const [program = '', ...args] = command;
  try {
    const out = execFileSync(program, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 5_000,
    });
    return out.split('\n')[0]?.trim() ?? '';
  } catch {
    return '';
  }
}
