// Two wires with time on them: what the client sends meets refusals that are still on their way to it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FaultCode, type Frame, Status } from '../../../src/protocol/index.ts';
import type { Receipt, RoomView } from '../../../clients/sdk/index.ts';
import { runs } from '../../runs.ts';
import {
  ALICE,
  chat,
  kindOf,
  look,
  ping,
  refusal,
  type Seen,
  settle,
  Stage,
  stored,
  textOf,
} from './stage.ts';

type Step = 'send' | 'carry' | 'commit' | 'fail' | 'deliver' | 'tick' | 'lose' | 'lose after storing';

const steps = fc.array(
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc.constantFrom<Step>('send', 'carry', 'carry', 'commit', 'deliver', 'deliver'),
    },
    { weight: 4, arbitrary: fc.constantFrom<Step>('fail', 'tick') },
    { weight: 1, arbitrary: fc.constantFrom<Step>('lose', 'lose after storing') },
  ),
  { maxLength: 100, size: 'max' },
);

/** So few that some wait in the client. */
const IN_FLIGHT = 4;
const LIMITS = { frameBytes: 65_536, textBytes: 16_384, rooms: 64, inFlight: IN_FLIGHT, rate: 0, burst: 0 };

/** One room of a server, as far as Chats go (KTG-9.8, KTG-9.11, KTG-9.13), and the wires to and from it. */
class Far {
  readonly sent: Array<Seen<Receipt>> = [];
  readonly log: Frame[] = [];
  readonly stage: Stage;
  readonly #view: RoomView;
  #up: Frame[] = [];
  #down: Frame[] = [];
  #undecided: Frame[] = [];
  #pings = 0;
  #pongs = 0;
  /** The line is stopped until so many Pongs have come. */
  #stoppedUntil = 0;

  constructor(stage: Stage, view: RoomView) {
    this.stage = stage;
    this.#view = view;
  }

  do(step: Step): void {
    if (step === 'send') this.sent.push(look(this.#view.send(`${this.sent.length}`)));
    if (step === 'carry') this.#carry();
    if (step === 'commit') this.#commit();
    if (step === 'fail') this.#fail();
    if (step === 'deliver') this.#deliver();
    if (step === 'tick') this.stage.clock.advance(20);
    if (step === 'lose') this.#lose();
    if (step === 'lose after storing') {
      while (this.#undecided.length > 0) this.#commit();
      this.#lose();
    }
    this.#up.push(...this.stage.peer.news());
  }

  get isDone(): boolean {
    return this.#view.unacknowledged === 0;
  }

  #carry(): void {
    const frame = this.#up.shift();
    if (frame === undefined) return;
    if (kindOf(frame) === 'pong') this.#pongs++;
    if (kindOf(frame) !== 'chat') return;
    if (this.#pongs < this.#stoppedUntil) this.#down.push(refusal(frame, FaultCode.OUT_OF_LINE));
    else this.#undecided.push(frame);
  }

  #commit(): void {
    const frame = this.#undecided.shift();
    if (frame === undefined) return;
    const known = this.log.findIndex(({ id }) => Buffer.compare(id, frame.id) === 0);
    if (known < 0) this.log.push(frame);
    const seq = known < 0 ? this.log.length : known + 1;
    this.#down.push(stored(frame, seq, known >= 0));
    if (known < 0) this.#down.push(this.#entry(seq));
  }

  #fail(): void {
    const failed = this.#undecided.splice(0);
    if (failed.length === 0) return;
    for (const frame of failed) {
      this.#down.push(refusal(frame, FaultCode.STORAGE_FULL, { retryAfterMs: 15 }));
    }
    this.#pings++;
    this.#down.push(ping(this.#pings));
    this.#stoppedUntil = this.#pings;
  }

  #deliver(): void {
    const frame = this.#down.shift();
    if (frame !== undefined) this.stage.peer.say(frame);
  }

  /** The connection is gone with all that was on the wires, and with what storage had not yet decided. */
  #lose(): void {
    this.#up = [];
    this.#down = [];
    this.#undecided = [];
    this.#pings = 0;
    this.#pongs = 0;
    this.#stoppedUntil = 0;
    this.stage.reconnect({ limits: LIMITS });
    const first = this.#view.position.seq + 1;
    this.stage.admit('lobby', { status: Status.COMPLETE, first, newest: this.log.length });
    for (let seq = first; seq <= this.log.length; seq++) this.#down.push(this.#entry(seq));
  }

  #entry(seq: number): Frame {
    const frame = this.log[seq - 1];
    return chat('lobby', seq, (frame && textOf(frame)) ?? '', ALICE, frame?.id);
  }
}

/** Both repeats are refused when their own copies have come: the two refusals share a Ping. */
const REFUSED_AFTER_THEIR_COPIES: Step[] = [
  ...(['send', 'carry', 'send', 'carry', 'lose after storing', 'carry', 'carry', 'carry'] as const),
  ...(['fail', 'deliver', 'deliver', 'deliver', 'send'] as const),
];

test('KTG-9.12 KTG-1.4 whatever crosses on the wires, every line is stored once and in its order', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const stage = new Stage({ reconnect: { minMs: 1, maxMs: 1 } }).open({ limits: LIMITS });
      const far = new Far(stage, await stage.enter());
      for (const step of plan) far.do(step);
      for (let turn = 0; turn < 2_000 && !far.isDone; turn++) {
        for (const step of ['carry', 'commit', 'deliver', 'deliver', 'tick'] as const) far.do(step);
      }
      await settle();
      expect(far.log.map(textOf)).toEqual(far.sent.map((_, n) => `${n}`));
      expect(far.sent.map(({ value }) => value?.seq)).toEqual(far.sent.map((_, n) => n + 1));
    }),
    { ...runs(800), examples: [[REFUSED_AFTER_THEIR_COPIES]] },
  );
});
