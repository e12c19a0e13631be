// Which kentongan this is.
import { readFileSync } from 'node:fs';

/** The version in package.json, which lies above the sources and above the compiled files. */
export function readVersion(): string {
  for (const above of ['../package.json', '../../package.json']) {
    try {
      const text = readFileSync(new URL(above, import.meta.url), 'utf8');
      const { name, version } = JSON.parse(text) as { name?: unknown; version?: unknown };
      if (name === 'kentongan' && typeof version === 'string') return version;
    } catch {
      // The other place, then.
    }
  }
  return '0.0.0';
}
