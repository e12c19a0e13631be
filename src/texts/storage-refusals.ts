// What a server says when its log takes nothing, in words for people.
import type { TextKey } from './texts.ts';

/** By the reason that the server gives. */
export const STORAGE_REFUSALS: Readonly<Record<string, TextKey>> = {
  STORAGE_FULL: 'log.storage.full',
  STORAGE_READ_ONLY: 'log.storage.read-only',
  ROOM_QUARANTINED: 'log.storage.quarantined',
};
