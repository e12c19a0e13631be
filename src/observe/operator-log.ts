// The operator log: one JSON object a line.
import { type Logger, pino, stdTimeFunctions } from 'pino';
import { escapeJson } from '../texts/escape.ts';
import type { OperatorEvent } from './operator-event.ts';

/** Where finished lines go. */
export interface LineSink {
  write(line: string): void;
}

type Level = 'info' | 'warn' | 'error';

/**
 * Writes each event as `{"level":…,"time":…,"event":…, its fields}`, time in RFC 3339 UTC.
 */
export class OperatorLog {
  readonly #logger: Logger;

  constructor(sink: LineSink) {
    this.#logger = pino(
      { base: null, timestamp: stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } },
      { write: (line) => sink.write(`${escapeJson(line.trimEnd())}\n`) },
    );
  }

  observe(event: OperatorEvent): void {
    this.#logger[levelOf(event)](event);
  }
}

const LEVELS: Readonly<Partial<Record<OperatorEvent['event'], Level>>> = {
  defect: 'error',
  'append-failed': 'error',
  'log-trouble': 'error',
  'listener-failed': 'error',
  'room-damaged': 'error',
  'room-quarantined': 'error',
  'storage-full': 'error',
  'storage-failed': 'error',
  refused: 'warn',
  stranger: 'warn',
  'no-place': 'warn',
  'plain-refused': 'warn',
  'tls-failed': 'warn',
  'connections-capped': 'warn',
  'certificate-failed': 'error',
  'password-failed': 'error',
  'password-readable': 'warn',
  suppressed: 'warn',
  'position-refused': 'warn',
  'log-dropped': 'warn',
  'log-position-lost': 'warn',
  'mark-unreadable': 'warn',
  'storage-recovered': 'warn',
};

function levelOf({ event }: OperatorEvent): Level {
  return LEVELS[event] ?? 'info';
}
