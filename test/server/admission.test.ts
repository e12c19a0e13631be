import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nodeDisk } from '../../src/followers/disk.ts';
import { readPassword, ServerAdmission } from '../../src/server/admission.ts';
import { codeDigest, makeCode } from '../../src/server/codes.ts';
import { Invites } from '../../src/server/invites.ts';

let data: string;
let now = 1_000_000;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'kentongan-'));
  now = 1_000_000;
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

async function admission(always = false): Promise<{ invites: Invites; admission: ServerAdmission }> {
  const invites = await Invites.open(data, nodeDisk, randomBytes, now);
  return { invites, admission: new ServerAdmission(invites, () => now, always) };
}

function passwordFile(text: string, mode = 0o600): string {
  const path = join(data, 'password');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe('codes', () => {
  test('have 40 bits and no characters that look like others', () => {
    const seen = new Set<string>();
    for (let n = 0; n < 2_000; n++) {
      const code = makeCode(randomBytes);
      expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
      seen.add(code);
    }
    expect(seen.size).toBe(2_000);
    const characters = new Set([...seen].join('').replaceAll('-', ''));
    expect(characters.size).toBe(32);
  });

  test('mean the same however they are typed', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
        fc.infiniteStream(fc.boolean()),
        (bytes, coin) => {
          const code = makeCode(() => bytes);
          const toss = (): boolean => coin.next().value === true;
          const typed = Array.from(code.replace('-', toss() ? '' : ' '), (character) => {
            if (character === '0' && toss()) return toss() ? 'o' : 'O';
            if (character === '1' && toss()) return ['i', 'I', 'l', 'L'][Number(toss()) * 2 + Number(toss())];
            return toss() ? character.toLowerCase() : character;
          }).join(toss() ? '-' : '');
          expect(codeDigest(typed)).toEqual(codeDigest(code));
        },
      ),
    );
    expect(codeDigest('AAAA-AAAA')).not.toEqual(codeDigest('AAAA-AAAB'));
  });
});

describe('the password', () => {
  test.each([
    ['rahasia', 'rahasia'],
    ['rahasia\n', 'rahasia'],
    ['rahasia\r\nsecond line\n', 'rahasia'],
    [' with spaces ', ' with spaces '],
    // e and an accent, and é: the same letter.
    ['caf\u0065\u0301', 'caf\u00e9'],
  ])('the first line of %j is %j', async (text, password) => {
    const { admission: door } = await admission();
    door.setPassword(readPassword(passwordFile(text)));
    expect(door.admits(password)).toBe(true);
    for (const wrong of ['', `${password}x`, password.slice(1), password.toUpperCase(), '0'.repeat(32)]) {
      expect(door.admits(wrong), wrong).toBe(false);
    }
  });

  test.each([
    ['start.password-empty', ''],
    ['start.password-empty', '\nrahasia'],
    ['start.password-long', 'é'.repeat(65)],
  ])('%s', (key, text) => {
    const path = passwordFile(text);
    expect(() => readPassword(path)).toThrow(expect.objectContaining({ key }));
  });

  test('a file that is not there is told', () => {
    const missing = join(data, 'missing');
    expect(() => readPassword(missing)).toThrow(expect.objectContaining({ key: 'start.password-read' }));
  });

  test.skipIf(process.platform === 'win32')('others who may read it are noticed', () => {
    expect(readPassword(passwordFile('x')).isReadable).toBe(false);
    expect(readPassword(passwordFile('x', 0o644)).isReadable).toBe(true);
    expect(readPassword(passwordFile('x', 0o640)).isReadable).toBe(true);
  });
});

