// One Chat on its way: written, then answered.
import { FaultCode, frameOf } from '../../src/protocol/index.ts';
import { type ClientError, Violation } from './errors.ts';
import type { Line, Send } from './line.ts';
import type { Session } from './session.ts';
import type { Stream } from './stream.ts';

export interface ChatRoom {
  readonly name: string;
  readonly line: Line;
  readonly stream: Stream;
}

/**
 * Writes the send that the room's line showed last, and tells the line what becomes of it.
 * @param onAnswered called after that; with the refusal if it stopped the line for a reason that is news
 */
export function writeChat(
  session: Session,
  { name, line, stream }: ChatRoom,
  send: Send,
  onAnswered: (refusal?: ClientError) => void,
): void {
  line.written(send, stream.newest);
  const chat = { content: { $case: 'text', value: send.text }, replyTo: send.replyTo } as const;
  session.ask(frameOf({ $case: 'chat', value: chat }, { room: name, id: send.id }), {
    onAnswer: (answer) => {
      if (answer.$case !== 'stored') throw new Violation(`${answer.$case} answers a Chat`);
      const { seq, time, duplicate } = answer.value;
      stream.exists(seq);
      line.stored(send, seq, time, duplicate);
      line.answered();
      onAnswered();
    },
    onRefused: (error) => {
      if (error.faultClass !== 'retry') {
        line.rejected(send, error);
        line.answered();
        onAnswered();
        return;
      }
      line.refused(send, error);
      line.answered();
      // The refusals of those behind it say nothing new.
      if (error.code === FaultCode.OUT_OF_LINE) onAnswered();
      else onAnswered(error);
    },
  });
}
