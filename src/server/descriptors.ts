// How many connections a process may have: at the limit of its descriptors no file can be opened any more.
import { readFileSync } from 'node:fs';

/** For the log, its threads, files that are written anew, and the status socket. */
const DESCRIPTORS_LEFT = 128;

/** The soft limit of open files and sockets of this process; undefined: none, or the system does not say. */
export function descriptorsMax(): number | undefined {
  const text = process.platform === 'linux' ? limitsOfLinux() : undefined;
  const found = text === undefined ? limitOfReport() : /^Max open files\s+(\S+)/m.exec(text)?.[1];
  const limit = Number(found);
  return Number.isSafeInteger(limit) && limit > 0 ? limit : undefined;
}

/** What is left for connections. @param descriptors undefined: any number */
export function connectionsWithin(wanted: number, descriptors: number | undefined): number {
  if (descriptors === undefined) return wanted;
  return Math.max(1, Math.min(wanted, descriptors - DESCRIPTORS_LEFT));
}

function limitsOfLinux(): string | undefined {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return undefined;
  }
}

interface Report {
  readonly userLimits?: { readonly open_files?: { readonly soft?: number | string } };
}

/** Node's own diagnostic report knows it on every system that has such a limit. */
function limitOfReport(): number | string | undefined {
  // Looking up the names of all peers would take its time.
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as Report;
  return report.userLimits?.open_files?.soft;
}
