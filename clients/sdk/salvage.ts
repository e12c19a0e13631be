// What can be known of a frame that the strict decoder refuses (docs/protocol.md, KTG-4.17).
import { Frame } from '../../src/protocol/index.ts';

/**
 * The envelope of a broken frame, without its kind: an entry still moves the position, anything else is skipped.
 * One poisoned entry in a log must not keep its readers reconnecting for ever.
 * Undefined: not even that can be read.
 */
export function salvage(payload: Uint8Array): Frame | undefined {
  try {
    return { ...Frame.decode(payload), kind: undefined, author: undefined };
  } catch {
    return undefined;
  }
}
