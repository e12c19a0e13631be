// What a client may ask: every check of every field of a client's frame, in one place.
import { Fault } from './faults.ts';
import {
  type Chat,
  type Frame,
  type Hello,
  type History,
  type Join,
  Mode,
  type Proof,
  type RoomsRequest,
  type System,
} from './gen/kentongan/v1/kentongan.ts';
import {
  CAPABILITIES_MAX,
  CAPABILITY_BYTES_MAX,
  CLIENT_NONCE_BYTES,
  ENTRY_ID_BYTES,
  HISTORY_ENTRIES_MAX,
  KEY_BYTES,
  LOCALE_BYTES_MAX,
  LOG_ID_BYTES,
  NAME_BYTES_MAX,
  NONCE_BYTES,
  PASSWORD_BYTES_MAX,
  SECRET_BYTES,
  SIGNATURE_BYTES,
  SOFTWARE_BYTES_MAX,
  TEXT_BYTES_MAX,
} from './limits.ts';
import { isPrivateRoom, isPublicRoom, recipientOf, utf8Bytes } from './names.ts';

/** A checked frame from a client. `room` is a public name, a private name, or, in a join, `@name`. */
export type Request =
  | { readonly kind: 'hello'; readonly ref: number; readonly hello: Hello }
  | { readonly kind: 'proof'; readonly ref: number; readonly proof: Proof }
  | { readonly kind: 'join'; readonly ref: number; readonly room: string; readonly join: Join }
  | { readonly kind: 'leave'; readonly ref: number; readonly room: string }
  | {
      readonly kind: 'chat';
      readonly ref: number;
      readonly room: string;
      readonly id: Uint8Array;
      readonly chat: Chat;
    }
  | { readonly kind: 'history'; readonly ref: number; readonly room: string; readonly history: History }
  | { readonly kind: 'rosterRequest'; readonly ref: number; readonly room: string }
  | { readonly kind: 'roomsRequest'; readonly ref: number; readonly request: RoomsRequest }
  | { readonly kind: 'ping'; readonly ref: number; readonly nonce: Uint8Array }
  | { readonly kind: 'pong'; readonly ref: number; readonly nonce: Uint8Array };

/** What a frame asks; 'unknown': of a kind that this version does not know, or of none. */
export type RequestKind = Request['kind'] | 'unknown';

/**
 * What a frame asks, by its kind alone: whether it has a place in a state does not depend on its fields.
 * @throws Fault UNEXPECTED for a kind that only servers send
 */
export function requestKindOf({ kind }: Frame): RequestKind {
  if (kind?.$case !== 'system') return kind?.$case ?? 'unknown';
  const { kind: system } = kind.value;
  switch (system?.$case) {
    case 'hello':
    case 'proof':
    case 'ping':
    case 'pong':
    case 'history':
    case 'rosterRequest':
    case 'roomsRequest':
      return system.$case;
    case undefined:
      return 'unknown';
    default:
      throw new Fault('UNEXPECTED');
  }
}

/**
 * Checks a decoded frame from a client: the room, the id, then the fields of its message in the order of their
 * numbers (KTG-5.15).
 * @throws Fault UNSUPPORTED for a kind that this version does not know, UNEXPECTED for one that only servers
 *   send, BAD_FIELD, TEXT_TOO_LONG, NO_SUCH_ROOM, NO_RECIPIENT
 */
export function readRequest(frame: Frame): Request {
  const { ref, room, kind } = frame;
  switch (kind?.$case) {
    case 'join':
      return { kind: 'join', ref, room: checkJoinRoom(room), join: checkJoin(kind.value) };
    case 'leave':
      return { kind: 'leave', ref, room: checkRoom(room) };
    case 'chat':
      checkRoom(room);
      checkBytes(frame.id, ENTRY_ID_BYTES, 'id');
      return { kind: 'chat', ref, room, id: frame.id, chat: checkChat(kind.value) };
    case 'system':
      return readSystem(frame, kind.value.kind);
    case undefined:
      throw new Fault('UNSUPPORTED');
  }
}

