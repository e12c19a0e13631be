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

function levelOf(event: OperatorEvent): Level {
  switch (event.event) {
    case 'defect':
    case 'append-failed':
    case 'log-trouble':
    case 'listener-failed':
      return 'error';
    case 'refused':
    case 'stranger':
    case 'no-place':
    case 'suppressed':
    case 'position-refused':
    case 'log-dropped':
    case 'log-position-lost':
      return 'warn';
    default:
      return 'info';
  }
}
