// Members of the room who never read and never answer a Ping.
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { asUuid7, encodeFrame, FaultCode, FrameSplitter, decodeFrame } from '../../../src/protocol/index.ts';
import { addressOf, type Attack, inParallel, type Strike } from '../attack.ts';
import { chatFrame, helloFrame, joinFrame, Mind } from '../mind.ts';
import { open, type Opened } from '../raw.ts';

const HOSTS = 10;
const NETWORK = 72;
const ROOM = 'lobby';
/** At so many at one time they come in: a storm of Joins, each told to all before, is another matter. */
const PARALLEL = 10;
/** What is said to them: more than the window of anybody, at once, and a line now and then. */
const LINES = 24;
const LINE_BYTES = 16_000;
const LINE_MS = 60;
/** How long a Ping may be unanswered: the default, and, in a slice, something shorter. */
const STALL_S = { slice: 3, quick: 6, full: 30 };
/** A Ping comes this often at least; behind the last one the stall is counted. */
const PING_S = { slice: 1, quick: 5, full: 15 };
const SLACK_MS = 8_000;

export const readers: Attack = {
  name: 'readers',
  about: 'members of the room who never read',
  amounts: { slice: 40, quick: 300, full: 1_000 },
  warmUp: { full: 100 },
  flags: (scale) =>
    scale === 'full' ? [] : ['--stall', `${STALL_S[scale]}s`, '--ping-interval', `${PING_S[scale]}s`],
  memory: { processMiB: 150, kernelMiB: 300 },
  strike: async (strike) => {
    const all: Opened[] = [];
    await inParallel(PARALLEL, strike.amount, async (n) => {
      all.push(await comeIn(strike, n));
      strike.progress(all.length);
    });
    await fill(strike);
    await wait((STALL_S[strike.scale] + PING_S[strike.scale]) * 1_000);
    const fates = await Promise.all(all.map((reader) => wake(reader)));
    const gone = fates.filter(({ isGone }) => isGone).length;
    if (gone < all.length) strike.found('uncut', `${all.length - gone} who never read are still there`);
    return {
      readers: all.length,
      'cut off': gone,
      'saw SLOW_READER': fates.filter(({ code }) => code === FaultCode.SLOW_READER).length,
    };
  },
};

/** Its words are sent with the first bytes; that it is in is seen from what lies unread in the kernel. */
async function comeIn({ random, port }: Strike, n: number): Promise<Opened> {
  const opened = open({ transport: 'plain', port, from: addressOf(NETWORK, n % HOSTS) });
  const { socket } = opened;
  socket.on('error', () => undefined);
  socket.pause();
  const name = `diam${random.uint32().toString(36)}`;
  socket.write(Buffer.concat([encodeFrame(helloFrame({ name }, random)), encodeFrame(joinFrame(ROOM, 1))]));
  await wait(20);
  return opened;
}

/** One who reads says so much that everybody's window is full. */
function fill({ random, port }: Strike): Promise<void> {
  return new Promise((resolve) => {
    let said = 0;
    const mind = new Mind({ transport: 'plain', port, from: addressOf(NETWORK, HOSTS) }, random, {
      onAnswer: (_, { $case }) => {
        if ($case === 'joined') timer = setInterval(say, LINE_MS);
      },
    });
    let timer: NodeJS.Timeout | undefined;
    const say = (): void => {
      if (said++ < LINES) {
        const id = asUuid7(randomBytes(16), Date.now());
        mind.send(chatFrame(ROOM, said + 1, id, 'z'.repeat(LINE_BYTES)));
        return;
      }
      clearInterval(timer);
      mind.raw.reset();
      resolve();
    };
    mind.send(helloFrame({ name: 'pengisi' }, random), joinFrame(ROOM, 1));
  });
}

/** Reads at last: what was waiting, and then the end. */
function wake({ socket, reset }: Opened): Promise<{ isGone: boolean; code: number }> {
  return new Promise((resolve) => {
    const splitter = new FrameSplitter();
    let code = 0;
    const done = (isGone: boolean): void => {
      clearTimeout(late);
      reset();
      resolve({ isGone, code });
    };
    const late = setTimeout(() => done(false), SLACK_MS);
    socket.on('data', (chunk: Buffer) => {
      splitter.write(chunk);
      for (let payload = splitter.next(); payload !== undefined; payload = splitter.next()) {
        const { kind } = decodeFrame(payload);
        const system = kind?.$case === 'system' ? kind.value.kind : undefined;
        if (system?.$case === 'fault') ({ code } = system.value);
      }
    });
    socket.on('end', () => done(true));
    socket.on('close', () => done(true));
    socket.resume();
  });
}
