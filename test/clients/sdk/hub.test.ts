// The client library and the server, each as it is, over pipes that delay, split and break.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatClient, ClientState, Entry, RoomView } from '../../../clients/sdk/index.ts';
import { FaultCode, Mode, PresenceState, Status } from '../../../src/protocol/index.ts';
import { Lan } from './lan.ts';
import { look, type Seen } from './stage.ts';

/** Everything that one client hears. */
function hear(client: ChatClient): Entry[] {
  const entries: Entry[] = [];
  client.on('entry', (entry) => entries.push(entry));
  return entries;
}

const textOf = ({ kind }: Entry): string => (kind.type === 'chat' ? kind.text : kind.type);
const stateOf = (client: ChatClient): ClientState['at'] => client.state.at;

async function enter(
  lan: Lan,
  client: ChatClient,
  room = 'lobby',
  mode: Mode = Mode.MEMBER,
): Promise<RoomView> {
  void look(client.connect());
  const view = look(client.join(room, { mode }));
  await lan.pass(20);
  if (view.value === undefined) throw view.error ?? new Error(`${room} was not entered`);
  return view.value;
}

async function outcome<T>(lan: Lan, promise: Promise<T>, ms = 20): Promise<Seen<T>> {
  const seen = look(promise);
  await lan.pass(ms);
  return seen;
}