describe('invites', () => {
  test('without a password and without invites nobody has to know anything', async () => {
    const { admission: open } = await admission();
    expect(open.admits('')).toBe(true);
    expect(open.admits('anything')).toBe(true);
    const { admission: closed } = await admission(true);
    for (const tried of ['', 'anything', '0'.repeat(64)]) expect(closed.admits(tried)).toBe(false);
  });

  test('a code holds until it expires; then the door stays shut until all are revoked', async () => {
    const { invites, admission: door } = await admission();
    const { code } = await invites.make({ now, expiresMs: 60_000, note: 'kelas 7' });
    expect(door.admits(code)).toBe(true);
    expect(door.admits(code.toLowerCase().replace('-', ''))).toBe(true);
    expect(door.admits('')).toBe(false);
    expect(door.admits('AAAA-AAAA')).toBe(false);
    now += 60_000;
    expect(door.admits(code)).toBe(false);
    expect(door.admits('')).toBe(false);
    expect(await invites.revoke('all')).toBe(1);
    expect(door.admits('')).toBe(true);
  });

  test('each code and the password do, and a revoked one does not', async () => {
    const { invites, admission: door } = await admission();
    door.setPassword(readPassword(passwordFile('rahasia')));
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, n) => invites.make({ now, expiresMs: 60_000 + n, note: '' })),
    );
    for (const { code } of made) expect(door.admits(code)).toBe(true);
    expect(door.admits('rahasia')).toBe(true);
    const [first, second] = made;
    expect(await invites.revoke(first?.code.toLowerCase() ?? '')).toBe(1);
    expect(await invites.revoke(String(second?.number))).toBe(1);
    expect(await invites.revoke('ZZZZ-ZZZZ')).toBe(0);
    expect([first, second].map((one) => door.admits(one?.code ?? ''))).toEqual([false, false]);
    expect(invites.all()).toHaveLength(18);
  });

  test('survive a restart as digests, for their owner alone', async () => {
    const { invites } = await admission();
    const { code } = await invites.make({ now, expiresMs: 60_000, note: 'kelas 7' });
    const path = join(data, 'invites.json');
    const text = readFileSync(path, 'utf8');
    for (const part of [code, code.replace('-', ''), code.slice(0, 4), code.slice(5)]) {
      expect(text).not.toContain(part);
    }
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
    const { admission: door, invites: again } = await admission();
    expect(door.admits(code)).toBe(true);
    expect(again.list(now)).toEqual([{ number: 1, madeAt: now, expiresAt: now + 60_000, note: 'kelas 7' }]);
  });

  test('a code that is to be shown again is found until it has nearly expired', async () => {
    const { invites } = await admission();
    const { code } = await invites.make({ now, expiresMs: 60_000, note: 'lab', shown: true });
    const { invites: again } = await admission();
    expect(again.shown(now, 10_000)?.code).toBe(code);
    expect(again.shown(now + 50_000, 10_000)).toBeUndefined();
    expect(JSON.stringify(again.list(now))).not.toContain(code);
  });

  test('a damaged file refuses the start', async () => {
    writeFileSync(join(data, 'invites.json'), '{}');
    await expect(admission()).rejects.toMatchObject({ key: 'start.invites-damaged' });
  });

  test('there may be so many', async () => {
    const { invites } = await admission();
    await Promise.all(Array.from({ length: 1_000 }, () => invites.make({ now, expiresMs: 1, note: '' })));
    await expect(invites.make({ now, expiresMs: 1, note: '' })).rejects.toThrow('TOO_MANY_INVITES');
    // What has expired takes nobody's place.
    expect(await invites.make({ now: now + 1, expiresMs: 1, note: '' })).toMatchObject({ number: 1_001 });
  });

  describe('that have expired', () => {
    const inFile = (): number[] => {
      const { rows } = JSON.parse(readFileSync(join(data, 'invites.json'), 'utf8')) as {
        rows: Array<{ number: number }>;
      };
      return rows.map(({ number }) => number);
    };

    /** Four, of which the second one holds for longer; and then the others have expired. */
    async function expired(): Promise<Invites> {
      const { invites } = await admission();
      for (const expiresMs of [10, 5_000, 20, 30]) await invites.make({ now, expiresMs, note: '' });
      now += 1_000;
      return invites;
    }

    test.each<[string, (invites: Invites) => Promise<number[]>]>([
      [
        'a start',
        async () => {
          const { invites } = await admission();
          await invites.close();
          return [2, 4];
        },
      ],
      [
        'the list',
        async (invites) => {
          expect(invites.list(now).map(({ number }) => number)).toEqual([2, 4]);
          await invites.close();
          return [2, 4];
        },
      ],
      [
        'a new one',
        async (invites) => {
          await invites.make({ now, expiresMs: 10, note: '' });
          return [2, 4, 5];
        },
      ],
    ])('are forgotten at %s, but for the newest', async (_when, act) => {
      const invites = await expired();
      expect(inFile()).toEqual([1, 2, 3, 4]);
      const left = await act(invites);
      expect(inFile()).toEqual(left);
    });

    test('open no door, however many starts are between, and numbers go on', async () => {
      await expired();
      now += 10_000;
      for (let start = 0; start < 3; start++) {
        const { admission: door, invites } = await admission();
        expect(invites.list(now)).toMatchObject([{ number: 4 }]);
        await invites.close();
        expect(door.admits('')).toBe(false);
      }
      expect(inFile()).toEqual([4]);
      const { invites, admission: door } = await admission();
      expect(await invites.make({ now, expiresMs: 10, note: '' })).toMatchObject({ number: 5 });
      now += 10;
      invites.list(now);
      await invites.close();
      expect(inFile()).toEqual([5]);
      expect(await invites.revoke('all')).toBe(1);
      expect(door.admits('')).toBe(true);
    });

    test('open no door when a new one could not be kept', async () => {
      const { invites, admission: door } = await admission();
      await invites.make({ now, expiresMs: 10, note: '' });
      now += 10;
      const inTheWay = join(data, 'invites.json.new');
      mkdirSync(inTheWay);
      await expect(invites.make({ now, expiresMs: 10, note: '' })).rejects.toThrow('STORAGE_READ_ONLY');
      rmdirSync(inTheWay);
      expect(invites.list(now)).toMatchObject([{ number: 1 }]);
      await invites.close();
      expect(door.admits('')).toBe(false);
    });
  });
});
