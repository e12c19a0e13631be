// A server that refuses, loses and delays at will: what the client sends still stands in the log once, in order.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FaultCode, type Frame, Status } from '../../../src/protocol/index.ts';
import {
  ALICE,
  chat,
  kindOf,
  look,
  type Seen,
  ping,
  refusal,
  settle,
  Stage,
  stored,
  textOf,
} from './stage.ts';
import type { Receipt, RoomView } from '../../../clients/sdk/index.ts';

type Step =
  | { readonly does: 'send' | 'store' | 'refuse' | 'answer' | 'show' | 'ping' | 'tick' }
  /** How many of those on the wire are stored before the connection is lost. */
  | { readonly does: 'lose'; readonly stores: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.constantFrom<Step>(
        { does: 'send' },
        { does: 'store' },
        { does: 'answer' },
        { does: 'show' },
      ),
    },
    { weight: 3, arbitrary: fc.constantFrom<Step>({ does: 'refuse' }, { does: 'ping' }, { does: 'tick' }) },
    { weight: 1, arbitrary: fc.nat(4).map((stores): Step => ({ does: 'lose', stores })) },
  ),
  { maxLength: 120 },
);

/** One room of a server, as far as Chats go: KTG-9.8 and KTG-9.11. */
class Script {
  readonly stage: Stage;
  readonly log: Array<{ readonly id: string; readonly frame: Frame }> = [];
  readonly sent: Array<Seen<Receipt>> = [];
  readonly #view: RoomView;
  #waiting: Frame[] = [];
  #answers: Frame[] = [];
  #shown = 0;
  #outOfLine = false;
  #pings = 0;
  #pongs = 0;
  #releasedBy = 0;

  constructor(stage: Stage, view: RoomView) {
    this.stage = stage;
    this.#view = view;
  }

  do(step: Step): void {
    switch (step.does) {
      case 'send':
        this.sent.push(look(this.#view.send(`${this.sent.length}`)));
        break;
      case 'store':
        this.#store();
        break;
      case 'refuse':
        this.#refuse();
        break;
      case 'answer':
        this.#answer();
        break;
      case 'show':
        this.#show();
        break;
      case 'ping':
        this.#ping();
        break;
      case 'tick':
        this.stage.clock.advance(50);
        break;
      case 'lose':
        this.#lose(step.stores);
    }
    this.#read();
  }

  /** No more trouble: everything comes to an end. */
  finish(): void {
    for (let turn = 0; turn < 1_000 && this.sent.length > 0 && this.#view.unacknowledged > 0; turn++) {
      this.#ping();
      this.#read();
      this.#store();
      this.#answer();
      this.#show();
      this.stage.clock.advance(10);
      this.#read();
    }
  }

  /** The client is gone; what the server has got is stored all the same. */
  drain(): void {
    while (this.#waiting.length > 0) this.#store();
  }

  #read(): void {
    for (const frame of this.stage.peer.news()) {
      const kind = kindOf(frame);
      if (kind === 'pong') this.#pongs++;
      if (kind !== 'chat') continue;
      if (this.#outOfLine && this.#pongs >= this.#releasedBy) this.#outOfLine = false;
      if (this.#outOfLine) this.#answers.push(refusal(frame, FaultCode.OUT_OF_LINE));
      else this.#waiting.push(frame);
    }
  }

  #store(): void {
    const frame = this.#waiting.shift();
    if (frame === undefined) return;
    const id = Buffer.from(frame.id).toString('hex');
    const known = this.log.findIndex((one) => one.id === id);
    if (known < 0) this.log.push({ id, frame });
    this.#answers.push(stored(frame, known < 0 ? this.log.length : known + 1, known >= 0));
  }

  /** The engine fails: what waits fails with it (KTG-9.13). */
  #refuse(): void {
    if (this.#waiting.length === 0) return;
    this.#answer(Number.POSITIVE_INFINITY);
    const [first, ...behind] = this.#waiting;
    this.#waiting = [];
    if (first === undefined) return;
    const full = { retryAfterMs: 30 };
    this.stage.peer.say(refusal(first, FaultCode.STORAGE_FULL, full));
    if (!this.#outOfLine) {
      this.#outOfLine = true;
      this.#releasedBy = this.#ping();
    }
    this.stage.peer.say(...behind.map((frame) => refusal(frame, FaultCode.STORAGE_FULL, full)));
  }

  #answer(count = 2): void {
    this.stage.peer.say(...this.#answers.splice(0, Math.min(count, this.#answers.length)));
  }

  #show(): void {
    const entry = this.log[this.#shown];
    if (entry === undefined) return;
    this.#shown++;
    this.stage.peer.say(chat('lobby', this.#shown, textOf(entry.frame) ?? '', ALICE, entry.frame.id));
  }

  #ping(): number {
    this.#pings++;
    this.stage.peer.say(ping(this.#pings % 250));
    return this.#pings;
  }

  #lose(stores: number): void {
    for (let n = 0; n < stores; n++) this.#store();
    this.#waiting = [];
    this.#answers = [];
    this.#outOfLine = false;
    this.#pings = 0;
    this.#pongs = 0;
    this.#releasedBy = 0;
    this.stage.reconnect();
    this.#shown = this.#view.position.seq;
    this.stage.admit('lobby', {
      status: Status.COMPLETE,
      first: this.#shown + 1,
      newest: this.log.length,
    });
  }
}

test('whatever a server refuses, loses or delays, the log holds every send once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const stage = new Stage({ reconnect: { minMs: 1, maxMs: 1 } });
      const script = new Script(stage, await stage.enter());
      for (const step of plan) script.do(step);
      script.finish();
      await settle();
      expect(stage.client.state.at).toBe('open');
      expect(script.log.map(({ frame }) => textOf(frame))).toEqual(script.sent.map((_, n) => `${n}`));
      expect(script.sent.map(({ value }) => value?.seq)).toEqual(script.sent.map((_, n) => n + 1));
    }),
  );
});

test('whenever a client ends, what it calls unstored is not in the log, and never will be', async () => {
  const told = { unstored: 0, unknown: 0 };
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const stage = new Stage({ reconnect: { minMs: 1, maxMs: 1 } });
      const script = new Script(stage, await stage.enter());
      for (const step of plan) script.do(step);
      void stage.client.close();
      await settle();
      // The server takes what it has got already.
      script.drain();
      const inLog = new Set(script.log.map(({ frame }) => textOf(frame)));
      for (const [n, { error }] of script.sent.entries()) {
        if (error === undefined) continue;
        told[error.unstored ? 'unstored' : 'unknown']++;
        if (error.unstored) expect(inLog).not.toContain(`${n}`);
      }
    }),
  );
  expect(told.unstored).toBeGreaterThan(0);
  expect(told.unknown).toBeGreaterThan(0);
});
