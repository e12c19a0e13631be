// The reader's loop: pages for those who catch up, and in between the scrub.
import type { FromReader, ThreadSettings, ToReader } from './messages.ts';
import { Reader } from './reader.ts';
import { databaseIn, openForReading } from './schema.ts';
import { Scrub } from './scrub.ts';

/** Where messages go to: a thread's port. */
export interface ReaderPort {
  send(message: FromReader, give?: readonly ArrayBuffer[]): void;
  /** Nothing comes any more: the thread ends. */
  end(): void;
}

/** Opens the log to read it and tells so. @throws LogError, the system's error */
export function startReaderLoop(
  { directory, scrubBytesPerSecond }: ThreadSettings,
  port: ReaderPort,
): { take(message: ToReader): void } {
  const database = openForReading(databaseIn(directory));
  const reader = new Reader(database);
  const scrub = new Scrub(database, {
    bytesPerSecond: scrubBytesPerSecond,
    onDamage: (damage) => port.send({ did: 'find-damage', damage }),
  });
  let timer: NodeJS.Timeout | undefined;
  const scrubIn = (ms: number): void => {
    timer = setTimeout(() => scrubIn(stepOf(scrub)), ms);
  };
  if (scrubBytesPerSecond > 0) scrubIn(SCRUB_AFTER_MS);
  port.send({ did: 'start' });
  return {
    take: (message) => {
      if (message.do === 'read') {
        const page = reader.read(message);
        const give = page.status === 'run' ? [page.bytes.buffer as ArrayBuffer] : [];
        port.send({ did: 'read', read: message.read, page }, give);
        return;
      }
      clearTimeout(timer);
      database.close();
      port.send({ did: 'close' });
      port.end();
    },
  };
}

/** A start has better things to do. */
const SCRUB_AFTER_MS = 1_000;
/** The system has no memory, or no locks: that passes, and who reads is not to suffer from it. */
const SCRUB_AGAIN_MS = 60_000;

function stepOf(scrub: Scrub): number {
  try {
    return scrub.step();
  } catch {
    return SCRUB_AGAIN_MS;
  }
}
