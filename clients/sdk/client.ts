import { EventEmitter } from 'eventemitter3';
import type { RoomInfo, Welcome } from '../../src/protocol/index.ts';
import type { ClientEvents, ClientOptions, ClientState, JoinOptions, RoomView } from './api.ts';
import { ClientError } from './errors.ts';

export class ChatClient extends EventEmitter<ClientEvents> {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    super();
    this.#options = options;
  }

  get state(): ClientState {
    return { at: 'idle' };
  }

  connect(): Promise<Welcome> {
    return Promise.reject(new ClientError('closed', this.#options.name));
  }

  join(room: string, options: JoinOptions = {}): Promise<RoomView> {
    return Promise.reject(new ClientError('closed', `${room} ${options.last}`));
  }

  rooms(prefix = ''): Promise<RoomInfo[]> {
    return Promise.reject(new ClientError('closed', prefix));
  }

  /** Stops delivering: nothing is emitted and no Ping answered until `resume`. What waits is bounded by the window. */
  pause(): void {}

  resume(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }
}
