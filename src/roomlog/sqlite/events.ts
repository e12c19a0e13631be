// What the log tells its operator.
import type { RoomName, Seq } from '../roomlog.ts';

export type StorageEvent =
  /** Entries from `from` to `to` are not what was stored, or gone; 0 and 0: the head of the room. */
  | {
      readonly event: 'room-damaged';
      readonly room: RoomName;
      readonly from: Seq;
      readonly to: Seq;
      readonly kind: string;
    }
  /** No space: told once, until `storage-recovered`. */
  | { readonly event: 'storage-full'; readonly freeBytes: number }
  | { readonly event: 'storage-recovered' }
  /** Nothing more is written before a restart. */
  | { readonly event: 'storage-failed'; readonly reason: string }
  /** The high-water mark of these rooms could not be read: entries lost at the end would not be noticed. */
  | { readonly event: 'mark-unreadable'; readonly rooms: number };
