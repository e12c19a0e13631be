// The fault table: what each number means and what to do about it.
import { FaultCode } from './gen/kentongan/v1/kentongan.ts';

/** What a fault asks of the client: the thousands digit of its code (docs/protocol.md §12). */
export type FaultClass = 'stay' | 'retry' | 'reconnect' | 'stop';

export type FaultName = Exclude<keyof typeof FaultCode, 'UNSPECIFIED'>;

/** English, for logs. Clients show their own words. */
const TEXTS: Record<FaultName, string> = {
  NAME_TAKEN: 'somebody present has this name',
  NAME_HELD: 'somebody who lost the connection still holds this name',
  NAME_BAD: 'this name is not allowed',
  NAME_CONFUSABLE: 'this name looks like another one',
  NOT_A_MEMBER: 'this session is not in that room',
  NO_SUCH_ROOM: 'there is no such room',
  NO_RECIPIENT: 'no private room can be opened with that user',
  FORBIDDEN: 'not allowed',
  TEXT_TOO_LONG: 'the text is too long',
  ID_REUSED: 'this id stands for another entry',
  UNSUPPORTED: 'the server does not know this',
  TOO_MANY_ROOMS: 'too many rooms',
  ROOM_QUARANTINED: 'the log of this room is damaged',
  NOT_OPEN: 'there is no welcome yet',
  NAME_BOUND: 'this name belongs to a key',
  BAD_FIELD: 'a field is out of its range',
  NOT_NAMED: 'a session without a name can not do this',
  SECRET_USED: 'this secret or key already holds another name',
  TOO_MANY_SESSIONS: 'too many sessions of this user',
  PASSWORD_WRONG: 'the password or invite code is missing or wrong',
  KEY_REQUIRED: 'only names that are bound to a key get in',
  RATE_LIMITED: 'too fast',
  STORAGE_FULL: 'the disk of the server is full',
  STORAGE_READ_ONLY: 'the log can not be written at present',
  NO_QUORUM: 'too few servers are reachable',
  BUSY: 'too much of this is under way',
  PAUSED: 'the room is paused',
  OUT_OF_LINE: 'a message before this one was refused',
  SLOW_READER: 'too little was read in too long a time',
  HELLO_TIMEOUT: 'no hello came in time',
  SERVER_BUSY: 'the server has no place for this connection',
  DRAINING: 'the server is stopping',
  MOVED: 'another server has this',
  INTERNAL: 'a defect of the server',
  BAD_FRAME: 'bytes that are no frame',
  FRAME_TOO_LARGE: 'the frame is too large',
  BAD_PONG: 'a pong that answers no outstanding ping',
  UNEXPECTED: 'a frame that has no place here',
  VERSION: 'no common version',
  TLS_REQUIRED: 'this server does not talk in plain',
  AUTH_FAILED: 'the proof is wrong',
  REPLACED: 'the same user connected again',
  BANNED: 'not allowed here',
};

const NAMES = new Map<number, FaultName>(
  Object.entries(FaultCode).flatMap(([name, code]) =>
    code === 0 ? [] : [[code, name as FaultName] as const],
  ),
);

/** The name of a code, or `FAULT_<code>` for one that this version does not know. */
export function faultName(code: number): string {
  return NAMES.get(code) ?? `FAULT_${code}`;
}

/** The class of any code, known or not. Codes outside 1000–4999 are treated as `stop`. */
export function faultClass(code: number): FaultClass {
  switch (Math.floor(code / 1000)) {
    case 1:
      return 'stay';
    case 2:
      return 'retry';
    case 3:
      return 'reconnect';
    default:
      return 'stop';
  }
}

/** Whether the server ends the session after a fault with this code. */
export function faultCloses(code: number): boolean {
  const what = faultClass(code);
  return what === 'reconnect' || what === 'stop';
}

/** What a fault may say beside its code; the fields of the message Fault. */
export interface FaultDetails {
  readonly retryAfterMs?: number;
  readonly limit?: number;
  readonly seq?: number;
  readonly name?: string;
  /** In place of what is usually said of this fault. */
  readonly text?: string;
}

/** A refusal, thrown inside a session and sent to its client. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly details: FaultDetails;

  constructor(name: FaultName, details: FaultDetails = {}) {
    super(details.text ?? TEXTS[name]);
    this.name = 'Fault';
    this.code = FaultCode[name];
    this.details = details;
  }
}
