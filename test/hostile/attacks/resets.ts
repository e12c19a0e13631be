// Connections that are torn down at random places: reset, half closed, or left alone.
import { encodeFrame, type Frame, frameOf, systemFrame } from '../../../src/protocol/index.ts';
import { addressOf, type Attack, inParallel, type Strike } from '../attack.ts';
import { pitOf } from '../grammar.ts';
import { open } from '../raw.ts';
import { messageOf, upgradeOf } from '../websocket.ts';

const PARALLEL = 64;
const HOSTS = 64;
const NETWORK = 70;
const STEP_MS_MAX = 12;
const END_MS_MAX = 15_000;

export const resets: Attack = {
  name: 'resets',
  about: 'half-open and reset connections at random layers',
  amounts: { slice: 150, quick: 2_000, full: 10_000 },
  warmUp: { quick: 500, full: 2_000 },
  strike: async (strike) => {
    const tally = { connections: 0, reset: 0, 'half closed': 0, left: 0 };
    await inParallel(PARALLEL, strike.amount, async (n) => {
      const end = await tear(strike, n);
      tally[end]++;
      strike.progress(++tally.connections);
    });
    return tally;
  },
};

type Ending = 'reset' | 'half closed' | 'left';

/** Says a random beginning of a conversation, in pieces, and ends it somehow. */
function tear(strike: Strike, n: number): Promise<Ending> {
  const { random, port, transports } = strike;
  const transport = random.pick(transports);
  const words = Buffer.concat(conversation(strike, transport === 'ws' || transport === 'wss'));
  const spoken = words.subarray(0, random.chance(0.3) ? words.length : random.below(words.length));
  const ending: Ending = random.pick(['reset', 'reset', 'half closed', 'left']);
  return new Promise((resolve) => {
    const { socket, reset } = open({ transport, port, from: addressOf(NETWORK, n % HOSTS) });
    const late = setTimeout(() => {
      strike.found(
        'uncut',
        `a connection that was ${ending} after ${spoken.length} bytes stayed (${transport})`,
      );
      done();
    }, END_MS_MAX);
    const done = (): void => {
      clearTimeout(late);
      reset();
      resolve(ending);
    };
    socket.on('error', () => undefined);
    socket.on('data', () => undefined);
    socket.on('close', done);
    const half = random.below(spoken.length + 1);
    socket.write(spoken.subarray(0, half));
    setTimeout(() => {
      socket.write(spoken.subarray(half));
      setTimeout(() => {
        // Whoever goes without a word leaves the server with nothing but a deadline; here it comes sooner.
        if (ending === 'reset') done();
        else if (ending === 'half closed') socket.end();
        else setTimeout(done, STEP_MS_MAX * 10);
      }, random.below(STEP_MS_MAX));
    }, random.below(STEP_MS_MAX));
  });
}

function conversation({ random, port }: Strike, isWebSocket: boolean): Uint8Array[] {
  const room = pitOf(random);
  const said: Frame[] = [
    hello(`r${random.uint32().toString(36)}`, random.bytes(32)),
    frameOf({ $case: 'join', value: { have: undefined, last: 100, mode: 1 } }, { room, ref: 1 }),
    ...Array.from({ length: 5 }, (_, n) =>
      frameOf(
        { $case: 'chat', value: { content: { $case: 'text', value: 'x'.repeat(200) }, replyTo: 0 } },
        { room, id: random.bytes(16), ref: 2 + n },
      ),
    ),
    systemFrame({ $case: 'history', value: { start: undefined, limit: 500 } }, { room, ref: 9 }),
  ];
  const bytes = said.map((frame) => encodeFrame(frame));
  if (!isWebSocket) return bytes;
  return [Buffer.from(upgradeOf(port, random)), ...bytes.map((payload) => messageOf(payload, random))];
}

function hello(name: string, secret: Uint8Array): Frame {
  return systemFrame({
    $case: 'hello',
    value: {
      versionMin: 1,
      versionMax: 1,
      capabilities: [],
      name,
      secret,
      beside: false,
      key: new Uint8Array(0),
      clientNonce: new Uint8Array(0),
      password: '',
      software: '',
      locale: '',
    },
  });
}
