// What the server has told its operator.
import { readFileSync } from 'node:fs';

export interface OperatorLine {
  readonly level: string;
  readonly event: string;
  readonly text: string;
}

/** Events that speak of damage, or of a disk that fails. */
const DAMAGE = /damage|corrupt|quarantin|unreadable|storage-failed/;

/** Reads an operator log on, from where the last reading ended. */
export class OperatorLogReader {
  readonly #path: string;
  #at = 0;

  constructor(path: string) {
    this.#path = path;
  }

  next(): OperatorLine[] {
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(this.#path).subarray(this.#at);
    } catch {
      return [];
    }
    const end = bytes.lastIndexOf(10) + 1;
    this.#at += end;
    const lines = Buffer.from(bytes.subarray(0, end)).toString().split('\n');
    return lines.filter((line) => line !== '').map((line) => parse(line));
  }
}

function parse(text: string): OperatorLine {
  try {
    const { level, event } = JSON.parse(text) as { level: string; event: string };
    return { level, event, text };
  } catch {
    // A kill cuts lines, and the next server ends them.
    return { level: 'info', event: 'cut', text };
  }
}

export function speaksOfDamage(line: OperatorLine): boolean {
  return DAMAGE.test(line.event);
}