describe('with a real server', () => {
  test('two talk, a third reads what was said before', async () => {
    const lan = new Lan();
    const [alice, bob, carol] = ['alice', 'bob', 'carol'].map((name) => lan.client(name).client);
    if (alice === undefined || bob === undefined || carol === undefined) throw new Error('nobody');
    const heard = hear(alice);
    const lobby = await enter(lan, alice);
    const other = await enter(lan, bob);
    const sent = await outcome(lan, other.send('halo'));
    expect(heard.map(textOf)).toEqual(['join', 'halo']);
    expect(sent.value?.seq).toBe(heard.at(-1)?.seq);
    expect(Array.from(lobby.members.values(), ({ name }) => name).toSorted()).toEqual(['alice', 'bob']);
    const late = hear(carol);
    void look(carol.connect());
    const view = await outcome(lan, carol.join('lobby', { last: 2 }));
    expect(late.map(textOf)).toEqual(['halo', 'join']);
    expect(
      (await outcome(lan, view.value?.history({ limit: 2 }) ?? Promise.reject(new Error()))).value,
    ).toMatchObject({
      entries: [{ seq: 3 }, { seq: 4 }],
      oldest: 1,
      more: true,
    });
    expect((await outcome(lan, carol.rooms())).value).toEqual([{ room: 'lobby', members: 3, newest: 4 }]);
  });

  test('who is cut off comes back without a word, and misses nothing', async () => {
    const lan = new Lan();
    const { client: alice, wire } = lan.client('alice');
    const { client: bob } = lan.client('bob');
    const heard = hear(alice);
    const lobby = await enter(lan, alice);
    const other = await enter(lan, bob);
    const seen: number[] = [];
    bob.on('presence', (_, __, state) => seen.push(state));
    const statuses: number[] = [];
    alice.on('joined', (_, { status }) => statuses.push(status));
    wire().cut();
    await lan.pass(1);
    const sent = [look(other.send('while she is away')), look(lobby.send('from far away'))];
    await lan.pass(100);
    expect(statuses).toEqual([Status.COMPLETE]);
    expect(heard.map(textOf).toSorted()).toEqual(['from far away', 'join', 'while she is away']);
    expect(heard.map(({ seq }) => seq)).toEqual([2, 3, 4]);
    expect(sent.map(({ value }) => value?.duplicate)).toEqual([false, false]);
    // A hint may be repeated.
    expect([...new Set(seen)]).toEqual([PresenceState.HELD, PresenceState.HERE]);
  });

  test('a leave is one, a cut that lasts is one', async () => {
    const lan = new Lan({ graceMs: 100 });
    const { client: alice } = lan.client('alice');
    const { client: bob } = lan.client('bob');
    const { client: carol, wire } = lan.client('carol', { reconnect: false });
    const heard = hear(alice);
    const lobby = await enter(lan, alice);
    const other = await enter(lan, bob);
    await enter(lan, carol);
    await outcome(lan, other.leave());
    wire().cut();
    await lan.pass(300);
    expect(heard.map(({ kind, author }) => [kind.type, author?.name])).toEqual([
      ['join', 'bob'],
      ['join', 'carol'],
      ['leave', 'bob'],
      ['leave', 'carol'],
    ]);
    expect(Array.from(lobby.members.values(), ({ name }) => name)).toEqual(['alice']);
  });

  test('the same user twice: the older session ends, unless the new one comes in beside it', async () => {
    const lan = new Lan();
    const first = lan.client('alice').client;
    await enter(lan, first);
    const beside = lan.client('alice', { beside: true }).client;
    await enter(lan, beside);
    expect([stateOf(first), stateOf(beside)]).toEqual(['open', 'open']);
    const second = lan.client('alice').client;
    await enter(lan, second);
    expect(first.state).toMatchObject({ at: 'closed', cause: { code: FaultCode.REPLACED } });
    expect([stateOf(beside), stateOf(second)]).toEqual(['closed', 'open']);
  });

  test('a name that somebody else has is refused', async () => {
    const lan = new Lan();
    await enter(lan, lan.client('alice').client);
    const thief = lan.client('alice', { secret: new Uint8Array(32).fill(1) }).client;
    const connected = await outcome(lan, thief.connect());
    expect(connected.error).toMatchObject({ code: FaultCode.NAME_TAKEN });
  });

  test('a name that is held is waited for if so wanted', async () => {
    const lan = new Lan({ graceMs: 200 });
    const { client, wire } = lan.client('alice', { reconnect: false });
    await enter(lan, client);
    wire().cut();
    await lan.pass(5);
    const secret = new Uint8Array(32).fill(1);
    const patient = lan.client('alice', { secret, heldRetry: true }).client;
    const causes = new Set<number>();
    patient.on('state', (state) => {
      if (state.at === 'waiting') causes.add(state.cause.code);
    });
    const connected = look(patient.connect());
    await lan.pass(1_000);
    expect([...causes]).toEqual([FaultCode.NAME_HELD]);
    expect(connected.value?.name).toBe('alice');
  });

  test('two talk in private, under whatever name they opened the room', async () => {
    const lan = new Lan();
    const { client: alice } = lan.client('alice');
    const { client: bob, wire } = lan.client('bob');
    const heard = hear(bob);
    await enter(lan, alice, 'lobby');
    await enter(lan, bob, 'lobby');
    const hints: string[] = [];
    bob.on('direct', ({ room, peer }) => hints.push(`${room} ${peer.name}`));
    const hers = await enter(lan, alice, '@bob');
    expect(hers).toMatchObject({ peer: { name: 'bob' } });
    await outcome(lan, hers.send('psst'));
    expect(hints).toEqual([`${hers.room} alice`]);
    const his = await enter(lan, bob, '@alice');
    expect(his.room).toBe(hers.room);
    expect((await outcome(lan, bob.join('@ALICE'))).value).toBe(his);
    expect((await outcome(lan, his.history())).value?.entries.map(textOf)).toEqual(['psst']);
    wire().cut();
    await lan.pass(100);
    await outcome(lan, hers.send('still there?'));
    expect(heard.filter(({ room }) => room === hers.room).map(textOf)).toEqual(['still there?']);
    expect((await outcome(lan, alice.join('@nobody'))).error).toMatchObject({ code: FaultCode.NO_RECIPIENT });
  });

  test('one that only sends, and one that only reads', async () => {
    const lan = new Lan();
    const { client: reader } = lan.client('');
    const { client: sender, wire } = lan.client('script');
    const heard = hear(reader);
    const quiet = await enter(lan, reader, 'lobby', Mode.QUIET);
    const view = await enter(lan, sender, 'lobby', Mode.SEND_ONLY);
    const sent = Array.from({ length: 200 }, (_, n) => look(view.send(`${n}`)));
    await lan.pass(3);
    wire().cut();
    await lan.pass(200);
    expect(sent.map(({ value }) => value?.seq)).toEqual(sent.map((_, n) => n + 1));
    expect(heard.map(textOf)).toEqual(sent.map((_, n) => `${n}`));
    expect(quiet).toMatchObject({ listeners: 1, members: new Map() });
    const refused = await outcome(lan, quiet.send('x'));
    expect(refused.error).toMatchObject({ code: FaultCode.NOT_NAMED });
  });

  test('a server that drains loses nothing of what is said meanwhile', async () => {
    const lan = new Lan();
    const { client } = lan.client('alice');
    const view = await enter(lan, client);
    lan.hub.drain(5_000, () => undefined);
    const sent = look(view.send('later'));
    await lan.pass(50);
    expect(client.state).toMatchObject({ at: 'waiting' });
    expect(sent.pending).toBe(true);
    expect(view.unacknowledged).toBe(1);
  });

  test('a retention that overtakes a reader is told', async () => {
    const lan = new Lan({ retainBytes: 20_000 });
    const { client: alice } = lan.client('alice');
    const { client: bob, wire } = lan.client('bob');
    const lobby = await enter(lan, alice);
    const other = await enter(lan, bob);
    const heard = hear(bob);
    const statuses: number[] = [];
    bob.on('joined', (_, { status }) => statuses.push(status));
    wire().cut();
    for (let n = 0; n < 40; n++) void look(lobby.send('x'.repeat(2_000)));
    await lan.pass(100);
    expect(statuses).toEqual([Status.TRUNCATED]);
    expect(heard[0]?.seq).toBeGreaterThan(10);
    expect(heard.at(-1)?.seq).toBe(42);
    expect(other.position.seq).toBe(42);
  });

  test('a reader that pauses is not fed further than the window, and catches up', async () => {
    const lan = new Lan();
    const { client: alice } = lan.client('alice');
    const { client: bob } = lan.client('bob');
    const lobby = await enter(lan, alice);
    await enter(lan, bob);
    const heard = hear(bob);
    bob.pause();
    const texts = Array.from({ length: 60 }, (_, n) => `${n} ${'x'.repeat(10_000)}`);
    for (const text of texts) void look(lobby.send(text));
    await lan.pass(300);
    expect(heard).toEqual([]);
    expect(lobby.unacknowledged).toBe(0);
    bob.resume();
    await lan.pass(100);
    expect(heard.map(textOf)).toEqual(texts);
  });
});

