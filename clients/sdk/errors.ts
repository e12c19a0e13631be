// What can go wrong for a client, as codes. Nobody needs to read a message text.
import { type FaultClass, type FaultMessage, faultClass, faultName } from '../../src/protocol/index.ts';

/**
 * What happened:
 * - `fault`: the server refused; `code` says why and its thousands digit what to do
 * - `closed`: `ChatClient.close()` was called, before or while this was under way
 * - `left`: the room was left before this was answered
 * - `log-changed`: the room's log is another one than before (NEW_LOG). Whether an old send was stored in the
 *   old one is unknown: ask the person before sending it again
 * - `log-truncated`: the part of the log in which this send may stand no longer exists; ask the person, too
 * - `unreachable`: no connection came about
 * - `disconnected`: the connection ended
 * - `silent`: the server said nothing for longer than it promised
 * - `protocol`: the server broke the rules of the protocol
 * - `tls`: somebody is there, but no protected connection came about; `tlsProblem` says why
 * - `untrusted`: the server's certificate is not the expected one, or could not be judged (then `cause` says why).
 *   Nothing was sent to it. Final: somebody has to decide; `certificate` has what they need
 * - `no-proof`: the server asks for a proof of the key and none can be given: nothing that it accepts ties it to this
 *   connection, or `ClientIdentity.sign` failed (then with a `cause`). Final
 */
export type ClientErrorReason =
  | 'fault'
  | 'closed'
  | 'left'
  | 'log-changed'
  | 'log-truncated'
  | 'unreachable'
  | 'disconnected'
  | 'silent'
  | 'protocol'
  | 'tls'
  | 'untrusted'
  | 'no-proof';

/**
 * - `not-tls`: what it says is no TLS
 * - `other-protocol`: TLS, but not for us: ALPN did not agree on `kentongan/1`
 * - `refused`: it ended the handshake with an alert (no common version, for instance)
 * - `timeout`: the handshake did not come to an end
 */
export type TlsProblem = 'not-tls' | 'other-protocol' | 'refused' | 'timeout';

/** A certificate that was not accepted. Fingerprints are SHA-256 of the DER form, 64 lower-case hexadecimal digits. */
export interface RefusedCertificate {
  /** As it was dialled. */
  readonly host: string;
  readonly port: number;
  readonly presented: string;
  /** '' when no judgement came about (`by` nobody), or any that the system's authorities vouch for (`by` pin). */
  readonly expected: string;
  /** Who expected it: an earlier connection (`pin`), or the link that invited. */
  readonly by: 'pin' | 'invite' | 'nobody';
}

/** The fields of a Fault message that say more than its code; 0 and '' where it said nothing. */
export interface ClientErrorDetails {
  /** A fault's number, 0 = this is no fault of the server's. */
  readonly code?: number;
  /** The room that this is about, '' = the connection. */
  readonly room?: string;
  /** Milliseconds to wait before the same may succeed. */
  readonly retryAfterMs?: number;
  /** The limit that was exceeded, in its own unit. */
  readonly limit?: number;
  /** The entry that this is about. */
  readonly seq?: number;
  /** The name or the field that this is about. */
  readonly about?: string;
  /** Of a send: that it is surely not stored. */
  readonly unstored?: boolean;
  readonly tlsProblem?: TlsProblem | undefined;
  readonly certificate?: RefusedCertificate | undefined;
  readonly cause?: unknown;
}

/** Every rejection of the SDK and the cause of every end of a connection. `message` is English, for logs. */
export class ClientError extends Error {
  readonly reason: ClientErrorReason;
  /** FaultCode, perhaps one that this version does not know; 0 unless `reason` is `fault`. */
  readonly code: number;
  readonly room: string;
  readonly retryAfterMs: number;
  readonly limit: number;
  readonly seq: number;
  readonly about: string;
  /** Of a send: it is surely not stored. False: that is not known, or this is about no send. */
  readonly unstored: boolean;
  /** With `tls`. */
  readonly tlsProblem: TlsProblem | undefined;
  /** With `untrusted`. */
  readonly certificate: RefusedCertificate | undefined;

  constructor(reason: ClientErrorReason, message: string, details: ClientErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ClientError';
    this.reason = reason;
    this.code = details.code ?? 0;
    this.room = details.room ?? '';
    this.retryAfterMs = details.retryAfterMs ?? 0;
    this.limit = details.limit ?? 0;
    this.seq = details.seq ?? 0;
    this.about = details.about ?? '';
    this.unstored = details.unstored ?? false;
    this.tlsProblem = details.tlsProblem;
    this.certificate = details.certificate;
  }

  /** The class of a fault (`stay`, `retry`, `reconnect`, `stop`); undefined for everything else. */
  get faultClass(): FaultClass | undefined {
    return this.reason === 'fault' ? faultClass(this.code) : undefined;
  }
}

/** The same error, of a send that is surely not stored. */
export function asUnstored(error: ClientError): ClientError {
  return new ClientError(error.reason, error.message, { ...error, cause: error.cause, unstored: true });
}

/** A Fault from the server, as an error. */
export function errorOfFault(fault: FaultMessage, room: string): ClientError {
  const text = fault.text === '' ? '' : `: ${fault.text}`;
  return new ClientError('fault', `${faultName(fault.code)}${text}`, {
    code: fault.code,
    room,
    retryAfterMs: fault.retryAfterMs,
    limit: fault.limit,
    seq: fault.seq,
    about: fault.name,
  });
}

/** A refusal that the SDK foresees: the same error as if the server had been asked. */
export function foreseen(code: number, details: Omit<ClientErrorDetails, 'code'> = {}): ClientError {
  return new ClientError('fault', faultName(code), { ...details, code });
}

/** The server broke a rule. Thrown while a frame is taken; ends the session, never leaves the SDK. */
export class Violation extends Error {}

/** Why a session is ended from this side: what was broken, as an error for the application. */
export function asEnd(error: unknown): ClientError {
  if (error instanceof ClientError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ClientError('protocol', message, { cause: error });
}

/** What a transport says of its end. A ClientError says already all that there is to say. */
export function lossOf(reason: 'unreachable' | 'disconnected', error: Error | undefined): ClientError {
  if (error === undefined) return new ClientError(reason, 'the server ended the connection');
  return error instanceof ClientError ? error : new ClientError(reason, error.message, { cause: error });
}
