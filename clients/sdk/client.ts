// The client that applications hold: rooms, questions and events over one connection that comes back by itself.
import { EventEmitter } from 'eventemitter3';
import { type Frame, limits, type RoomInfo, systemFrame, type Welcome } from '../../src/protocol/index.ts';
import type {
  ClientEvents,
  ClientOptions,
  ClientState,
  JoinOptions,
  ReconnectOptions,
  RoomView,
} from './api.ts';
import { Connector } from './connector.ts';
import { authorOf } from './entry.ts';
import { ClientError, errorOfFault, Violation } from './errors.ts';
import { greetingOf } from './hello.ts';
import { Ids } from './ids.ts';
import { limitsOf } from './limits.ts';
import { Outbox } from './outbox.ts';
import { Queries, type Query } from './queries.ts';
import { realClock, realRandom } from './real-clock.ts';
import { Room } from './room.ts';
import type { RoomHost } from './room-host.ts';
import { View } from './room-view.ts';
import type { Session } from './session.ts';
import { promised, type Waiter, Waiters } from './settle.ts';

const RECONNECT: ReconnectOptions = { minMs: 1_000, maxMs: 30_000 };

/**
 * One user's client. It lives from `connect()` to `close()`, across any number of connections: rooms are entered
 * again where their positions are, and what was sent without a receipt is sent again, in order and under the same
 * ids, so that nothing is lost or doubled.
 *
 * Events come in the order of what the server said, from within its bytes' arrival; a Ping is answered when all
 * before it was emitted. Register listeners before `join()`: entries may come before its promise is looked at.
 */
export class ChatClient extends EventEmitter<ClientEvents> {
  readonly #connector: Connector;
  readonly #ids: Ids;
  readonly #outbox = new Outbox();
  readonly #queries = new Queries();
  /** By the name on the wire, or as asked for until the server has said it. */
  readonly #rooms = new Map<string, Room>();
  readonly #host: RoomHost;
  readonly #connecting = new Waiters<Welcome>();
  #closing: Promise<void> | undefined;
  #textBytesMax: number = limits.TEXT_BYTES_MAX;

