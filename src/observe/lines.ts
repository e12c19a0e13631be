// What happens, as lines for people.
import { FaultCode, faultCloses, faultName } from '../protocol/index.ts';
import type { OperatorEvent } from './operator-event.ts';
import { withLook } from './look.ts';
import { isUnstored } from './unstored.ts';
import { fill, type TextKey, type Texts, type TextValues } from '../texts/texts.ts';

const MIB = 1_048_576;

/** A line, and whether it is still wanted when only warnings are. */
export interface Line {
  readonly text: string;
  readonly warning: boolean;
}

/** The line for an event, or undefined: people are not told about this one. Its values are escaped. */
export function lineOf(event: OperatorEvent, texts: Texts): Line | undefined {
  if (event.event === 'certificate-failed' || event.event === 'password-failed') {
    const reason = fill(texts[event.key], event.values);
    return { text: fill(texts[`event.${event.event}`], { reason }), warning: true };
  }
  const told = tell(event);
  if (told === undefined) return undefined;
  const [key, values, warning = false] = told;
  const { name } = values;
  const shown = typeof name === 'string' ? { ...values, name: withLook(name) } : values;
  return { text: fill(texts[key], shown), warning };
}

type Told = readonly [key: TextKey, values: TextValues, warning?: boolean];

function tell(event: OperatorEvent): Told | undefined {
  switch (event.event) {
    case 'joined':
      return ['event.joined', event];
    case 'left':
      return [`event.left.${event.reason}`, event];
    case 'refused':
      return refused(event);
    case 'closed':
      return closed(event);
    default:
      return tellServer(event);
  }
}

function closed(event: Extract<OperatorEvent, { event: 'closed' }>): Told | undefined {
  const { code, name } = event;
  if (code === 0 || code === FaultCode.DRAINING || name === '') return undefined;
  return ['event.closed', { ...event, fault: `${faultName(code)} (${code})` }];
}

function refused(event: Extract<OperatorEvent, { event: 'refused' }>): Told | undefined {
  // A server that stops has said so, and who is disconnected gets that one line.
  if (event.code === FaultCode.DRAINING || (event.name !== '' && faultCloses(event.code))) return undefined;
  if (isUnstored(event.code)) return undefined;
  const fault = `${event.fault} (${event.code})`;
  const key = event.name === '' ? 'refused' : event.room === '' ? 'refused.named' : 'refused.room';
  return [`event.${key}`, { ...event, fault }];
}

/** What has no line is not counted in one either: connections, and those who tried to have something stored. */
function suppressed({ what, ...event }: Extract<OperatorEvent, { event: 'suppressed' }>): Told | undefined {
  const count = event.count - event.unstored;
  if (count === 0 || what === 'connections') return undefined;
  return [`event.suppressed.${what}`, { count }, what === 'troubles'];
}

function tellServer(event: OperatorEvent): Told | undefined {
  switch (event.event) {
    case 'suppressed':
      return suppressed(event);
    case 'announced':
      return ['event.announced', event];
    case 'erased':
      return ['event.erased', event];
    case 'room-quarantined':
      return ['event.room-quarantined', event, true];
    case 'position-refused':
      return ['event.position-refused', event, true];
    case 'append-failed':
      if (isUnstored(FaultCode[event.failure])) return undefined;
      return ['event.append-failed', { room: event.room, fault: event.failure }, true];
    case 'defect':
      return ['event.defect', {}, true];
    case 'log-trouble':
      return ['event.log-trouble', event, true];
    case 'log-position-lost':
      return ['event.log-position-lost', event, true];
    case 'log-recovered':
      return ['event.log-recovered', event, true];
    case 'listener-failed':
      return ['event.listener-failed', event, true];
    default:
      return tellAccess(event) ?? tellStorage(event);
  }
}

/** Nothing here says what anybody has to know to come in. */
function tellAccess(event: OperatorEvent): Told | undefined {
  switch (event.event) {
    case 'stranger':
    case 'no-place':
    case 'plain-refused':
    case 'tls-failed':
    case 'name-bound':
    case 'name-released':
    case 'name-expired':
    case 'invites-revoked':
    case 'certificate-made':
    case 'certificate-reloaded':
    case 'invite-made':
    case 'password-reloaded':
      return [`event.${event.event}`, event];
    case 'password-readable':
    case 'connections-capped':
      return [`event.${event.event}`, event, true];
    default:
      return undefined;
  }
}

function tellStorage(event: OperatorEvent): Told | undefined {
  switch (event.event) {
    case 'room-damaged':
      return [event.to === 0 ? 'event.room-damaged' : 'event.room-damaged.entries', event, true];
    case 'storage-full':
      return ['event.storage-full', { free: Math.floor(event.freeBytes / MIB) }, true];
    case 'storage-recovered':
      return ['event.storage-recovered', {}, true];
    case 'storage-failed':
      return ['event.storage-failed', event, true];
    case 'mark-unreadable':
      return ['event.mark-unreadable', event, true];
    default:
      return undefined;
  }
}
