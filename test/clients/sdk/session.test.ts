import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFrame, FaultCode, FrameSplitter, limits, withPrefix } from '../../../src/protocol/index.ts';
import {
  BOB,
  chat,
  fault,
  joined,
  kindOf,
  kindsOf,
  LOG_A,
  look,
  nonceOf,
  ping,
  refusal,
  roster,
  settle,
  Stage,
  system,
  welcome,
} from './stage.ts';

const pongs = (stage: Stage): number[] =>
  stage.peer.news().flatMap(({ kind }) => {
    const said = kind?.$case === 'system' ? kind.value.kind : undefined;
    return said?.$case === 'pong' ? [said.value.nonce[0] ?? -1] : [];
  });

describe('the handshake', () => {
  test('says Hello and nothing else before the Welcome (KTG-3.3, KTG-6.1)', async () => {
    const stage = new Stage({ software: 'stage 1', locale: 'id-ID', beside: true });
    const connected = look(stage.client.connect());
    void look(stage.client.join('lobby'));
    void look(stage.client.rooms());
    const frames = stage.peer.news();
    expect(kindsOf(frames)).toEqual(['hello']);
    expect(frames[0]).toMatchObject({
      ref: 1,
      kind: {
        value: {
          kind: {
            value: {
              versionMin: 1,
              versionMax: 1,
              name: 'alice',
              software: 'stage 1',
              locale: 'id-ID',
              beside: true,
            },
          },
        },
      },
    });
    expect(stage.client.state).toEqual({ at: 'connecting', attempt: 1 });
    stage.peer.say(welcome({ name: 'Alice' }));
    expect(kindsOf(stage.peer.news())).toEqual(['join', 'roomsRequest']);
    await settle();
    expect(connected.value?.name).toBe('Alice');
    expect(stage.client.state).toMatchObject({ at: 'open', welcome: { name: 'Alice' } });
  });

  test('refuses a name that would exceed the limit before the Welcome, without dialling', async () => {
    const stage = new Stage({ name: 'x'.repeat(limits.FRAME_BYTES_MAX_BEFORE_WELCOME) });
    const connected = look(stage.client.connect());
    await settle();
    expect(connected.error).toMatchObject({ reason: 'fault', code: 1003 });
    expect(stage.peers).toEqual([]);
    expect(stage.client.state).toMatchObject({ at: 'closed' });
  });

  test('gives up on a server that is none of ours', async () => {
    const stage = new Stage();
    const connected = look(stage.client.connect());
    stage.peer.sayBytes(new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await settle();
    expect(connected.error).toMatchObject({ reason: 'protocol' });
    expect(stage.client.state).toMatchObject({ at: 'closed', cause: { reason: 'protocol' } });
    expect(stage.peer.fate).toBe('destroyed');
  });

  test('does not wait for ever for a Welcome', () => {
    const stage = new Stage();
    void look(stage.client.connect());
    stage.clock.advance(14_999);
    expect(stage.client.state.at).toBe('connecting');
    stage.clock.advance(1);
    expect(stage.client.state).toMatchObject({ at: 'waiting', cause: { reason: 'silent' } });
    expect(stage.peer.fate).toBe('destroyed');
  });

  test('refuses a version that was not offered', async () => {
    const stage = new Stage();
    const connected = look(stage.client.connect());
    stage.peer.say(welcome({ version: 2 }));
    await settle();
    expect(connected.error).toMatchObject({ reason: 'protocol' });
  });
});

describe('frames', () => {
  test('are the same however the bytes are cut (KTG-3.5)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 30 }),
        async (cuts) => {
          const stage = new Stage().open();
          void look(stage.client.join('lobby'));
          const said = [
            joined(2, 'lobby', { newest: 4 }),
            roster('lobby', 4, [BOB]),
            ...[1, 2, 3, 4].map((seq) => chat('lobby', seq, 'x'.repeat(seq * 40))),
          ];
          const bytes = new Uint8Array(Buffer.concat(said.map((frame) => encodeFrame(frame))));
          let turn = 0;
          for (let at = 0; at < bytes.length; turn++) {
            const end = at + (cuts[turn % cuts.length] ?? 1);
            stage.peer.sayBytes(bytes.slice(at, end));
            at = end;
          }
          expect(stage.told.slice(2)).toEqual(['joined lobby 1', 'lobby#1', 'lobby#2', 'lobby#3', 'lobby#4']);
        },
      ),
    );
  });

  test('of unknown kinds are ignored, and move the position if they are entries (KTG-4.13)', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const unknown = { ...chat('lobby', 1, 'x'), kind: undefined };
    const entries: string[] = [];
    stage.client.on('entry', ({ seq, kind }) => entries.push(`${seq} ${kind.type}`));
    // A System kind of a later version, in the log: System { 70: {} }.
    const later = new Uint8Array([
      0x22,
      3,
      0xb2,
      4,
      0,
      0x4a,
      5,
      ...new TextEncoder().encode('lobby'),
      0x60,
      2,
    ]);
    stage.peer.say({ ...unknown, seq: 0, time: 0, check: 0 }, unknown);
    stage.peer.sayBytes(withPrefix(later));
    stage.peer.say(chat('lobby', 3, 'still here'));
    expect(entries).toEqual(['1 unknown', '2 unknown', '3 chat']);
    expect(view.position).toEqual({ logId: LOG_A, seq: 3, check: 7_003 });
  });

  test('that are broken but in their bounds cost their content, not the connection (KTG-4.17)', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const broken = encodeFrame(chat('lobby', 1, 'abc')).slice();
    broken[broken.indexOf('b'.charCodeAt(0), 8)] = 0xff;
    const text = Buffer.from(broken).indexOf(Buffer.from([0x61, 0xff, 0x63]));
    expect(text).toBeGreaterThan(0);
    stage.peer.sayBytes(broken);
    stage.peer.say(chat('lobby', 2, 'next'));
    expect(stage.client.state.at).toBe('open');
    expect(view.position.seq).toBe(2);
  });

  test.each([
    ['of length 0', new Uint8Array(4)],
    ['that are too long', new Uint8Array([0, 1, 0, 1])],
    ['that cannot be read at all', withPrefix(new Uint8Array([0x0b]))],
  ])('%s end the connection (KTG-3.8)', (_, bytes) => {
    const stage = new Stage().open();
    stage.peer.sayBytes(bytes);
    expect(stage.client.state).toMatchObject({ at: 'waiting', cause: { reason: 'protocol' } });
    expect(stage.peer.fate).toBe('destroyed');
  });

  test('behind the one that ended the connection are not read', async () => {
    const stage = new Stage();
    await stage.enter();
    stage.peer.say(chat('lobby', 2, 'a hole'), chat('lobby', 1, 'late'));
    expect(stage.told).not.toContain('lobby#1');
    expect(stage.client.state).toMatchObject({ at: 'waiting', cause: { reason: 'protocol' } });
  });
});

