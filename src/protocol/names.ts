// Which names may stand on the wire. Folding and comparing is the server's alone (src/core/names.ts).
import { NAME_BYTES_MAX, NAME_CODE_POINTS_MAX } from './limits.ts';

const encoder = new TextEncoder();

/** Length in UTF-8. */
export function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}

const SHAPE = /^(?!.*\p{Default_Ignorable_Code_Point})[\p{L}\p{N}][\p{L}\p{M}\p{N}_.-]*$/u;

/**
 * A name as users and public rooms have it: letters, marks, digits of any script, `_ - .`; starts with a letter or
 * digit; holds nothing that is invisible by design (fillers, variation selectors), or two names would look the same.
 */
export function isName(name: string): boolean {
  return (
    SHAPE.test(name) &&
    name.normalize('NFKC') === name &&
    [...name].length <= NAME_CODE_POINTS_MAX &&
    utf8Bytes(name) <= NAME_BYTES_MAX
  );
}

/** A public room: a name in lower case. */
export function isPublicRoom(room: string): boolean {
  return isName(room) && room === room.toLowerCase();
}

const PRIVATE_ROOM = /^~[a-z2-7]{26}$/;

/** A private room: `~` and 26 characters of base32. */
export function isPrivateRoom(room: string): boolean {
  return PRIVATE_ROOM.test(room);
}

/** `@name`: the private room with that user, to be opened by a Join. */
export function recipientOf(room: string): string | undefined {
  return room.startsWith('@') ? room.slice(1) : undefined;
}
