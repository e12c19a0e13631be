// Conversations on a real Hub, recorded frame by frame: what sessions.json holds.
import type { HubOptions } from '../../src/core/options.ts';
import { keyHello, overTls, proofFrame } from './keys.ts';
import {
  chatFrame,
  type Client,
  type ConnectOptions,
  codec,
  helloFrame,
  idOf,
  kindOf,
  Rig,
  systemOf,
  textOf,
} from './rig.ts';
import { type Json, toHex } from './spec-codec.ts';
import type { SessionCase, SessionStep } from './vectors.ts';

class Recorder {
  readonly rig: Rig;
  readonly steps: SessionStep[] = [];
  readonly #clients = new Map<string, Client>();

  constructor(options?: Partial<HubOptions>) {
    this.rig = new Rig(options);
  }

  /** A new connection for this person; an older one breaks. */
  connect(name: string, options?: ConnectOptions): void {
    this.#clients.get(name)?.drop();
    const client = this.rig.connect(options);
    client.answering = false;
    this.#clients.set(name, client);
    this.listen();
  }

  say(from: string, note: string, ...frames: readonly Json[]): void {
    for (const fields of frames) this.#add({ from, to: 'server', note, fields });
    this.#clients.get(from)?.send(...frames);
    this.listen();
  }

  /** Answers the newest Ping of this client. */
  pong(from: string): void {
    const ping = this.steps.findLast(
      ({ to, fields }) => to === from && systemOf(fields, 'ping') !== undefined,
    );
    const fields = { system: { pong: systemOf(ping?.fields ?? {}, 'ping') ?? {} } };
    this.say(from, 'Pong', fields);
  }

  /** Writes down what the server has said since. */
  listen(): void {
    for (const [to, client] of this.#clients) {
      for (const fields of client.take()) this.#add({ from: 'server', to, note: noteOf(fields), fields });
    }
  }

  /** The newest frame of this kind that the server has sent to this client. */
  last(to: string, kind: string): Json {
    return this.steps.findLast((step) => step.to === to && kindOf(step.fields) === kind)?.fields ?? {};
  }

  #add(step: Omit<SessionStep, 'hex'>): void {
    this.steps.push({ ...step, hex: toHex(codec.frame(step.fields)) });
  }
}

function noteOf(frame: Json): string {
  if (typeof frame['seq'] === 'number') return `entry ${frame['seq']}`;
  const kind = kindOf(frame);
  return kind === 'fault'
    ? `Fault ${textOf(systemOf(frame, 'fault'), 'code')}`
    : (kind[0] ?? '').toUpperCase() + kind.slice(1);
}

const hello = (name: string, ref: number): Json => ({
  ...helloFrame(name, { software: 'example 1.0' }),
  ref,
});

type Scenario = readonly [
  name: string,
  rules: readonly string[],
  run: (recorder: Recorder) => void,
  options?: Partial<HubOptions>,
];