describe('a Ping', () => {
  test('is answered in order, when all before it was delivered (KTG-11.4)', async () => {
    const stage = new Stage();
    await stage.enter();
    const answered: number[] = [];
    stage.client.on('entry', () =>
      answered.push(stage.peer.frames.filter((one) => kindOf(one) === 'pong').length),
    );
    stage.peer.say(
      chat('lobby', 1, 'a'),
      ping(1),
      chat('lobby', 2, 'b'),
      chat('lobby', 3, 'c'),
      ping(2),
      ping(3),
      chat('lobby', 4, 'd'),
    );
    expect(answered).toEqual([0, 1, 1, 3]);
    expect(pongs(stage)).toEqual([1, 2, 3]);
  });

  test('waits, with all behind it, while the application is paused', async () => {
    const stage = new Stage();
    await stage.enter();
    stage.client.once('entry', () => stage.client.pause());
    stage.peer.say(chat('lobby', 1, 'a'), ping(1), chat('lobby', 2, 'b'));
    stage.peer.say(ping(2));
    expect(stage.told.at(-1)).toBe('lobby#1');
    expect(pongs(stage)).toEqual([]);
    stage.client.resume();
    expect(stage.told.at(-1)).toBe('lobby#2');
    expect(pongs(stage)).toEqual([1, 2]);
  });

  test('stands behind what every listener heard, also when one of them resumes', async () => {
    const stage = new Stage();
    await stage.enter();
    const heard: string[] = [];
    stage.client.on('entry', ({ seq }) => {
      heard.push(`first ${seq}`);
      stage.client.resume();
    });
    stage.client.on('entry', ({ seq }) => heard.push(`second ${seq}`));
    stage.peer.say(chat('lobby', 1, 'a'), chat('lobby', 2, 'b'));
    expect(heard).toEqual(['first 1', 'second 1', 'first 2', 'second 2']);
  });

  test('is not missed when a listener resumes from within', async () => {
    const stage = new Stage();
    await stage.enter();
    stage.client.on('entry', () => {
      stage.client.pause();
      stage.client.resume();
    });
    stage.peer.say(chat('lobby', 1, 'a'), chat('lobby', 2, 'b'), ping(1));
    expect(stage.told.slice(-2)).toEqual(['lobby#1', 'lobby#2']);
    expect(pongs(stage)).toEqual([1]);
  });
});

