// What a room needs of its client.
import type { EventEmitter } from 'eventemitter3';
import type { ClientEvents, RoomView } from './api.ts';
import type { ClientError } from './errors.ts';
import type { Room } from './room.ts';
import type { Session } from './session.ts';
import type { SdkClock } from './transport.ts';

export interface RoomHost {
  readonly emitter: EventEmitter<ClientEvents>;
  readonly clock: SdkClock;
  /** The open session. */
  session(): Session | undefined;
  /** The room may have something to send, or something else may go now that an answer came. */
  onReady(room: Room): void;
  /** A send of this room is no longer on the wire. */
  onAnswered(cost: number): void;
  /** The room has entered, so that it can be asked about. */
  onEntered(room: Room): void;
  /** The server's name for a room that was asked for by another one. The result: who has that name already. */
  onNamed(room: Room, name: string): Room | undefined;
  onGone(room: Room, error: ClientError): void;
  viewOf(room: Room): RoomView;
}