  constructor(options: ClientOptions) {
    super();
    const {
      dial,
      clock = realClock,
      random = realRandom,
      reconnect = RECONNECT,
      heldRetry = false,
    } = options;
    this.#ids = new Ids(clock, random);
    this.#host = this.#createHost(clock);
    this.#connector = new Connector(
      { dial, clock, random, greet: () => greetingOf(options, random), reconnect, heldRetry },
      {
        onOpen: (session, welcome) => this.#onOpen(session, welcome),
        onFrame: (frame) => this.#onFrame(frame),
        onPonged: () => this.#onPonged(),
        onLost: () => this.#onLost(),
        onState: (state) => this.#onState(state),
      },
    );
  }

  get state(): ClientState {
    return this.#connector.state;
  }

  /**
   * Opens the first session; later ones open by themselves.
   * Rejects with ClientError when that is pointless (name refused, class 4xxx, no server of ours), with the cause
   * of the loss when `reconnect` is false, and when the client is or gets closed. It waits through everything else:
   * watch `state` to tell people.
   */
  connect(): Promise<Welcome> {
    return promised((waiter) => {
      const { state } = this;
      if (state.at === 'open') {
        waiter.resolve(state.welcome);
      } else if (state.at === 'closed') {
        waiter.reject(state.cause ?? closedError());
      } else {
        this.#connecting.add(waiter);
        this.#connector.start();
      }
    });
  }

  /**
   * Enters a public room, or with `@name` the private one with that user. Resolves when the members are known,
   * too; a room that this client is in already is the same view, whatever the options. Waits for the connection.
   * Rejects with ClientError: the refusal, or as the view's `send`.
   */
  join(room: string, options: JoinOptions = {}): Promise<RoomView> {
    return promised((waiter) => this.#join(room, options, waiter));
  }

  /** The public rooms whose names begin with `prefix`, in order of their names. Waits for the connection. */
  rooms(prefix = ''): Promise<RoomInfo[]> {
    return promised((waiter) => {
      const { state } = this.#connector;
      if (state.at === 'closed') waiter.reject(state.cause ?? closedError());
      else this.#askRooms(prefix, [], waiter);
    });
  }

  /**
   * Stops delivering: nothing is emitted and no Ping answered until `resume()`, for an application whose own
   * output is behind. What waits meanwhile is bounded by the server's window; a pause longer than
   * `Welcome.stall_ms` costs the connection, never an entry.
   */
  pause(): void {
    this.#connector.pause();
  }

  /** Delivers what waited, from within this call. */
  resume(): void {
    this.#connector.resume();
  }

  /**
   * Ends the client. Whatever is pending rejects with `closed`; what is written already is flushed. This is no
   * Leave: the name and the places are held for the server's grace, for a next client with the same secret.
   */
  close(): Promise<void> {
    this.#closing ??= promised((waiter) => this.#connector.close(() => waiter.resolve()));
    return this.#closing;
  }

  #createHost(clock: RoomHost['clock']): RoomHost {
    return {
      emitter: this,
      clock,
      session: () => this.#connector.session,
      onReady: (room) => {
        this.#outbox.onReady(room);
        this.#pump();
      },
      onAnswered: (cost) => this.#outbox.onAnswered(cost),
      onEntered: (room) => {
        this.#pumpQueries();
        this.#outbox.onReady(room);
        this.#pump();
      },
      onNamed: (room, name) => {
        if (this.#rooms.get(room.name) === room) this.#rooms.delete(room.name);
        const known = this.#rooms.get(name);
        if (known === undefined) this.#rooms.set(name, room);
        return known;
      },
      onGone: (room, error) => {
        if (this.#rooms.get(room.name) === room) this.#rooms.delete(room.name);
        this.#queries.rejectOf(room, error);
        this.#pumpQueries();
      },
      viewOf: (room) =>
        new View(room, {
          textBytesMax: () => this.#textBytesMax,
          newId: () => this.#ids.next(),
          onReady: (ready) => this.#host.onReady(ready),
          ask: (query) => this.#ask(query),
        }),
    };
  }

  #join(name: string, options: JoinOptions, waiter: Waiter<RoomView>): void {
    const { state, session } = this.#connector;
    if (state.at === 'closed') {
      waiter.reject(state.cause ?? closedError());
      return;
    }
    const known = this.#rooms.get(name);
    if (known?.ended !== undefined) {
      // On its way out: the way in begins behind that.
      known.leave({
        resolve: () => this.#join(name, options, waiter),
        reject: (error) => waiter.reject(error),
      });
      return;
    }
    const room = known ?? new Room(name, options, this.#host);
    room.awaitEntered(waiter);
    if (known !== undefined) return;
    this.#rooms.set(name, room);
    if (session !== undefined && state.at === 'open') room.attach(session, state.welcome);
  }

  #onOpen(session: Session, welcome: Welcome): void {
    this.#textBytesMax = limitsOf(welcome).textBytes;
    for (const room of Array.from(this.#rooms.values())) room.attach(session, welcome);
    this.#queries.pump(session);
  }

  #onLost(): void {
    for (const room of this.#rooms.values()) room.detach();
    this.#queries.detach();
  }

  #onPonged(): void {
    for (const room of this.#rooms.values()) room.line.ponged();
  }

  #onState(state: ClientState): void {
    if (state.at === 'open') {
      this.#connecting.resolve(state.welcome);
    } else if (state.at === 'closed') {
      this.#rejectAll(state.cause ?? closedError());
    }
    this.emit('state', state);
  }

  #onFrame(frame: Frame): void {
    const system = frame.kind?.$case === 'system' ? frame.kind.value.kind : undefined;
    switch (system?.$case) {
      case 'direct': {
        const { peer, newest, time } = system.value;
        if (peer === undefined) return;
        this.emit('direct', { room: frame.room, peer: authorOf(peer), newest, time });
        return;
      }
      case 'draining':
        this.#connector.drain(system.value.retryAfterMs);
        this.emit('draining', system.value.retryAfterMs);
        return;
      case 'fault':
        this.emit('fault', errorOfFault(system.value, frame.room));
        return;
      default:
        this.#rooms.get(frame.room)?.take(frame);
    }
  }

  #pump(): void {
    const { session, draining } = this.#connector;
    // A draining server answers what it has; the rest waits for the next one.
    if (session !== undefined && !draining) this.#outbox.pump(session);
  }

  #ask(query: Query): void {
    this.#queries.add(query);
    this.#pumpQueries();
  }

  #pumpQueries(): void {
    const { session } = this.#connector;
    if (session !== undefined) this.#queries.pump(session);
  }

  #askRooms(prefix: string, before: readonly RoomInfo[], waiter: Waiter<RoomInfo[]>): void {
    const after = before.at(-1)?.room ?? '';
    this.#ask({
      subject: undefined,
      frame: () => systemFrame({ $case: 'roomsRequest', value: { prefix, after } }),
      onAnswer: (answer) => {
        if (answer.$case !== 'rooms') throw new Violation(`${answer.$case} answers a RoomsRequest`);
        const all = [...before, ...answer.value.rooms];
        if (answer.value.last || answer.value.rooms.length === 0) waiter.resolve(all);
        else this.#askRooms(prefix, all, waiter);
      },
      onRefused: (error) => waiter.reject(error),
    });
  }

  #rejectAll(error: ClientError): void {
    this.#connecting.reject(error);
    for (const room of Array.from(this.#rooms.values())) room.close(error);
    this.#queries.rejectAll(error);
  }
}

function closedError(): ClientError {
  return new ClientError('closed', 'the client was closed');
}
