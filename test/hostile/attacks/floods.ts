// Ten times as much as anybody may: of lines, of requests, of wrong passwords, of connections.
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { asUuid7, FaultCode, type Frame, systemFrame } from '../../../src/protocol/index.ts';
import { addressOf, type Attack, type Counts, type Strike } from '../attack.ts';
import { pitOf } from '../grammar.ts';
import { chatFrame, helloFrame, joinFrame, Mind, type SystemKind } from '../mind.ts';

const NETWORK = 74;
const TICK_MS = 20;
/** The defaults of `serve --help`, per second and at once. */
const CHATS = { rate: 200, burst: 400 };
const REQUESTS = { rate: 50, burst: 200 };
const ATTEMPTS_PER_MINUTE = 60;
const CONNECTIONS_PER_ADDRESS = 128;
const TIMES = 10;
const FLOODERS = 3;
/** What may pass beyond the numbers: clocks, and the debt of the last frame. */
const TOLERANCE = 1.1;
const ANSWERS_MS_MAX = 30_000;
/** So many bytes wait in an attacker's own socket before it takes a breath. */
const UNSENT_BYTES_MAX = 1_048_576;

const PASSWORD = 'kentongan-warga';

export const floods: Attack = {
  name: 'floods',
  about: `${TIMES} times the rate: lines, requests, wrong passwords, connections`,
  amounts: { slice: 1, quick: 3, full: 10 },
  warmUp: { full: 2 },
  password: PASSWORD,
  strike: async (strike) => {
    const lines = await severally((n) =>
      flood(strike, n, CHATS, (room, ref) =>
        chatFrame(room, ref, asUuid7(randomBytes(16), Date.now()), `banjir ${ref}`),
      ),
    );
    const requests = await severally((n) =>
      flood(strike, n, REQUESTS, (room, ref) =>
        ref % 2 === 0
          ? systemFrame({ $case: 'ping', value: { nonce: randomBytes(8) } }, { ref })
          : systemFrame({ $case: 'history', value: { start: undefined, limit: 20 } }, { ref, room }),
      ),
    );
    const guesses = await severally((n) => guess(strike, n));
    const connections = await crowdIn(strike);
    return { ...named('lines', lines), ...named('requests', requests), ...sum(guesses), ...connections };
  },
};

function severally<T>(one: (n: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: FLOODERS }, (_, n) => one(n)));
}

interface Flooded {
  sent: number;
  done: number;
  refused: number;
  /** Sessions that were ended as SLOW_READER. */
  ended: number;
}

function named(what: string, floodeds: readonly Flooded[]): Counts {
  const of = (key: keyof Flooded): number => floodeds.reduce((total, flooded) => total + flooded[key], 0);
  return {
    [`${what} sent`]: of('sent'),
    [`${what} done`]: of('done'),
    [`${what} refused`]: of('refused'),
    [`floods of ${what} ended`]: of('ended'),
  };
}

/** Sends ten times the rate for a while, reads everything, and waits until each frame has its answer. */
async function flood(
  strike: Strike,
  n: number,
  limit: { rate: number; burst: number },
  make: (room: string, ref: number) => Frame,
): Promise<Flooded> {
  const { random, port, found, amount } = strike;
  const flooded: Flooded = { sent: 0, done: 0, refused: 0, ended: 0 };
  // One floods the room of the honest people.
  const room = n === 0 ? 'lobby' : pitOf(random);
  const unanswered = new Set<number>();
  const joined = Promise.withResolvers<void>();
  const state = { isOver: false };
  const mind = new Mind({ transport: 'plain', port, from: addressOf(NETWORK, n) }, random, {
    onAnswer: (frame, system) => {
      if (system.$case === 'joined') joined.resolve();
      if (!unanswered.delete(frame.ref)) return;
      if (isRefusal(system)) flooded.refused++;
      else flooded.done++;
    },
    onEnd: (code, reason) => {
      state.isOver = true;
      joined.resolve();
      // Answers that nobody has read, because they stand behind a flood: then the session ends, and says why.
      if (code === FaultCode.SLOW_READER) flooded.ended++;
      else found('answer', `a flood was ended with ${code} (${reason}) instead of slowed`);
    },
  });
  mind.send(
    helloFrame({ name: `banjir${random.uint32().toString(36)}`, password: PASSWORD }, random),
    joinFrame(room, 1),
  );
  await joined.promise;
  const since = performance.now();
  const due = (): number => ((performance.now() - since) / 1_000) * limit.rate * TIMES;
  while (!state.isOver && performance.now() - since < amount * 1_000) {
    const frames: Frame[] = [];
    while (flooded.sent < due() && mind.raw.socket.writableLength < UNSENT_BYTES_MAX) {
      const ref = 2 + flooded.sent++;
      unanswered.add(ref);
      frames.push(make(room, ref));
    }
    if (frames.length > 0) mind.send(...frames);
    await wait(TICK_MS);
  }
  const late = performance.now();
  while (!state.isOver && unanswered.size > 0 && performance.now() - late < ANSWERS_MS_MAX)
    await wait(TICK_MS);
  if (!state.isOver && unanswered.size > 0)
    found('answer', `${unanswered.size} of ${flooded.sent} frames have no answer`);
  const seconds = (performance.now() - since) / 1_000;
  if (flooded.done > (limit.burst + seconds * limit.rate) * TOLERANCE)
    found('answer', `${flooded.done} in ${seconds} s is more than ${limit.rate} a second`);
  mind.raw.reset();
  return flooded;
}

