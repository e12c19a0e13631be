// `kentongan send`: says a text or a stream of lines, in order, and ends when all of it is stored.
import { type Limits, Mode, utf8Bytes } from '../../src/protocol/index.ts';
import { type ChatClient, ClientError, type ClientState, limitsOf, type RoomView } from '../sdk/index.ts';
import { Door } from './connect.ts';
import type { Environment } from './environment.ts';
import { type Circumstances, errorText, exitCodeOf, failure } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { InFlight } from './in-flight.ts';
import { InputError, type InputLine, inputLines, inputWhole } from './input-lines.ts';
import { Progress } from './progress.ts';
import { safeText } from './safe-text.ts';
import { isExposed, type Who, whoIs } from './who.ts';
import type { Target } from './target.ts';
import { within } from './within.ts';

export interface SendRequest {
  readonly target: Target & { readonly name: string };
  /** Although there may be a key for the name. */
  readonly isGuest: boolean;
  /** Where the messages come from. */
  readonly from:
    | { readonly is: 'text'; readonly text: string }
    | { readonly is: 'lines' }
    | { readonly is: 'whole' };
  /** 16 bytes; for one message only. */
  readonly id: Uint8Array | undefined;
}

/** Messages that may be under way: enough to keep a LAN busy, few enough to hold in memory. */
const IN_FLIGHT_MAX = 512;
const IN_FLIGHT_BYTES_MAX = 1_048_576;
/** How long a lost connection may stay away. */
const AWAY_MAX_MS = 60_000;
const INTERRUPT_PATIENCE_MS = 1_000;
const INTERRUPT_TWICE_MS = 150;
const CLOSE_TIMEOUT_MS = 3_000;

/** Gives the exit code. */
export async function send(request: SendRequest, environment: Environment): Promise<number> {
  const { target } = request;
  let where: Circumstances = target;
  try {
    const who = whoIs(target, target.name, { isGuest: request.isGuest, beside: true }, environment);
    where = { ...target, byKey: who.is === 'key' };
    if (isExposed(target) && environment.stderr.isTTY) environment.remark(environment.texts.security.exposed);
    const door = new Door(target, environment);
    return await door.through(() => sendThrough(door, who, request, environment));
  } catch (error) {
    return failure(error, where, environment);
  } finally {
    environment.stdin.destroy();
  }
}

/** @throws what keeps it from entering the room */
async function sendThrough(
  door: Door,
  who: Who,
  request: SendRequest,
  environment: Environment,
): Promise<number> {
  const client = door.client(who);
  let sending: Sending | undefined;
  const onInterrupt = (): void => {
    if (sending === undefined) process.exit(EXIT.INTERRUPTED);
    sending.interrupt();
  };
  process.on('SIGINT', onInterrupt);
  try {
    const welcome = await door.connect(client);
    const room = await client.join(request.target.room, { mode: Mode.SEND_ONLY });
    sending = new Sending(request, client, room, environment);
    return await sending.run(limitsOf(welcome).textBytes, welcome.limits);
  } finally {
    process.off('SIGINT', onInterrupt);
    await within(CLOSE_TIMEOUT_MS, client.close());
  }
}

/** What ended the reading before the input did. */
type Stop =
  | { readonly is: 'input'; readonly error: unknown }
  | { readonly is: 'refused'; readonly line: number; readonly error: unknown }
  | { readonly is: 'away' }
  | { readonly is: 'closed'; readonly error: ClientError | undefined }
  | { readonly is: 'interrupted' };

class Sending {
  readonly #request: SendRequest;
  readonly #room: RoomView;
  readonly #environment: Environment;
  readonly #inFlight = new InFlight(IN_FLIGHT_MAX, IN_FLIGHT_BYTES_MAX);
  /** Line numbers on their way, ascending. */
  readonly #unsettled = new Set<number>();
  readonly #progress: Progress;
  /** Reading ends; what is under way is waited for. */
  readonly #stopped = Promise.withResolvers<void>();
  /** Nothing is waited for any more. */
  readonly #abandoned = Promise.withResolvers<void>();
  #stop: Stop | undefined;
  #limits: Pick<Limits, 'rate' | 'burst'> | undefined;
  #stored = 0;
  #duplicates = 0;
  #awayTimer: NodeJS.Timeout | undefined;
  #patience: NodeJS.Timeout | undefined;
  #interruptedAt = 0;

