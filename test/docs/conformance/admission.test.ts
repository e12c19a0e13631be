// Chapters 6 and 7.1 of docs/protocol.md on a real Hub: who is let in, and under which names.
import { describe, expect, test } from 'vitest';
import { HELLOS_MAX } from '../../../src/protocol/limits.ts';
import type { HubOptions } from '../../../src/core/options.ts';
import { enterByKey, overTls, refusalByKey } from '../keys.ts';
import { helloFrame, Rig, systemOf } from '../rig.ts';
import type { Json } from '../spec-codec.ts';

const PASSWORD = { password: 'rahasia kelas 7' };
const WANTED: Partial<HubOptions> = { admission: { admits: (password) => password === PASSWORD.password } };

function refusal(rig: Rig, name: string, hello: Json = {}): Json {
  const client = rig.connect();
  client.send(helloFrame(name, hello));
  return client.fault();
}

describe('a password', () => {
  test('KTG-6.9 is wanted of guests, keys and those without a name', () => {
    const rig = new Rig(WANTED);
    for (const hello of [{}, { password: 'rahasia' }, { password: 'RAHASIA KELAS 7' }]) {
      expect(refusal(rig, 'alice', hello)).toMatchObject({ code: 'PASSWORD_WRONG', ref: 900 });
      expect(refusal(rig, '', hello)).toMatchObject({ code: 'PASSWORD_WRONG' });
      expect(refusalByKey(rig, 'alice', undefined, hello)).toMatchObject({ code: 'PASSWORD_WRONG' });
    }
    rig.enter('alice', PASSWORD);
    rig.enter('', PASSWORD);
    enterByKey(rig, 'budi', { hello: PASSWORD });
  });

  test('KTG-6.9 is asked for before anything is said of names', () => {
    const rig = new Rig(WANTED);
    rig.enter('alice', PASSWORD);
    for (const name of ['alice', 'аlice', 'not a name']) {
      expect(refusal(rig, name, { secret: '22'.repeat(32) })['code']).toBe('PASSWORD_WRONG');
    }
  });

  test('KTG-6.9 a key whose name is bound needs none', () => {
    const rig = new Rig(WANTED);
    enterByKey(rig, 'budi', { hello: PASSWORD }).drop();
    expect(enterByKey(rig, 'budi').welcome).toMatchObject({ welcome: { mark: 'BOUND' } });
  });

  test('KTG-6.9 where none is wanted it does not matter', () => {
    expect(new Rig().enter('alice', PASSWORD).welcome).toMatchObject({ welcome: { name: 'alice' } });
  });

  test('KTG-6.5 a wrong one leaves the connection new, the fifth time it ends', () => {
    const client = new Rig(WANTED).connect();
    for (let n = 1; n < HELLOS_MAX; n++) {
      client.send(helloFrame('alice'));
      expect(client.fault().code).toBe('PASSWORD_WRONG');
    }
    client.send(helloFrame('alice'));
    expect(client.take().map((frame) => systemOf(frame, 'fault')?.['code'])).toEqual([
      'PASSWORD_WRONG',
      'UNEXPECTED',
    ]);
    expect(client.ended).toBe(true);
  });

  test('KTG-6.10 a server for members lets in keys alone, new ones with a code', () => {
    const rig = new Rig({ ...WANTED, membersOnly: true });
    for (const hello of [{}, PASSWORD]) {
      expect(refusal(rig, 'alice', hello)).toMatchObject({ code: 'KEY_REQUIRED' });
      expect(refusal(rig, '', hello)).toMatchObject({ code: 'KEY_REQUIRED' });
    }
    expect(refusalByKey(rig, 'budi')).toMatchObject({ code: 'PASSWORD_WRONG' });
    enterByKey(rig, 'budi', { hello: PASSWORD }).drop();
    enterByKey(rig, 'budi');
  });
});

describe('names that look alike', () => {
  const PAIRS: readonly (readonly [there: string, comes: string, why: string])[] = [
    ['alice', 'аlice', 'a Cyrillic letter'],
    ['Ivan', 'lvan', 'a capital letter that looks like a small one'],
    ['alice', 'ΑLICE', 'a Greek letter, in the other case'],
    ['siti1', 'sitil', 'a digit that looks like a letter'],
    ['sarna', 'sama', 'two letters that look like one'],
  ];
  for (const [there, comes, why] of PAIRS) {
    test(`KTG-7.13 ${why}: ${comes} where ${there} is present, or bound and away`, () => {
      const rig = new Rig();
      const guest = rig.enter(there);
      expect(refusal(rig, comes)).toMatchObject({ code: 'NAME_CONFUSABLE', name: there });
      expect(refusalByKey(rig, comes)).toMatchObject({ code: 'NAME_CONFUSABLE', name: there });
      guest.drop();
      rig.enter(comes).drop();
      enterByKey(rig, there).drop();
      rig.advance(86_400_000);
      expect(refusal(rig, comes)).toMatchObject({ code: 'NAME_CONFUSABLE', name: there });
    });
  }

  test('KTG-7.13 also where the other one is held', () => {
    const rig = new Rig({ graceMs: 20_000 });
    rig.member('alice').drop();
    expect(refusal(rig, 'аlice')).toMatchObject({ code: 'NAME_CONFUSABLE', name: 'alice' });
    rig.advance(21_000);
    rig.enter('аlice');
  });

  test('KTG-7.13 who is the other one comes back', () => {
    const rig = new Rig();
    enterByKey(rig, 'alice');
    rig.member('bob').drop();
    const back = [enterByKey(rig, 'alice'), rig.enter('bob')];
    expect(back.map(({ welcome }) => (welcome as { welcome: Json }).welcome['name'])).toEqual([
      'alice',
      'bob',
    ]);
  });

  test('KTG-7.13 names that only resemble each other are two', () => {
    const rig = new Rig();
    const names = ['alice', 'alicia', 'al1ce-x', 'Budi', 'budi2'];
    const entered = names.map((name) => rig.enter(name, {}, overTls()).welcome as { welcome: Json });
    expect(entered.map(({ welcome }) => welcome['name'])).toEqual(names);
  });
});