function isRefusal(system: SystemKind): boolean {
  if (system.$case !== 'fault') return false;
  const { code } = system.value;
  return code === FaultCode.RATE_LIMITED || code === FaultCode.OUT_OF_LINE || code === FaultCode.BUSY;
}

/** Guesses the password ten times as often as that is allowed. */
async function guess(strike: Strike, n: number): Promise<Counts> {
  const { random, port, found, amount } = strike;
  const from = addressOf(NETWORK, 10 + n);
  const counts = { 'wrong passwords': 0, 'told to wait': 0, 'other answers': 0 };
  const perSecond = (ATTEMPTS_PER_MINUTE / 60) * TIMES;
  // As many as would be tried in the whole minute, in no more time than there is.
  const attempts = Math.max(perSecond * amount, 2 * ATTEMPTS_PER_MINUTE);
  for (let tried = 0; tried < attempts; tried += 4) {
    await new Promise<void>((resolve) => {
      const mind = new Mind({ transport: 'plain', port, from }, random, {
        onAnswer: (frame, system) => {
          const code = system.$case === 'fault' ? system.value.code : 0;
          if (code === FaultCode.PASSWORD_WRONG) counts['wrong passwords']++;
          else if (code === FaultCode.RATE_LIMITED) counts['told to wait']++;
          else counts['other answers']++;
          if (system.$case === 'welcome') found('answer', 'a wrong password was taken');
          if (frame.ref === 4) done();
        },
        onEnd: () => done(),
      });
      const done = (): void => {
        mind.raw.reset();
        resolve();
      };
      const hellos = [1, 2, 3, 4].map((ref) =>
        helloFrame({ name: `tamu${ref}`, password: `salah-${random.uint32()}` }, random, ref),
      );
      mind.send(...hellos);
    });
  }
  if (counts['wrong passwords'] > ATTEMPTS_PER_MINUTE * Math.ceil(1 + amount / 60))
    found('answer', `${counts['wrong passwords']} passwords could be tried`);
  return counts;
}

function sum(all: readonly Counts[]): Counts {
  const total: Record<string, number> = {};
  for (const counts of all) {
    for (const [key, value] of Object.entries(counts)) total[key] = (total[key] ?? 0) + value;
  }
  return total;
}

/** Many more sessions from one address than may come from there. */
async function crowdIn({ random, port, found, amount }: Strike): Promise<Counts> {
  const wanted = CONNECTIONS_PER_ADDRESS * TIMES;
  const counts = { 'connections tried': wanted, 'let in': 0, 'turned away': 0 };
  const minds: Mind[] = [];
  for (let n = 0; n < wanted; n++) {
    const mind = new Mind({ transport: 'plain', port, from: addressOf(NETWORK, 20) }, random, {
      onAnswer: (_, { $case }) => {
        if ($case === 'welcome') counts['let in']++;
      },
      onEnd: () => counts['turned away']++,
    });
    mind.send(helloFrame({ name: `ramai${n}`, password: PASSWORD }, random));
    minds.push(mind);
    if (n % 32 === 31) await wait(TICK_MS);
  }
  await wait(amount * 500 + 1_000);
  for (const mind of minds) mind.raw.reset();
  if (counts['let in'] > CONNECTIONS_PER_ADDRESS)
    found('answer', `${counts['let in']} came in from one address`);
  return counts;
}
