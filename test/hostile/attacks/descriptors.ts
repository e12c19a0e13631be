// More connections than the server may open files: those who are in, and the log, must not notice.
import { setTimeout as wait } from 'node:timers/promises';
import { addressOf, type Attack, type Strike } from '../attack.ts';
import { pitOf } from '../grammar.ts';
import { helloFrame, joinFrame, Mind } from '../mind.ts';
import { open } from '../raw.ts';
import { upgradeOf } from '../websocket.ts';

const CONNECTIONS = 400;
const DESCRIPTORS = 256;
const HOSTS = 20;
const NETWORK = 71;
/** Whoever is turned away comes again after so long. */
const AGAIN_MS = 200;
const NEWCOMER_MS_MAX = 1_000;
const RELEASE_MS = 1_500;

export const descriptors: Attack = {
  name: 'descriptors',
  about: `${CONNECTIONS} connections, over and over, to a server that may open ${DESCRIPTORS} files`,
  amounts: { slice: 1, quick: 5, full: 30 },
  warmUp: { full: 3 },
  descriptors: DESCRIPTORS,
  warning: /At most \d+ connections, not \d+: this process may have \d+ files/,
  // There is no place for anybody new: that is the point.
  visitors: false,
  strike: async (strike) => {
    const state = { isOver: false };
    const tally = { connections: 0, 'turned away': 0 };
    const all = Array.from({ length: CONNECTIONS }, async (_, n) => {
      while (!state.isOver) {
        tally.connections++;
        const isTurnedAway = await hold(strike, n, () => state.isOver);
        if (isTurnedAway) tally['turned away']++;
        if (!state.isOver) await wait(AGAIN_MS);
      }
    });
    await wait(strike.amount * 1_000);
    state.isOver = true;
    await Promise.all(all);
    await wait(RELEASE_MS);
    return { ...tally, 'newcomer afterwards ms': await newcomer(strike) };
  },
};

/** Stays until it is turned away or all is over. True: it was turned away. */
function hold({ random, port }: Strike, n: number, isOver: () => boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const { socket, reset } = open({ transport: 'plain', port, from: addressOf(NETWORK, n % HOSTS) });
    const look = setInterval(() => {
      if (isOver()) done(false);
    }, 100);
    const done = (isTurnedAway: boolean): void => {
      clearInterval(look);
      reset();
      resolve(isTurnedAway);
    };
    socket.on('error', () => undefined);
    socket.on('data', () => undefined);
    socket.on('end', () => done(true));
    socket.on('close', () => done(true));
    // Some say nothing, some half of something, some come in and stay.
    if (n % 4 === 1) socket.write(Buffer.from('160301', 'hex'));
    else if (n % 4 === 2) socket.write(upgradeOf(port, random).slice(0, 60));
    else if (n % 4 === 3) socket.write(Buffer.of(0, 0, 0));
  });
}

/** When all have gone, somebody new comes in at once. */
function newcomer(strike: Strike): Promise<number> {
  const { random, port, found } = strike;
  const since = performance.now();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(late);
      mind.raw.reset();
      resolve(Math.round(performance.now() - since));
    };
    const late = setTimeout(() => {
      found('late', `nobody was let in within ${NEWCOMER_MS_MAX} ms after the connections had gone`);
      done();
    }, NEWCOMER_MS_MAX);
    const mind = new Mind({ transport: 'plain', port, from: addressOf(NETWORK, HOSTS + 1) }, random, {
      onAnswer: (_, { $case }) => {
        if ($case === 'joined') done();
      },
      onEnd: (code, reason) => {
        found('answer', `a newcomer was turned away after all had gone: ${code} ${reason}`);
        done();
      },
    });
    mind.send(helloFrame({ name: 'sesudah' }, random), joinFrame(pitOf(random), 1));
  });
}
