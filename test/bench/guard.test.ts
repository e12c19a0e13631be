import { describe, expect, it } from 'vitest';
import {
  guard,
  judge,
  parseThresholds,
  readThresholds,
  type Threshold,
  verdictLine,
} from '../../bench/guard.ts';
import type { Run } from '../../bench/results.ts';
import { measuredOf, runOf } from './pure.ts';

const CPU: Threshold = { load: 'steady', figure: 'cpuUs', server: 'kentongan', against: 'roofline', max: 2 };
const RATE: Threshold = {
  load: 'steady',
  figure: 'perSecond',
  server: 'kentongan',
  against: 'naive',
  min: 1.5,
};

function runs(
  mine: number,
  other: number,
  figure: 'cpuUs' | 'perSecond' = 'cpuUs',
  against = 'roofline',
): Run[] {
  return [
    runOf('steady', 'kentongan', measuredOf({ [figure]: mine })),
    runOf('steady', against, measuredOf({ [figure]: other })),
  ];
}

describe('a threshold', () => {
  it.each([
    [CPU, runs(4, 2), 'passed', 2],
    [CPU, runs(4.1, 2), 'exceeded', 2.05],
    [RATE, runs(3, 2, 'perSecond', 'naive'), 'passed', 1.5],
    [RATE, runs(2.9, 2, 'perSecond', 'naive'), 'exceeded', 1.45],
  ] as const)('%j', (threshold, found, kind, ratio) => {
    const verdict = judge(threshold, found);
    expect(verdict.kind).toBe(kind);
    expect('ratio' in verdict ? verdict.ratio : 0).toBeCloseTo(ratio, 6);
  });

  it('is not passed by what was not measured, void or failed', () => {
    const [mine, other] = runs(1, 2);
    if (mine === undefined || other === undefined) throw new Error('no runs');
    expect(judge(CPU, [mine])).toEqual({ kind: 'not measured', reason: 'roofline: not there' });
    const failed = runOf('steady', 'kentongan', { kind: 'failed', reason: 'gone' });
    expect(judge(CPU, [failed, other])).toEqual({ kind: 'not measured', reason: 'kentongan: gone' });
    const empty = runOf('steady', 'kentongan', { kind: 'void', reason: 'busy', figures: { cpuUs: 1 } });
    expect(judge(CPU, [empty, other])).toEqual({ kind: 'not measured', reason: 'kentongan: busy' });
  });

  it('is told with its limit', () => {
    expect(verdictLine(CPU, judge(CPU, runs(5, 2)))).toBe(
      'FAILED  steady: server CPU µs/delivery of kentongan ÷ roofline: 2.50 (at most 2)',
    );
  });
});

describe('the guard', () => {
  it('tries again what did not pass, and nothing else', async () => {
    const asked: Array<readonly Threshold[]> = [];
    const found = [[...runs(5, 2), ...runs(2, 1, 'perSecond', 'naive')], runs(3, 2)];
    const verdicts = await guard([CPU, RATE], 3, (open) => {
      asked.push(open);
      return Promise.resolve(found[asked.length - 1] ?? []);
    });
    expect(asked).toEqual([[CPU, RATE], [CPU]]);
    expect([...verdicts.values()].map(({ kind }) => kind)).toEqual(['passed', 'passed']);
  });

  it('gives up after its tries, with the best of them', async () => {
    const found = [runs(9, 2), runs(5, 2), runs(7, 2)];
    let tries = 0;
    const verdicts = await guard([CPU], 3, () => Promise.resolve(found[tries++] ?? []));
    expect(tries).toBe(3);
    expect(verdicts.get(CPU)).toEqual({ kind: 'exceeded', ratio: 2.5 });
  });
});

describe('the file of thresholds', () => {
  it('is one that holds', () => {
    const file = new URL('../../bench/thresholds.json', import.meta.url).pathname;
    expect(readThresholds(file).length).toBeGreaterThan(0);
  });

  it.each([
    ['[]', 'at least one entry'],
    ['{}', 'at least one entry'],
    [JSON.stringify([CPU, { ...CPU, load: 'stedy' }]), 'threshold 2: there is no load stedy'],
    [JSON.stringify([{ ...CPU, figure: 'toString' }]), 'there is no figure toString'],
    [JSON.stringify([{ ...CPU, against: 'nginx' }]), 'there is no server nginx'],
    [JSON.stringify([{ ...CPU, max: undefined }]), 'neither max nor min'],
    [JSON.stringify([{ ...CPU, max: -1 }]), '-1 is no limit'],
    [JSON.stringify([{ ...CPU, max: 'two' }]), '"two" is no limit'],
  ])('%s is refused: %s', (text, reason) => {
    expect(() => parseThresholds(text)).toThrow(reason);
  });
});
