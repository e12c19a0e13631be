// Everything that an operator may want to know: what the core and the engine tell, and what happens around them.
import type { ServerEvent } from '../core/ports.ts';
import type { TextKey, TextValues } from '../texts/texts.ts';
import type { StorageEvent } from '../roomlog/sqlite/events.ts';

/** The certificate, or the password, could not be read again: the old one holds. */
export interface ReloadFailure {
  readonly event: 'certificate-failed' | 'password-failed';
  /** Why, as people are told it. */
  readonly key: TextKey;
  readonly values: TextValues;
}

/**
 * What clients can bring about as often as they like, and is not always told: what is refused; connections before their
 * Welcome; who comes and goes; what is wrong.
 */
export const THROTTLED = ['refusals', 'connections', 'visits', 'troubles'] as const;
export type Throttled = (typeof THROTTLED)[number];

/** Never holds the text of a message, nor what somebody has to know to come in. */
export type OperatorEvent =
  | ServerEvent
  | StorageEvent
  | {
      readonly event: 'started';
      readonly version: string;
      readonly pid: number;
      readonly address: string;
      readonly port: number;
      readonly data: string;
      readonly engine: string;
      readonly durability: string;
    }
  | { readonly event: 'stopping' }
  /** `complete`: everything was delivered. */
  | { readonly event: 'stopped'; readonly complete: boolean }
  /** Closed because its first byte was none of this protocol. */
  | { readonly event: 'stranger'; readonly address: string }
  /** Closed because the server has as many connections as it takes. */
  | { readonly event: 'no-place'; readonly address: string }
  /** So many events are not told, because there were too many of their kind; `unstored` of them are refusals because of the disk. */
  | {
      readonly event: 'suppressed';
      readonly what: Throttled;
      readonly count: number;
      readonly unstored: number;
    }
  | { readonly event: 'announced'; readonly room: string; readonly seq: number }
  /** What entry `of` said is gone; `seq` is the entry that says so. */
  | { readonly event: 'erased'; readonly room: string; readonly of: number; readonly seq: number }
  | { readonly event: 'log-trouble'; readonly path: string; readonly reason: string }
  | { readonly event: 'log-recovered'; readonly path: string; readonly retries: number }
  /** Nothing said which entries chat.log has, so that so many old ones were not written to it. */
  | { readonly event: 'log-position-lost'; readonly path: string; readonly count: number }
  /** Lines of the operator log that were given up because it could not be written. */
  | { readonly event: 'log-dropped'; readonly count: number }
  | { readonly event: 'logs-reopened' }
  /** Closed because it was not encrypted and came from elsewhere. */
  | { readonly event: 'plain-refused'; readonly address: string }
  /** Closed because its TLS handshake failed. */
  | { readonly event: 'tls-failed'; readonly address: string; readonly reason: string }
  /** The process may have so few descriptors that there are not as many connections as were wanted. */
  | {
      readonly event: 'connections-capped';
      readonly wanted: number;
      readonly connections: number;
      readonly descriptors: number;
    }
  | { readonly event: 'certificate-made'; readonly path: string }
  | { readonly event: 'certificate-reloaded'; readonly fingerprint: string }
  | ReloadFailure
  | { readonly event: 'password-reloaded' }
  /** Others than its owner may read the file. */
  | { readonly event: 'password-readable'; readonly path: string }
  | { readonly event: 'invite-made'; readonly number: number }
  | { readonly event: 'invites-revoked'; readonly count: number }
  | { readonly event: 'listener-failed'; readonly reason: string };

/** Takes what the engine tells of its storage. */
export type StorageObserve = (event: StorageEvent) => void;

/** Takes every event. */
export type OperatorObserve = (event: OperatorEvent) => void;