describe('a connection that is lost while the application is paused', () => {
  test('ends as its last fault says, though nothing of it is delivered', async () => {
    const stage = new Stage();
    await stage.enter();
    stage.client.pause();
    stage.peer.say(chat('lobby', 1, 'a'), fault(FaultCode.REPLACED));
    stage.peer.drop();
    expect(stage.told).not.toContain('lobby#1');
    expect(stage.client.state).toMatchObject({ at: 'closed', cause: { code: FaultCode.REPLACED } });
  });

  test('is replaced otherwise, and brings again what was not delivered', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    stage.client.pause();
    stage.peer.say(chat('lobby', 1, 'a'));
    stage.peer.sayBytes(new Uint8Array([0, 0, 0, 0]));
    stage.reconnect();
    expect(view.position.seq).toBe(0);
    stage.client.resume();
    stage.admit('lobby', { status: 2 });
    stage.peer.say(chat('lobby', 1, 'a'));
    expect(stage.told.at(-1)).toBe('lobby#1');
  });
});

describe('silence', () => {
  test('of two ping intervals is the end of the connection (KTG-13.2)', () => {
    const stage = new Stage().open({ pingIntervalMs: 4_000 });
    stage.clock.advance(7_000);
    stage.peer.say(ping(1));
    stage.clock.advance(7_999);
    expect(stage.client.state.at).toBe('open');
    stage.clock.advance(1);
    expect(stage.client.state).toMatchObject({ at: 'waiting', cause: { reason: 'silent' } });
    expect(stage.peer.fate).toBe('destroyed');
  });

  test('is broken by any byte', () => {
    const stage = new Stage().open({ pingIntervalMs: 4_000 });
    const bytes = encodeFrame(ping(1));
    for (const byte of bytes) {
      stage.clock.advance(7_999);
      stage.peer.sayBytes(new Uint8Array([byte]));
    }
    expect(stage.client.state.at).toBe('open');
    expect(pongs(stage)).toEqual([1]);
  });

  test('means nothing while the application is paused', () => {
    const stage = new Stage().open({ pingIntervalMs: 4_000 });
    stage.client.pause();
    stage.clock.advance(100_000);
    expect(stage.client.state.at).toBe('open');
    stage.client.resume();
    stage.clock.advance(8_000);
    expect(stage.client.state.at).toBe('waiting');
  });

  test('of a paused application does not outlive a reconnect', async () => {
    const stage = new Stage();
    await stage.enter();
    stage.client.pause();
    stage.reconnect({ pingIntervalMs: 4_000 });
    stage.admit('lobby', { status: 2, first: 1 });
    stage.peer.say(chat('lobby', 1, 'a'));
    stage.clock.advance(60_000);
    expect(stage.client.state.at).toBe('open');
    expect(stage.told).not.toContain('lobby#1');
    stage.client.resume();
    expect(stage.told.at(-1)).toBe('lobby#1');
  });
});