type Deed = 'send' | 'cut' | 'leave' | 'join' | 'pause' | 'resume';
type Step = { readonly does: Deed; readonly who: number } | { readonly does: 'wait'; readonly ms: number };

const who = fc.nat(3);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: who.map((n): Step => ({ does: 'send', who: n })) },
  { weight: 4, arbitrary: fc.nat(30).map((ms): Step => ({ does: 'wait', ms })) },
  { weight: 3, arbitrary: who.map((n): Step => ({ does: 'cut', who: n })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(who, fc.constantFrom<Deed>('leave', 'join', 'pause', 'resume'))
      .map(([n, does]): Step => ({ does, who: n })),
  },
);

/** One person: in and out of the lobby, and what became of each word. */
class Person {
  readonly name: string;
  readonly client: ChatClient;
  readonly heard: Entry[];
  readonly said: Array<{ readonly text: string; readonly seen: Seen<{ readonly seq: number }> }> = [];
  readonly #cut: () => void;
  #view: RoomView | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(lan: Lan, name: string) {
    const { client, wire } = lan.client(name);
    this.name = name;
    this.client = client;
    this.heard = hear(client);
    this.#cut = () => wire().cut();
    client.on('joined', (view) => {
      this.#view = view;
    });
    void look(client.connect());
    void look(client.join('lobby', { last: 5 }));
  }

  do(deed: Deed): void {
    switch (deed) {
      case 'send':
        this.#send();
        return;
      case 'cut':
        this.#cut();
        return;
      case 'leave':
        this.#inTurn(async () => this.#view?.leave());
        return;
      case 'join':
        this.#inTurn(() => this.#join());
        return;
      default:
        this.client[deed]();
    }
  }

  /** Whoever wants to go on where the last stay ended waits for its end: entries still come until the Left. */
  #inTurn(deed: () => Promise<unknown>): void {
    this.#turn = this.#turn.then(deed).catch(() => undefined);
  }

  #join(): Promise<RoomView> {
    const have = this.#view?.position;
    return this.client.join('lobby', have === undefined ? { last: 5 } : { have });
  }

  #send(): void {
    if (this.#view === undefined) return;
    const text = `${this.name} ${this.said.length}`;
    this.said.push({ text, seen: look(this.#view.send(text)) });
  }
}

/** What one person heard and said, held against the log. */
function judge({ name, heard, said }: Person, log: readonly Entry[]): void {
  const at = (seq: number): string => textOf(log[seq - 1] as Entry);
  // Heard: the log, in its order, nothing twice.
  const seqs = heard.map(({ seq }) => seq);
  expect(seqs).toEqual([...new Set(seqs)].toSorted((a, b) => a - b));
  expect(heard.map(textOf)).toEqual(seqs.map(at));
  // Said: once, in order, where the receipt says; or its sender knows that it need not be there.
  const own = log.filter(({ author, kind }) => author?.name === name && kind.type === 'chat').map(textOf);
  expect(own).toEqual(said.map(({ text }) => text).filter((text) => own.includes(text)));
  for (const { text, seen } of said) {
    expect(seen.pending).toBe(false);
    if (seen.value === undefined) expect(seen.error?.reason).toBe('left');
    else expect(at(seen.value.seq)).toBe(text);
  }
}

async function play(steps: readonly Step[], seed: number, chunkBytes: number): Promise<void> {
  const lan = new Lan({ graceMs: 60, seed });
  lan.chunkBytes = chunkBytes;
  const people = ['ani', 'budi', 'citra', 'dewi'].map((name) => new Person(lan, name));
  for (const step of steps) {
    if (step.does === 'wait') await lan.pass(step.ms);
    else people[step.who]?.do(step.does);
  }
  for (const person of people) person.do('resume');
  await lan.pass(400);

  const witness = lan.client('witness').client;
  const log = hear(witness);
  void look(witness.connect());
  await outcome(lan, witness.join('lobby', { last: 1_000_000 }), 50);
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, n) => n + 1));
  for (const person of people) judge(person, log);

  for (const { client } of people) void look(client.join('lobby'));
  const views = await Promise.all(
    [...people, { client: witness }].map(({ client }) => outcome(lan, client.join('lobby'), 50)),
  );
  const rosters = views.map(({ value }) =>
    Array.from(value?.members.values() ?? [], ({ name }) => name).toSorted(),
  );
  for (const roster of rosters) expect(roster).toEqual(['ani', 'budi', 'citra', 'dewi', 'witness']);
}

test('whoever is cut off, leaves, pauses or talks: one log, everybody’s words once and in their order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyStep, { maxLength: 80 }),
      fc.nat(),
      fc.integer({ min: 1, max: 4_000 }),
      play,
    ),
  );
});