const SCENARIOS: readonly Scenario[] = [
  [
    'first minute',
    ['KTG-5.5', 'KTG-8.5', 'KTG-9.6', 'KTG-10.11', 'KTG-8.11', 'KTG-11.4'],
    (recorder) => {
      recorder.connect('alice');
      recorder.say('alice', 'Hello', hello('alice', 1));
      recorder.say('alice', 'Join, with the last ten entries', { join: { last: 10 }, ref: 2, room: 'lobby' });
      recorder.say('alice', 'Chat', { chat: { text: 'halo' }, ref: 3, room: 'lobby', id: idOf(0xa11ce) });
      recorder.rig.advance(15_000);
      recorder.listen();
      recorder.pong('alice');
      recorder.say('alice', 'History, the newest entry', {
        system: { history: { limit: 1 } },
        ref: 4,
        room: 'lobby',
      });
      recorder.say('alice', 'Leave', { leave: {}, ref: 5, room: 'lobby' });
    },
  ],
  [
    'all at once',
    ['KTG-5.3'],
    (recorder) => {
      recorder.connect('alice');
      recorder.say(
        'alice',
        'Hello, Join and Chat in one piece',
        hello('alice', 1),
        { join: {}, ref: 2, room: 'lobby' },
        chatFrame(3, 'halo'),
      );
    },
  ],
  [
    'a retry, and an id that is used already',
    ['KTG-9.8', 'KTG-9.9'],
    (recorder) => {
      recorder.connect('alice');
      recorder.say('alice', 'Hello', hello('alice', 1));
      recorder.say('alice', 'Join', { join: {}, ref: 2, room: 'lobby' });
      recorder.say('alice', 'Chat', chatFrame(3, 'halo'));
      recorder.say('alice', 'the same again', { ...chatFrame(3, 'halo'), ref: 4 });
      recorder.say('alice', 'other words under the same id', { ...chatFrame(3, 'hallo'), ref: 5 });
    },
  ],
  [
    'a connection breaks and is resumed',
    ['KTG-7.6', 'KTG-8.17', 'KTG-10.6'],
    (recorder) => {
      for (const name of ['alice', 'bob']) {
        recorder.connect(name);
        recorder.say(name, 'Hello', hello(name, 1));
        recorder.say(name, 'Join', { join: {}, ref: 2, room: 'lobby' });
      }
      recorder.say('bob', 'Chat', chatFrame(3, 'satu'));
      const { seq = 0, check = 0 } = recorder.last('alice', 'chat');
      recorder.connect('alice');
      recorder.say('bob', 'Chat, while alice is away', chatFrame(4, 'dua'));
      recorder.say('alice', 'Hello, with the same secret', hello('alice', 1));
      const log = systemOf(recorder.last('alice', 'joined'), 'joined') ?? {};
      recorder.say('alice', 'Join, with the position', {
        join: { have: { log_id: log['log_id'] ?? '', seq, check } },
        ref: 2,
        room: 'lobby',
      });
    },
  ],
  [
    'a refusal stops the line',
    ['KTG-9.10', 'KTG-9.11', 'KTG-9.12', 'KTG-9.13'],
    (recorder) => {
      recorder.connect('alice');
      recorder.say('alice', 'Hello', hello('alice', 1));
      recorder.say('alice', 'Join', { join: {}, ref: 2, room: 'lobby' });
      recorder.rig.log.hold();
      recorder.say('alice', 'Chat', chatFrame(3, 'satu'));
      recorder.rig.log.fail('STORAGE_FULL');
      recorder.rig.settle();
      recorder.listen();
      recorder.say('alice', 'Chat, sent before the Fault was read', chatFrame(4, 'dua'));
      recorder.pong('alice');
      const again = (ref: number): readonly Json[] => [
        { ...chatFrame(3, 'satu'), ref },
        { ...chatFrame(4, 'dua'), ref: ref + 1 },
      ];
      recorder.rig.advance(1_000);
      recorder.rig.log.hold();
      recorder.say('alice', 'retry_after_ms later: both again, in order', ...again(5));
      recorder.rig.log.fail('STORAGE_FULL');
      recorder.rig.settle();
      recorder.listen();
      recorder.pong('alice');
      recorder.rig.advance(1_000);
      recorder.say('alice', 'and again, with new refs', ...again(7));
    },
  ],
  [
    'an entry is erased',
    ['KTG-10.16', 'KTG-10.17'],
    (recorder) => {
      recorder.connect('alice');
      recorder.say('alice', 'Hello', hello('alice', 1));
      recorder.say('alice', 'Join', { join: {}, ref: 2, room: 'lobby' });
      recorder.say('alice', 'Chat', chatFrame(3, 'kata sandi saya 1234'));
      recorder.rig.hub.erase('lobby', 2, () => undefined);
      recorder.rig.settle();
      recorder.listen();
      recorder.say('alice', 'History, the newest two', {
        system: { history: { limit: 2 } },
        ref: 4,
        room: 'lobby',
      });
      recorder.say('alice', 'the Chat again', { ...chatFrame(3, 'kata sandi saya 1234'), ref: 5 });
    },
  ],
  [
    'a private room',
    ['KTG-8.19', 'KTG-8.20', 'KTG-8.21', 'KTG-8.22'],
    (recorder) => {
      for (const name of ['alice', 'bob']) {
        recorder.connect(name);
        recorder.say(name, 'Hello', hello(name, 1));
      }
      recorder.say('alice', 'Join', { join: {}, ref: 2, room: '@bob' });
      const room = textOf(recorder.last('alice', 'joined'), 'room');
      recorder.say('alice', 'Chat', chatFrame(3, 'hanya kita', room));
      recorder.say('bob', 'Join, with what is new', { join: { last: 10 }, ref: 2, room });
    },
  ],
  [
    'a name is bound to a key',
    ['KTG-7.15', 'KTG-7.16', 'KTG-7.18', 'KTG-7.20', 'KTG-7.22'],
    (recorder) => {
      const prove = (who: string, note: string): void =>
        recorder.say(who, note, proofFrame(recorder.last(who, 'challenge'), 'alice'));
      recorder.connect('alice', overTls());
      recorder.say('alice', 'Hello, with a key', keyHello('alice'));
      prove('alice', 'Proof, tied to the certificate of this connection');
      recorder.connect('mallory', overTls());
      recorder.say('mallory', 'Hello, as a guest of that name', hello('alice', 1));
      recorder.connect('phone', overTls());
      recorder.say('phone', 'Hello, from another device with the same key', keyHello('alice'));
      prove('phone', 'Proof');
    },
  ],
  [
    'a password is wanted',
    ['KTG-6.5', 'KTG-6.9'],
    (recorder) => {
      const password = 'rahasia kelas 7';
      recorder.connect('alice');
      recorder.say('alice', 'Hello, without a password', hello('alice', 1));
      recorder.say('alice', 'Hello, with it', {
        ...helloFrame('alice', { software: 'example 1.0', password }),
        ref: 2,
      });
    },
    { admission: { admits: (password) => password === 'rahasia kelas 7' } },
  ],
];