  constructor(request: SendRequest, client: ChatClient, room: RoomView, environment: Environment) {
    this.#request = request;
    this.#room = room;
    this.#environment = environment;
    this.#progress = new Progress(environment.stderr);
    client.on('state', (state) => this.#onState(state));
    client.on('fault', (error) => this.#progress.note(this.#why(error)));
  }

  /** The first time what is under way may still arrive; the second time nothing is waited for. */
  interrupt(): void {
    const now = performance.now();
    // A launcher between the terminal and us passes on what we got already.
    if (this.#stop?.is === 'interrupted' && now - this.#interruptedAt > INTERRUPT_TWICE_MS)
      this.#abandoned.resolve();
    this.#interruptedAt = now;
    this.#halt({ is: 'interrupted' });
    this.#patience ??= setTimeout(() => this.#abandoned.resolve(), INTERRUPT_PATIENCE_MS);
  }

  /** @param limits what the server told of its rate */
  async run(textBytesMax: number, limits: Pick<Limits, 'rate' | 'burst'> | undefined): Promise<number> {
    this.#limits = limits;
    try {
      await Promise.race([this.#sendAll(textBytesMax), this.#stopped.promise]);
      await Promise.race([this.#inFlight.empty(), this.#abandoned.promise]);
    } finally {
      clearTimeout(this.#awayTimer);
      clearTimeout(this.#patience);
      this.#progress.clear();
    }
    return this.#report(textBytesMax);
  }

  async #sendAll(textBytesMax: number): Promise<void> {
    try {
      for await (const line of this.#messages(textBytesMax)) {
        this.#sendLine(line);
        await this.#inFlight.room();
        if (this.#stop !== undefined) return;
      }
    } catch (error) {
      this.#halt({ is: 'input', error });
    }
  }

  async *#messages(textBytesMax: number): AsyncGenerator<InputLine> {
    const { from } = this.#request;
    const { stdin, stderr, texts, remark } = this.#environment;
    if (from.is === 'text') {
      const bytes = utf8Bytes(from.text);
      if (bytes > textBytesMax) throw new InputError('tooLong', 1, bytes);
      if (bytes > 0) yield { number: 1, text: from.text, bytes };
      return;
    }
    if (stdin.isTTY && stderr.isTTY) remark(texts.send.prompt);
    if (from.is === 'lines') {
      yield* inputLines(stdin, textBytesMax);
      return;
    }
    const whole = await inputWhole(stdin, textBytesMax);
    if (whole.bytes > 0) yield whole;
  }

  #sendLine({ number, text, bytes }: InputLine): void {
    this.#unsettled.add(number);
    this.#inFlight.add(this.#settle(number, text), bytes);
    this.#showProgress();
  }

  /** Never rejects. */
  async #settle(number: number, text: string): Promise<void> {
    const { id } = this.#request;
    try {
      const { duplicate } = await this.#room.send(text, id === undefined ? {} : { id });
      this.#unsettled.delete(number);
      this.#stored++;
      if (duplicate) this.#duplicates++;
      this.#showProgress();
    } catch (error) {
      if (error instanceof ClientError && error.unstored) this.#unsettled.delete(number);
      this.#halt({ is: 'refused', line: number, error });
    }
  }

  #showProgress(): void {
    const { send: texts } = this.#environment.texts;
    const { rate = 0, burst = 0 } = this.#limits ?? {};
    this.#progress.show(() => {
      const read = this.#stored + this.#inFlight.count;
      return rate > 0 && read > burst
        ? texts.progressSlowed(this.#stored, read, rate)
        : texts.progress(this.#stored, read);
    });
  }

  #onState(state: ClientState): void {
    const { texts } = this.#environment;
    if (state.at === 'waiting') {
      this.#progress.note(texts.send.waiting(Math.ceil(state.retryInMs / 1_000)));
      this.#awayTimer ??= setTimeout(() => this.#halt({ is: 'away' }), AWAY_MAX_MS);
    }
    if (state.at === 'open') {
      clearTimeout(this.#awayTimer);
      this.#awayTimer = undefined;
    }
    if (state.at === 'closed') this.#halt({ is: 'closed', error: state.cause });
  }

  /** The first reason counts; later ones are its consequences. */
  #halt(stop: Stop): void {
    this.#stop ??= stop;
    this.#stopped.resolve();
    if (stop.is === 'away' || stop.is === 'closed') this.#abandoned.resolve();
  }

  #why(error: unknown): string {
    return errorText(error, this.#request.target, this.#environment.texts);
  }

  #report(textBytesMax: number): number {
    const { texts, stderr, remark, complain } = this.#environment;
    const stop = this.#stop;
    if (stop === undefined) {
      const isScript = this.#request.from.is !== 'lines' && !stderr.isTTY;
      if (this.#stored === 0) remark(texts.send.nothing);
      else if (!isScript)
        remark(texts.send.done(this.#stored, this.#duplicates, safeText(this.#request.target.room)));
      return EXIT.OK;
    }
    complain(this.#stopText(stop, textBytesMax));
    const [first] = this.#unsettled;
    if (first !== undefined) remark(texts.send.unconfirmed(this.#unsettled.size, first));
    switch (stop.is) {
      case 'input':
      case 'refused':
        return EXIT.FAILURE;
      case 'away':
        return EXIT.UNREACHABLE;
      case 'closed':
        return stop.error === undefined ? EXIT.FAILURE : exitCodeOf(stop.error);
      case 'interrupted':
        return EXIT.INTERRUPTED;
    }
  }

  #stopText(stop: Stop, textBytesMax: number): string {
    const { send: texts } = this.#environment.texts;
    switch (stop.is) {
      case 'input':
        return this.#inputText(stop.error, textBytesMax);
      case 'refused':
        return this.#request.from.is === 'lines'
          ? texts.refused(stop.line, this.#why(stop.error))
          : texts.refusedOne(this.#why(stop.error));
      case 'away':
        return texts.giveUp(AWAY_MAX_MS / 1_000);
      case 'closed':
        return stop.error === undefined ? this.#environment.texts.problems.closed : this.#why(stop.error);
      case 'interrupted':
        return texts.interrupted(this.#stored);
    }
  }

  #inputText(error: unknown, textBytesMax: number): string {
    const { send: texts } = this.#environment.texts;
    if (!(error instanceof InputError)) return texts.inputFailed(safeText(String(error)));
    const { problem, line, bytes } = error;
    switch (this.#request.from.is) {
      case 'text':
        return texts.textTooLong(bytes, textBytesMax);
      case 'whole':
        return problem === 'tooLong' ? texts.wholeTooLong(bytes, textBytesMax) : texts.wholeNotUtf8;
      case 'lines': {
        const what =
          problem === 'tooLong' ? texts.lineTooLong(line, bytes, textBytesMax) : texts.lineNotUtf8(line);
        return `${what}\n${texts.stoppedAt(line, this.#stored)}`;
      }
    }
  }
}