describe('closing', () => {
  test('flushes, does not leave, and rejects what is pending with a code', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    const pending = [
      look(view.send('halo')),
      look(view.history()),
      look(stage.client.join('other')),
      look(stage.client.rooms()),
    ];
    const closed = look(stage.client.close());
    expect(kindsOf(stage.peer.news())).toEqual(['chat', 'history', 'join', 'roomsRequest']);
    expect(stage.peer.fate).toBe('ended');
    await settle();
    expect(pending.map(({ error }) => error?.reason)).toEqual(['closed', 'closed', 'closed', 'closed']);
    expect(closed.pending).toBe(true);
    stage.peer.drop();
    await settle();
    expect(closed.pending).toBe(false);
    expect(stage.client.state).toEqual({ at: 'closed' });
    expect(stage.clock.pending).toBe(0);
  });

  test('delivers nothing more and leaves no timer', async () => {
    const stage = new Stage();
    await stage.enter();
    void look(stage.client.close());
    stage.peer.fate = 'open';
    stage.peer.say(chat('lobby', 1, 'late'));
    expect(stage.told).not.toContain('lobby#1');
    stage.peer.drop();
    expect(stage.clock.pending).toBe(0);
  });

  test('leaves no timer of a line that a refusal had stopped', async () => {
    const stage = new Stage();
    const view = await stage.enter();
    void look(view.send('halo'));
    stage.peer.say(refusal(stage.last('chat'), 2_002, { retryAfterMs: 60_000 }));
    void look(stage.client.close());
    stage.peer.drop();
    expect(stage.clock.pending).toBe(0);
  });

  test('cuts a connection that does not end', async () => {
    const stage = new Stage().open();
    const closed = look(stage.client.close());
    stage.clock.advance(1_999);
    expect(stage.peer.fate).toBe('ended');
    stage.clock.advance(1);
    expect(stage.peer.fate).toBe('destroyed');
    stage.peer.drop();
    await settle();
    expect(closed.pending).toBe(false);
  });

  test('from within a listener stops the frames of the same chunk', async () => {
    const stage = new Stage();
    await stage.enter();
    stage.client.once('entry', () => void look(stage.client.close()));
    stage.peer.say(chat('lobby', 1, 'a'), ping(1), chat('lobby', 2, 'b'));
    expect(stage.told.slice(-2)).toEqual(['lobby#1', 'closed']);
    expect(pongs(stage)).toEqual([]);
  });

  test('is final, can be asked for twice, and before anything began', async () => {
    const stage = new Stage();
    await stage.client.close();
    await stage.client.close();
    const late = [stage.client.connect(), stage.client.join('lobby'), stage.client.rooms()].map((one) =>
      look<unknown>(one),
    );
    await settle();
    expect(late.map(({ error }) => error?.reason)).toEqual(['closed', 'closed', 'closed']);
    expect(stage.peers).toEqual([]);
  });

  test('while dialling and while waiting ends both', async () => {
    const dialling = new Stage();
    const connected = look(dialling.client.connect());
    void look(dialling.client.close());
    await settle();
    expect(connected.error?.reason).toBe('closed');
    expect(dialling.peer.fate).toBe('ended');

    const waiting = new Stage().open();
    waiting.peer.drop();
    await waiting.client.close();
    waiting.clock.advance(100_000);
    expect(waiting.peers.length).toBe(1);
    expect(waiting.clock.pending).toBe(0);
  });
});

test('what the client sends is frames with prefixes', () => {
  const stage = new Stage().open();
  stage.peer.say(ping(7));
  const pong = encodeFrame(system('pong', { nonce: nonceOf(7) }));
  const splitter = new FrameSplitter();
  splitter.write(pong);
  expect(splitter.next()?.length).toBe(pong.length - limits.PREFIX_BYTES);
  expect(kindsOf(stage.peer.news())).toEqual(['pong']);
});
