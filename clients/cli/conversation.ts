// Owns a conversation: the rooms of one client, what it reports, and what the person wants of it.
import { Durability, hexOf, PresenceState, Reason, Status, type Welcome } from '../../src/protocol/index.ts';
import type {
  ChatClient,
  ClientState,
  DirectInfo,
  Entry,
  JoinedInfo,
  JoinOptions,
  LeftInfo,
  RoomView,
} from '../sdk/index.ts';
import { type Circumstances, exitCodeOf } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import type { UserFile } from './user-file.ts';
import { PositionKeeper } from './position-keeper.ts';
import { PrivateNews } from './private-news.ts';
import { PromptState } from './prompt-state.ts';
import { safeText } from './safe-text.ts';
import { CONTEXT_ENTRIES, ShownRoom } from './shown-room.ts';
import { Speech } from './speech.ts';
import { addressText, type Target } from './target.ts';
import { type Display, Teller } from './teller.ts';
import type { Texts } from './texts.ts';
import { isExposed } from './who.ts';
import { within } from './within.ts';

/** Where the conversation is, and as whom. */
export type Place = Target & Circumstances;

/** The part of ChatClient that a conversation uses. */
export type ConversationClient = Pick<ChatClient, 'on' | 'state' | 'join' | 'rooms' | 'close'>;

export interface ConversationOptions {
  readonly client: ConversationClient;
  readonly display: Display;
  readonly userFile: UserFile;
  readonly place: Place;
  readonly texts: Texts;
  /**
   * For input that nobody watches: how long entering the room, and at the end what is not stored, is waited for;
   * the exit code tells then whether all of the input was done. Undefined: a person leaves when it wants to.
   */
  readonly patienceMs?: number | undefined;
}

/** More missed entries than this are left out; /history has them. */
const MISSED_ENTRIES_MAX = 500;
/** Waiting at the end that takes longer than this is said. */
const WAIT_SHOWN_AFTER_MS = 1_000;
/** How long what was missed in one room keeps other rooms waiting. */
const BACKLOG_MS = 3_000;
/** How long leaving may take. */
const LEAVE_TIMEOUT_MS = 3_000;

/**
 *     before ──start()──► here ──quit() or the client's end──► over
 */
export class Conversation {
  readonly client: ConversationClient;
  readonly teller: Teller;
  /** Resolves with the exit code when the conversation is over. */
  readonly over: Promise<number>;
  readonly speech: Speech;
  readonly #patienceMs: number | undefined;
  readonly #prompt: PromptState;
  readonly #keeper: PositionKeeper;
  readonly #userFile: UserFile;
  readonly #place: Place;
  readonly #rooms = new Map<string, ShownRoom>();
  /** Users of whom it was said that their connection is lost. */
  readonly #held = new Set<string>();
  readonly #end: (exitCode: number) => void;
  #phase: 'before' | 'here' | 'over' = 'before';
  readonly #news = new PrivateNews((info) => this.#openPrivate(info));
  /** What was said before is on the screen: private rooms do not come in between. */
  #backlog: Promise<unknown> = Promise.resolve();
  #isServerStopping = false;
  #isWarned = false;
  #active: ShownRoom | undefined;

