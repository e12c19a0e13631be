// `kentongan tail`: writes what is said in a room, without being listed.
import { Mode, type Position, Status } from '../../src/protocol/index.ts';
import type {
  ChatClient,
  ClientState,
  Entry,
  JoinedInfo,
  JoinOptions,
  LeftInfo,
  RoomView,
} from '../sdk/index.ts';
import { dateOf } from './clock-face.ts';
import { Door } from './connect.ts';
import { entryParagraph } from './entry-lines.ts';
import type { Environment } from './environment.ts';
import { type Circumstances, errorText, exitCodeOf, failure } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { findIdentity } from './identity.ts';
import { LineOutput } from './line-mode.ts';
import { flat } from './paragraph.ts';
import { Progress } from './progress.ts';
import { entryJson, gapJson, resetJson } from './tail-json.ts';
import { safeJson } from './safe-text.ts';
import { stateDirectory } from './state-directory.ts';
import type { Target } from './target.ts';
import { NOBODY, type Who, whoIs } from './who.ts';

export interface TailRequest {
  readonly target: Target;
  /** As nobody, although there may be a key for the name. */
  readonly isGuest: boolean;
  readonly json: boolean;
  /** Begin behind this seq, or with so many old entries. */
  readonly from: { readonly after: number } | { readonly last: number };
  /** Go on when all that was there is written. */
  readonly follow: boolean;
}

/** Gives the exit code. */
export async function tail(request: TailRequest, environment: Environment): Promise<number> {
  let where: Circumstances = request.target;
  try {
    const who = readerOf(request, environment);
    where = { ...request.target, byKey: who.is === 'key' };
    const door = new Door(request.target, environment);
    return await door.through(() => follow(door, who, request, environment));
  } catch (error) {
    return failure(error, where, environment);
  }
}

/** Whoever said a name and has its key comes with that, as servers may want of members; all others as nobody. */
function readerOf({ target, isGuest }: TailRequest, environment: Environment): Who {
  const { name } = target;
  if (name === undefined || isGuest) return NOBODY;
  if (findIdentity(stateDirectory(environment.variables), name) === undefined) return NOBODY;
  const who = whoIs(target, name, { isGuest, beside: true }, environment);
  return who.is === 'key' ? who : NOBODY;
}

async function follow(door: Door, who: Who, request: TailRequest, environment: Environment): Promise<number> {
  const client = door.client(who);
  const following = new Following(request, door, client, environment);
  const onInterrupt = (): void => following.end(EXIT.INTERRUPTED);
  process.on('SIGINT', onInterrupt);
  try {
    return await following.run();
  } finally {
    process.off('SIGINT', onInterrupt);
    void client.close();
  }
}

class Following {
  readonly #request: TailRequest;
  readonly #door: Door;
  readonly #client: ChatClient;
  readonly #environment: Environment;
  readonly #output: LineOutput;
  readonly #progress: Progress;
  readonly #ended = Promise.withResolvers<number>();
  /** The newest entry when the room was entered; without --follow it is the last one written. */
  #newest = 0;
  #isAway = false;

  constructor(request: TailRequest, door: Door, client: ChatClient, environment: Environment) {
    this.#request = request;
    this.#door = door;
    this.#client = client;
    this.#environment = environment;
    // Whoever read has read enough, as `head` has: no failure.
    this.#output = new LineOutput(environment.stdout, client, () => this.end(EXIT.OK));
    this.#progress = new Progress(environment.stderr);
  }

  /** The first end counts. */
  end(exitCode: number): void {
    this.#ended.resolve(exitCode);
  }

  async run(): Promise<number> {
    await Promise.race([this.#enter(), this.#ended.promise]);
    const exitCode = await this.#ended.promise;
    if (exitCode === EXIT.OK) await this.#output.flushed();
    return exitCode;
  }

  async #enter(): Promise<void> {
    await this.#door.connect(this.#client);
    const options = await this.#start();
    this.#client.on('state', (state) => this.#onState(state));
    this.#client.on('joined', (view, info) => this.#onJoined(view, info));
    this.#client.on('entry', (entry, view) => this.#onEntry(entry, view));
    this.#client.on('gap', (view, next) => this.#onGap(view, next));
    this.#client.on('left', (info) => this.#onLeft(info));
    await this.#client.join(this.#request.target.room, options);
  }

  /** A position has the id of the log, and that is known to those who have been in: so look in first. */
  async #start(): Promise<JoinOptions> {
    const { from, target } = this.#request;
    if ('last' in from) return { mode: Mode.QUIET, last: from.last };
    const view = await this.#client.join(target.room, { mode: Mode.QUIET });
    const have: Position = { logId: view.position.logId, seq: from.after, check: 0 };
    await view.leave();
    return { mode: Mode.QUIET, have };
  }

  #onJoined(view: RoomView, info: JoinedInfo): void {
    const { tail: texts } = this.#environment.texts;
    if (info.status === Status.NEW_LOG) {
      this.#progress.note(texts.newLog);
      if (this.#request.json) this.#line(resetJson(view));
    }
    if (info.status === Status.TRUNCATED) {
      this.#progress.note(texts.truncated(info.first));
      if (this.#request.json) this.#line(gapJson(view, info.first));
    }
    this.#newest = info.newest;
    if (!this.#request.follow && info.first > info.newest) this.end(EXIT.OK);
  }

  #onEntry(entry: Entry, view: RoomView): void {
    if (!this.#request.follow && entry.seq > this.#newest) return;
    if (this.#request.json) this.#line(entryJson(entry, view));
    else this.#output.line(this.#text(entry));
    if (!this.#request.follow && entry.seq === this.#newest) this.end(EXIT.OK);
  }

  #onGap(view: RoomView, next: number): void {
    this.#progress.note(this.#environment.texts.tail.gap(next));
    if (this.#request.json) this.#line(gapJson(view, next));
  }

  /** The server has put us out: nothing more comes. */
  #onLeft({ cause }: LeftInfo): void {
    if (cause === undefined) return;
    this.#environment.complain(errorText(cause, this.#request.target, this.#environment.texts));
    this.end(exitCodeOf(cause));
  }

  #onState(state: ClientState): void {
    const { texts } = this.#environment;
    if (state.at === 'waiting') {
      this.#isAway = true;
      const why = errorText(state.cause, this.#request.target, texts);
      this.#progress.note(texts.tail.lost(Math.ceil(state.retryInMs / 1_000), why));
    }
    if (state.at === 'open' && this.#isAway) {
      this.#isAway = false;
      this.#progress.note(texts.tail.back);
    }
    if (state.at === 'closed' && state.cause !== undefined) {
      this.#environment.complain(errorText(state.cause, this.#request.target, texts));
      this.end(exitCodeOf(state.cause));
    }
  }

  #line(value: object): void {
    this.#output.line(safeJson(value));
  }

  #text(entry: Entry): string {
    const head = `${localTime(entry.time)} `;
    return flat(
      entryParagraph(entry, { texts: this.#environment.texts.lines, head, peer: undefined, self: '' }),
    );
  }
}

/** `2026-11-22 19:03:11`, in the zone of this machine. */
function localTime(ms: number): string {
  const date = dateOf(ms);
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  const time = Number.isNaN(local.getTime()) ? date : local;
  return time.toISOString().slice(0, 19).replace('T', ' ');
}
