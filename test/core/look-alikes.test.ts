// Names that look alike: UTS #39, by a table of Unicode.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CONFUSABLES, CONFUSABLES_VERSION } from '../../src/core/gen/confusables.ts';
import { Lookalikes } from '../../src/core/lookalikes.ts';
import { foldName } from '../../src/core/names.ts';
import { skeletonOf } from '../../src/core/skeleton.ts';
import { FaultCode } from '../../src/protocol/index.ts';
import { isName } from '../../src/protocol/names.ts';
import { faultsOf, kindOf, newKey, Rig } from './rig.ts';

const text = (hex: string): string =>
  String.fromCodePoint(...hex.split(' ').map((digits) => Number.parseInt(digits, 16)));

/** Every line of the table that can be two names: somebody has the one, somebody else wants the other. */
const PAIRS = CONFUSABLES.trim()
  .split(/[\n;]/)
  .flatMap((group) => {
    const [target = '', sources = ''] = group.split('<');
    return sources
      .split(' ')
      .map((source) => [`u${text(source)}`, `u${text(target)}`.normalize('NFKC')] as const);
  })
  .filter(([source, target]) => isName(source) && isName(target) && foldName(source) !== foldName(target));

describe('KTG-7.13 the table', () => {
  test('is of the version of Unicode that this Node has', () => {
    expect(CONFUSABLES_VERSION).toBe(`${process.versions['unicode']}.0`);
  });

  test('knows more than a thousand pairs of names, and finds each of them', () => {
    expect(PAIRS.length).toBeGreaterThan(1_000);
    const missed = PAIRS.filter(([source, target]) => skeletonOf(source) !== skeletonOf(target));
    expect(missed).toEqual([]);
  });

  test('a skeleton is its own skeleton', () => {
    const char = fc.constantFrom(...PAIRS.flatMap((pair) => pair.flatMap((name) => [...name])));
    fc.assert(
      fc.property(fc.array(char, { maxLength: 32 }), (chars) => {
        const skeleton = skeletonOf(chars.join(''));
        expect(skeletonOf(skeleton)).toBe(skeleton);
      }),
      { numRuns: 500 },
    );
  });

  test('looks up one of 10,000 names without looking at the others', () => {
    const lookalikes = new Lookalikes<{ name: string }>();
    const names = Array.from({ length: 10_000 }, (_, i) => ({ name: `siswa${i}` }));
    for (const name of names) lookalikes.add(name);
    const few = new Lookalikes<{ name: string }>();
    for (const name of names.slice(0, 10)) few.add(name);
    const timeOf = (index: Lookalikes<{ name: string }>): number => {
      const began = performance.now();
      for (let i = 0; i < 5_000; i++) index.find(`guru${i}`);
      return performance.now() - began;
    };
    timeOf(few);
    expect(timeOf(lookalikes)).toBeLessThan(20 * timeOf(few) + 20);
    for (const name of names) lookalikes.remove(name);
    expect(lookalikes.find('siswa1')).toBeUndefined();
  });
});

/** What somebody hears who wants `wanted` while `taken` is here. */
function ask(taken: string, wanted: string): { codes: number[]; name: string | undefined } {
  const rig = new Rig({ attemptsPerMinute: 0 });
  expect(rig.client().hello(taken).map(kindOf)).toContain('welcome');
  const answer = rig.client().hello(wanted);
  const kind = answer[0]?.kind;
  const system = kind?.$case === 'system' ? kind.value.kind : undefined;
  return { codes: faultsOf(answer), name: system?.$case === 'fault' ? system.value.name : undefined };
}

describe('KTG-7.13 a name', () => {
  test('of any pair of the table is refused beside the other one, which is told', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PAIRS), fc.boolean(), ([source, target], turned) => {
        const [taken, wanted] = turned ? [target, source] : [source, target];
        expect(ask(taken, wanted)).toEqual({ codes: [FaultCode.NAME_CONFUSABLE], name: taken });
      }),
      { numRuns: 1_000 },
    );
  }, 30_000);

  test.each([
    ['evan', 'еvan'],
    ['POTATO', 'РОТАТО'],
    ['potato', 'РОТАТО'],
    ['burni', 'bumi'],
    ['bumi', 'burni'],
    ['ali', 'a1i'],
    ['Ilham', 'lIham'],
    ['bob', 'b0b'],
    ['カ-san', '力-san'],
  ])('%s is here, and %s is refused', (taken, wanted) => {
    expect(ask(taken, wanted)).toEqual({ codes: [FaultCode.NAME_CONFUSABLE], name: taken });
  });

  test('in full width is no look-alike but the same name', () => {
    expect(ask('evan', 'ｅｖａｎ')).toEqual({ codes: [FaultCode.NAME_TAKEN], name: 'evan' });
  });

  test.each([
    ['siswa1', 'siswa2'],
    ['siswa1', 'siswa11'],
    ['budi', 'rudi'],
    ['Iin', 'Lin'],
    ['Dewi', 'Devi'],
    ['anna', 'ana'],
    ['Smith', 'Schmidt'],
    ['محمد', 'أحمد'],
    ['فاطمة', 'عائشة'],
    ['たろう', 'はなこ'],
    ['田中', '山田'],
    ['Иван', 'Анна'],
    ['José', 'Josue'],
  ])('%s is here, and %s comes in all the same', (taken, wanted) => {
    expect(ask(taken, wanted).codes).toEqual([]);
  });

  test('is refused beside one that is held, or bound and away, too', () => {
    const rig = new Rig();
    rig.client('evan', 'lobby').session.lost();
    const bound = rig.client();
    bound.login('budi', newKey());
    bound.session.lost();
    rig.clock.run();
    expect(faultsOf(rig.client().hello('еvan'))).toEqual([FaultCode.NAME_CONFUSABLE]);
    expect(faultsOf(rig.client().hello('rudi'))).toEqual([]);
    expect(faultsOf(rig.client().hello('budі'))).toEqual([FaultCode.NAME_CONFUSABLE]);
    expect(faultsOf(rig.client().helloWithKey('budі', newKey()))).toEqual([FaultCode.NAME_CONFUSABLE]);
    rig.clock.advance(31_000);
    expect(faultsOf(rig.client().hello('еvan'))).toEqual([]);
  });

  test('is one’s own again after a broken connection, whatever has come meanwhile', () => {
    const rig = new Rig();
    const first = rig.client('Iin', 'lobby');
    first.session.lost();
    const again = rig.client();
    again.secret = first.secret;
    expect(again.hello('IIN').map(kindOf)).toContain('welcome');
    // Only the name that it has had counts.
    expect(faultsOf(rig.client().hello('lin'))).toEqual([FaultCode.NAME_CONFUSABLE]);
  });
});
