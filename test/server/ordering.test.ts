// The order of a broadcast over real sockets: many clients talk at once while connections are cut.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChatClient, type Dial, type Entry, type Transport } from '../../clients/sdk/index.ts';
import { dialTcp } from '../../clients/sdk/tcp.ts';
import { createServer, type Server } from '../../src/index.ts';
import { Random } from '../support/random.ts';

const CLIENTS = 200;
const LINES = 12;
const CUTS = 150;
const SEED = Number(process.env['FC_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

let data: string;
let server: Server;

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'kentongan-'));
  const core = { unwelcomedMax: CLIENTS, connectionsMax: 4 * CLIENTS };
  server = await createServer({
    host: '127.0.0.1',
    port: 0,
    data: join(data, 'data'),
    connectionsPerAddress: 4 * CLIENTS,
    core,
  });
});

afterAll(async () => {
  await server.close();
  rmSync(data, { recursive: true });
});

interface Person {
  readonly client: ChatClient;
  readonly name: string;
  /** What came, by `seq sender text`. */
  readonly heard: Map<number, string>;
  readonly order: number[];
  /** Cuts the connection that is open now. */
  cut(): void;
}

function spoken(entry: Entry): string {
  const what = entry.kind.type === 'chat' ? entry.kind.text : entry.kind.type;
  return `${entry.author?.name}: ${what}`;
}

function personOf(name: string): Person {
  const open: Transport[] = [];
  const dial = dialTcp('127.0.0.1', server.port);
  const watched: Dial = (listener) => {
    const transport = dial(listener);
    open[0] = transport;
    return transport;
  };
  const secret = new Uint8Array(32);
  globalThis.crypto.getRandomValues(secret);
  const client = new ChatClient({ dial: watched, name, secret, reconnect: { minMs: 5, maxMs: 50 } });
  const heard = new Map<number, string>();
  const order: number[] = [];
  client.on('entry', (entry) => {
    heard.set(entry.seq, spoken(entry));
    order.push(entry.seq);
  });
  return { client, name, heard, order, cut: () => open[0]?.destroy() };
}

test(`${CLIENTS} clients hear one order over TCP, each line once, through ${CUTS} cuts (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const people = Array.from({ length: CLIENTS }, (_, i) => personOf(`p${i}`));
  const rooms = await Promise.all(
    people.map(async ({ client }) => {
      await client.connect();
      return client.join('lobby');
    }),
  );
  const cuts = (async (): Promise<void> => {
    for (let i = 0; i < CUTS; i++) {
      people[random.below(CLIENTS)]?.cut();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  const receipts = await Promise.all(
    rooms.flatMap((room, i) => Array.from({ length: LINES }, (_, line) => room.send(`p${i} line ${line}`))),
  );
  await cuts;

  const newest = Math.max(...receipts.map(({ seq }) => seq));
  await Promise.all(people.map(async (person, i) => untilHeard(person, rooms[i]?.position.seq ?? 0, newest)));

  // No receipt is for two lines, no line has two receipts.
  expect(new Set(receipts.map(({ seq }) => seq)).size).toBe(CLIENTS * LINES);
  const log = new Map<number, string>();
  for (const { heard } of people) for (const [seq, what] of heard) log.set(seq, log.get(seq) ?? what);
  for (const { heard, order } of people) {
    expect(order).toEqual(Array.from(order, (_, i) => (order[0] ?? 0) + i));
    for (const [seq, what] of heard) expect(what).toBe(log.get(seq));
  }
  const said = [...log].toSorted(([a], [b]) => a - b).map(([, what]) => what);
  for (const { name } of people) {
    const lines = said.filter((what) => what.startsWith(`${name}: ${name} line `));
    expect(lines).toEqual(Array.from({ length: LINES }, (_, line) => `${name}: ${name} line ${line}`));
  }
  await Promise.all(people.map(async ({ client }) => client.close()));
  await server.close();
  expect(chatLog(join(data, 'data', 'chat.log'), newest)).toEqual(
    Array.from({ length: newest }, (_, i) => i + 1),
  );
});

async function untilHeard(person: Person, position: number, newest: number): Promise<void> {
  if (position >= newest || person.heard.has(newest)) return;
  await new Promise<void>((resolve) => {
    const onEntry = ({ seq }: Entry): void => {
      if (seq < newest) return;
      person.client.off('entry', onEntry);
      resolve();
    };
    person.client.on('entry', onEntry);
  });
}

/** The numbers of the lobby's lines up to `newest`, as they stand in the file. */
function chatLog(path: string, newest: number): number[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  const numbers = lines.map((line) => Number(/^\S+ lobby #(\d+) /.exec(line)?.[1] ?? 0));
  return numbers.filter((seq) => seq > 0 && seq <= newest);
}
