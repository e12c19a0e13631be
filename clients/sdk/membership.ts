// A Join or a Leave on its way: written, then answered.
import { type Join, type Joined, type Frame, frameOf, type Left, Reason } from '../../src/protocol/index.ts';
import { type ClientError, Violation } from './errors.ts';
import type { Session, SystemKind } from './session.ts';

/** What becomes of it. */
export interface Answered<Answer> {
  /** `room`: the name that the server has for it. */
  onDone(answer: Answer, room: string): void;
  /** Refused for now: it is to be repeated. */
  onDeferred(error: ClientError): void;
  /** Refused for good. */
  onRefused(error: ClientError): void;
}

export function writeJoin(session: Session, room: string, join: Join, answered: Answered<Joined>): void {
  ask(session, frameOf({ $case: 'join', value: join }, { room }), answered, (answer) => {
    if (answer.$case !== 'joined') throw new Violation(`${answer.$case} answers a Join`);
    return answer.value;
  });
}

export function writeLeave(session: Session, room: string, answered: Answered<Left>): void {
  const leave = { reason: Reason.UNSPECIFIED, by: undefined, text: '' };
  ask(session, frameOf({ $case: 'leave', value: leave }, { room }), answered, (answer) => {
    if (answer.$case !== 'left') throw new Violation(`${answer.$case} answers a Leave`);
    return answer.value;
  });
}

function ask<Answer>(
  session: Session,
  frame: Frame,
  answered: Answered<Answer>,
  read: (answer: SystemKind) => Answer,
): void {
  session.ask(frame, {
    onAnswer: (answer, room) => answered.onDone(read(answer), room),
    onRefused: (error) => {
      if (error.faultClass === 'retry') answered.onDeferred(error);
      else answered.onRefused(error);
    },
  });
}