  constructor({ client, display, userFile, place, texts, patienceMs }: ConversationOptions) {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.over = promise;
    this.#end = resolve;
    this.client = client;
    this.teller = new Teller(display, place, texts);
    this.#prompt = new PromptState((prompt) => display.prompt(prompt), texts.chat);
    this.speech = new Speech(this.teller, patienceMs === undefined, (count) => this.#prompt.unsent(count));
    this.#keeper = new PositionKeeper(userFile, (error) => this.teller.complain(error));
    this.#userFile = userFile;
    this.#place = place;
    this.#patienceMs = patienceMs;
    client.on('state', (state) => this.#onState(state));
    client.on('joined', (room, info) => this.#onJoined(room, info));
    client.on('entry', (entry, room) => this.#onEntry(entry, room));
    client.on('left', (info) => this.#onLeft(info));
    client.on('presence', (room, user, state) => this.#onPresence(room, user, state));
    client.on('direct', (info) => this.#news.take(info));
    client.on('gap', () => this.teller.remark(texts.chat.gap));
    client.on('fault', (error) => this.teller.fault(error));
    client.on('draining', () => this.#onDraining());
  }

  /** Begins after the Welcome: enters the room. One that can not be entered is said, not thrown. */
  async start(welcome: Welcome): Promise<void> {
    const { chat } = this.teller.texts;
    this.#phase = 'here';
    this.teller.self = hexOf(welcome.user);
    const address = safeText(addressText(this.#place));
    this.teller.remark(chat.welcome(safeText(welcome.name), safeText(this.#place.room), address), 'strong');
    if (isExposed(this.#place)) this.teller.remark(this.teller.texts.security.exposed, 'alarm');
    if (welcome.logsPrivate) this.teller.remark(chat.logsPrivate);
    this.teller.remark(chat.welcomeHelp);
    this.#prompt.show();
    this.activate(await this.#enterFirst());
    this.#news.begin();
  }

  async #enterFirst(): Promise<ShownRoom | undefined> {
    const patienceMs = this.#patienceMs;
    let isSettled = false;
    const opened = this.open(this.#place.room).finally(() => (isSettled = true));
    if (patienceMs !== undefined) {
      await within(patienceMs, opened);
      if (!isSettled) {
        const { chat } = this.teller.texts;
        this.speech.refuse(chat.notEntered(safeText(this.#place.room), Math.ceil(patienceMs / 1_000)));
        void this.quit();
      }
    }
    const room = await opened;
    if (room === undefined) this.speech.miss();
    return room;
  }

  /** The room that typing goes to. */
  get active(): ShownRoom | undefined {
    return this.#active;
  }

  get rooms(): ShownRoom[] {
    return [...this.#rooms.values()];
  }

  activate(room: ShownRoom | undefined): void {
    this.#active = room;
    this.#prompt.room(room);
  }

  /** An entered room by its name, or by `@` and the name of the other one. */
  find(room: string): ShownRoom | undefined {
    if (!room.startsWith('@')) return this.#rooms.get(room);
    return this.rooms.find(({ view }) => view.peer?.name === room.slice(1));
  }

  /** Enters a room, or finds the one that is entered already. Undefined: it was refused, which is said. */
  async open(room: string): Promise<ShownRoom | undefined> {
    const known = this.find(room);
    if (known !== undefined) return known;
    const have = this.#userFile.position(room);
    const options: JoinOptions =
      have === undefined ? { last: CONTEXT_ENTRIES } : { have, last: MISSED_ENTRIES_MAX };
    try {
      const view = await this.client.join(room, options);
      return this.#rooms.get(view.room);
    } catch (error) {
      if (this.#phase === 'here') this.teller.complain(error);
      return undefined;
    }
  }

  /** Leaves a room; that it is left is said when it is. */
  async leave(room: ShownRoom): Promise<void> {
    await room.view.leave();
    this.#forget(room);
  }

  /** Shows entries of a room. */
  printEntries(room: ShownRoom, entries: readonly Entry[]): void {
    const isNamed = this.rooms.filter(({ isPrivate }) => !isPrivate).length > 1;
    for (const entry of entries) {
      this.teller.entry(entry, room, isNamed);
      room.shown(entry);
    }
  }

  /** Ends when all is stored that was said, or patience is at its end. */
  async goodbye(): Promise<void> {
    const patienceMs = this.#patienceMs;
    if (patienceMs !== undefined && this.#phase === 'here') {
      const settled = Promise.race([this.speech.empty(), this.over]);
      await within(WAIT_SHOWN_AFTER_MS, settled);
      if (this.speech.count > 0 && this.#isHere) {
        const { chat } = this.teller.texts;
        this.teller.remark(chat.waiting(this.speech.count, Math.ceil(patienceMs / 1_000)));
        await within(patienceMs, settled);
      }
    }
    return this.quit();
  }

  /** Leaves all rooms behind what was said in them, as long as that takes a few seconds at most, and ends. */
  async quit(exitCode: number = EXIT.OK): Promise<void> {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.speech.end();
    if (this.client.state.at === 'open') {
      await within(LEAVE_TIMEOUT_MS, Promise.allSettled(this.rooms.map(({ view }) => view.leave())));
    }
    return this.#conclude(exitCode);
  }

  async #conclude(exitCode: number): Promise<void> {
    this.#phase = 'over';
    this.speech.end();
    this.#prompt.over();
    this.#keeper.flush();
    const closed = this.client.close();
    // Closing decides what is undecided.
    await within(LEAVE_TIMEOUT_MS, this.speech.empty());
    this.speech.tell();
    await within(LEAVE_TIMEOUT_MS, closed);
    this.#end(exitCode === EXIT.OK && !this.speech.isWhole ? EXIT.FAILURE : exitCode);
  }

  get #isHere(): boolean {
    return this.#phase === 'here';
  }

  #forget(room: ShownRoom): void {
    this.#rooms.delete(room.view.room);
    if (this.#active === room) this.activate(this.rooms.find(({ isPrivate }) => !isPrivate) ?? this.rooms[0]);
  }

  #onState(state: ClientState): void {
    if (this.#phase !== 'here') return;
    const { chat } = this.teller.texts;
    switch (state.at) {
      case 'open':
        if (!this.#prompt.isUp) this.teller.remark(chat.back);
        this.#isServerStopping = false;
        this.#prompt.up();
        return;
      case 'waiting':
        if (this.#prompt.isUp) this.teller.remark(chat.lostBecause(this.teller.why(state.cause)), 'alarm');
        this.#prompt.down(state.retryInMs);
        return;
      case 'connecting':
        this.#prompt.connecting();
        return;
      case 'closed':
        if (state.cause !== undefined) this.teller.complain(state.cause);
        void this.#conclude(state.cause === undefined ? EXIT.OK : exitCodeOf(state.cause));
        return;
      case 'idle':
        return;
    }
  }

  #onJoined(view: RoomView, info: JoinedInfo): void {
    const { chat } = this.teller.texts;
    const known = this.#rooms.get(view.room);
    const room = known ?? new ShownRoom(view, info);
    this.#rooms.set(view.room, room);
    this.teller.taken(view.room);
    if (view.durability === Durability.MEMORY && !this.#isWarned) {
      this.#isWarned = true;
      this.teller.remark(chat.memoryOnly);
    }
    if (known === undefined) this.#follow(room, info);
    switch (info.status) {
      case Status.NEW_LOG:
        room.restart(info);
        this.teller.remark(chat.newLog(room.title), 'alarm');
        return;
      case Status.TRUNCATED:
        this.teller.remark(chat.truncated, 'alarm');
        return;
      case Status.SKIPPED:
        this.teller.remark(chat.skipped(info.first - 1 - (this.#userFile.position(view.room)?.seq ?? 0)));
        return;
      default:
        return;
    }
  }

  /** A room that was entered: what was missed in it comes behind what comes of those that were entered before. */
  #follow(room: ShownRoom, info: JoinedInfo): void {
    const isComplete = info.status === Status.COMPLETE;
    if (isComplete) room.wait();
    const last = info.newest < info.first ? 0 : info.newest;
    this.#backlog = this.#backlog
      .then(() => (isComplete ? this.#showContext(room, info) : undefined))
      .then(() => within(BACKLOG_MS, room.reached(last)));
  }

  /** What was said last before the new entries, so that these make sense. */
  async #showContext(room: ShownRoom, info: JoinedInfo): Promise<void> {
    const old = await room.context(info);
    this.printEntries(room, old);
    if (old.length > 0 && info.newest >= info.first) this.teller.rule(this.teller.texts.chat.newSince);
    this.printEntries(room, room.release());
  }

  #onEntry(entry: Entry, view: RoomView): void {
    this.#keeper.keep(view);
    if (entry.kind.type === 'leave' && entry.author !== undefined)
      this.#held.delete(hexOf(entry.author.user));
    const room = this.#rooms.get(view.room);
    if (room !== undefined && !room.hold(entry)) this.printEntries(room, [entry]);
  }

  #onLeft(info: LeftInfo): void {
    const room = this.#rooms.get(info.room);
    if (room === undefined || this.#phase !== 'here') return;
    const { chat } = this.teller.texts;
    if (info.reason === Reason.LEFT) this.teller.remark(chat.roomLeft(room.title));
    else if (room.isPrivate && info.cause === undefined)
      this.teller.remark(chat.privateEnded(room.title.slice(1)));
    else
      this.teller.remark(
        chat.roomLost(room.title, info.cause === undefined ? '' : this.teller.why(info.cause)),
        'alarm',
      );
    if (info.reason === Reason.ENDED) this.#userFile.forget(info.room);
    this.#forget(room);
  }

  #onPresence(view: RoomView, user: string, state: PresenceState): void {
    const member = view.members.get(user);
    if (member === undefined || user === this.teller.self || this.#phase !== 'here') return;
    const { lines } = this.teller.texts;
    const name = safeText(member.name);
    // When the server stops everybody loses the connection.
    if (state === PresenceState.HELD && !this.#held.has(user) && !this.#isServerStopping) {
      this.#held.add(user);
      this.teller.remark(`* ${view.peer === undefined ? lines.held(name) : lines.away(name)}`);
    }
    // Also a second window of somebody who never was away says that it is here.
    if (state === PresenceState.HERE && this.#held.delete(user)) this.teller.remark(`* ${lines.here(name)}`);
  }

  #onDraining(): void {
    this.#isServerStopping = true;
    this.teller.remark(this.teller.texts.chat.serverStopping);
  }

  async #openPrivate(info: DirectInfo): Promise<void> {
    await this.#backlog;
    if (this.#phase !== 'here' || this.#rooms.has(info.room)) return;
    if ((this.#userFile.position(info.room)?.seq ?? 0) >= info.newest) return;
    this.teller.remark(this.teller.texts.chat.privateNews(safeText(info.peer.name)), 'private');
    await this.open(info.room);
  }
}