/** Every conversation, as it goes now. */
export function recordSessions(): SessionCase[] {
  return SCENARIOS.map(([name, rules, run, options]) => {
    const recorder = new Recorder(options);
    run(recorder);
    recorder.listen();
    return { name, rules, steps: recorder.steps };
  });
}

/** The signature is the client's, of a nonce that is not. */
const CHOSEN_BY_THE_SERVER = new Set([
  'signature',
  'server_id',
  'log_id',
  'nonce',
  'check',
  'time',
  'now',
  'software',
]);

/** What of a conversation does not depend on a server's randomness and clock. */
export function withoutChance(session: SessionCase): unknown {
  const rooms = new Map<string, string>();
  const mask = (key: string, value: unknown): unknown => {
    if (CHOSEN_BY_THE_SERVER.has(key)) return typeof value;
    if (typeof value !== 'string') return value;
    return value.replaceAll(/~[a-z2-7]{26}/g, (name) => {
      if (!rooms.has(name)) rooms.set(name, `~${rooms.size}`);
      return rooms.get(name) ?? '';
    });
  };
  // A Presence is a hint: a server may say more of them, or fewer.
  const firm = session.steps.filter(({ fields }) => kindOf(fields) !== 'presence');
  return firm.map(({ from, to, note, fields }) => {
    // The ids of Join and Leave entries are the server's.
    const { id, ...rest } = fields;
    const own = 'seq' in fields && !('chat' in fields) ? { id: 'string' } : id === undefined ? {} : { id };
    return JSON.parse(JSON.stringify({ from, to, note, fields: { ...rest, ...own } }, mask)) as unknown;
  });
}