function readSystem({ ref, room }: Frame, kind: System['kind']): Request {
  switch (kind?.$case) {
    case 'hello':
      return { kind: 'hello', ref, hello: checkHello(kind.value) };
    case 'proof':
      checkBytes(kind.value.signature, SIGNATURE_BYTES, 'signature');
      return { kind: 'proof', ref, proof: kind.value };
    case 'ping':
      checkBytes(kind.value.nonce, NONCE_BYTES, 'nonce');
      return { kind: 'ping', ref, nonce: kind.value.nonce };
    case 'pong':
      return { kind: 'pong', ref, nonce: kind.value.nonce };
    case 'history':
      checkRoom(room);
      if (kind.value.limit > HISTORY_ENTRIES_MAX) {
        throw new Fault('BAD_FIELD', { name: 'limit', limit: HISTORY_ENTRIES_MAX });
      }
      return { kind: 'history', ref, room, history: kind.value };
    case 'rosterRequest':
      return { kind: 'rosterRequest', ref, room: checkRoom(room) };
    case 'roomsRequest':
      checkText(kind.value.prefix, NAME_BYTES_MAX, 'prefix');
      checkText(kind.value.after, NAME_BYTES_MAX, 'after');
      return { kind: 'roomsRequest', ref, request: kind.value };
    case undefined:
      throw new Fault('UNSUPPORTED');
    default:
      throw new Fault('UNEXPECTED');
  }
}

/** A room that does not exist and a name that no room can have give the same answer. */
function checkRoom(room: string): string {
  if (!isPublicRoom(room) && !isPrivateRoom(room)) throw new Fault('NO_SUCH_ROOM');
  return room;
}

function checkJoinRoom(room: string): string {
  const recipient = recipientOf(room);
  if (recipient === undefined) {
    if (!isPublicRoom(room) && !isPrivateRoom(room)) throw new Fault('BAD_FIELD', { name: 'room' });
    return room;
  }
  if (recipient === '' || utf8Bytes(recipient) > NAME_BYTES_MAX) throw new Fault('NO_RECIPIENT');
  return room;
}

function checkJoin(join: Join): Join {
  if (join.have !== undefined) checkBytes(join.have.logId, LOG_ID_BYTES, 'have.log_id');
  // Enums are open, and negative numbers have an encoding, too.
  if (join.mode < 0 || join.mode > Mode.SEND_ONLY) throw new Fault('BAD_FIELD', { name: 'mode' });
  return join;
}

function checkChat(chat: Chat): Chat {
  switch (chat.content?.$case) {
    case 'text': {
      const bytes = utf8Bytes(chat.content.value);
      if (bytes === 0) throw new Fault('BAD_FIELD', { name: 'text' });
      if (bytes > TEXT_BYTES_MAX) throw new Fault('TEXT_TOO_LONG', { limit: TEXT_BYTES_MAX });
      return chat;
    }
    case 'sealed':
    case undefined:
      throw new Fault('UNSUPPORTED', { name: 'content' });
  }
}

function checkHello(hello: Hello): Hello {
  if (hello.versionMin === 0 || hello.versionMax < hello.versionMin) {
    throw new Fault('BAD_FIELD', { name: 'version_min' });
  }
  if (hello.capabilities.length > CAPABILITIES_MAX) {
    throw new Fault('BAD_FIELD', { name: 'capabilities', limit: CAPABILITIES_MAX });
  }
  for (const capability of hello.capabilities) checkText(capability, CAPABILITY_BYTES_MAX, 'capabilities');
  checkCredentials(hello);
  checkText(hello.password, PASSWORD_BYTES_MAX, 'password');
  checkText(hello.software, SOFTWARE_BYTES_MAX, 'software');
  checkText(hello.locale, LOCALE_BYTES_MAX, 'locale');
  return hello;
}

/** A name comes with a secret or with a key; without a name there is neither. */
function checkCredentials({ name, secret, key, clientNonce }: Hello): void {
  if (key.length > 0) {
    if (name === '') throw new Fault('BAD_FIELD', { name: 'name' });
    checkBytes(secret, 0, 'secret');
    checkBytes(key, KEY_BYTES, 'key');
    checkBytes(clientNonce, CLIENT_NONCE_BYTES, 'client_nonce');
  } else {
    if (name !== '' || secret.length > 0) checkBytes(secret, SECRET_BYTES, 'secret');
    checkBytes(clientNonce, 0, 'client_nonce');
  }
}

function checkBytes(bytes: Uint8Array, length: number, name: string): void {
  if (bytes.length !== length) throw new Fault('BAD_FIELD', { name, limit: length });
}

function checkText(text: string, bytesMax: number, name: string): void {
  if (utf8Bytes(text) > bytesMax) throw new Fault('BAD_FIELD', { name, limit: bytesMax });
}
