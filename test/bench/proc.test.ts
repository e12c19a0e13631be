import { describe, expect, it } from 'vitest';
import {
  parseCores,
  parseDescriptors,
  parseKib,
  parseMachine,
  parseSchedstat,
  parseSockstat,
  parseStat,
} from '../../bench/proc.ts';
import { memoryOf, spentBetween, usageOf } from '../../bench/usage.ts';

const STAT =
  '4242 (a) b (c) S 1 4242 4242 0 -1 4194560 5120 0 3 0 1234 567 8 9 20 0 11 0 98765 123456789 2048 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0';

describe('what Linux tells', () => {
  it('has user and system time behind a name with parentheses and spaces', () => {
    expect(parseStat(STAT)).toEqual({ user: 12.34, system: 5.67 });
  });

  it('refuses what is no stat', () => {
    expect(() => parseStat('')).toThrow('no /proc/PID/stat');
    expect(() => parseSchedstat('')).toThrow('no schedstat');
  });

  it('has nanoseconds on a CPU', () => {
    expect(parseSchedstat('1500000000 20 30\n')).toBe(1.5);
  });

  it('has sizes by their whole names', () => {
    const text = 'VmPeak:\t  900 kB\nVmHWM:\t  800 kB\nVmRSS:\t  700 kB\nRssAnon:\t  600 kB\n';
    expect(parseKib(text, 'VmHWM')).toBe(800);
    expect(parseKib(text, 'VmRSS')).toBe(700);
    expect(parseKib(text, 'Rss')).toBeUndefined();
  });

  it('counts pages of TCP sockets alone', () => {
    const text = 'sockets: used 160\nTCP: inuse 138 orphan 0 tw 3363 alloc 138 mem 25\nUDP: inuse 0 mem 7\n';
    expect(parseSockstat(text)).toBe(100);
    expect(parseSockstat('UDP: inuse 0 mem 7\n')).toBe(0);
  });

  it('does not take idle cores, nor those that wait for a disk, for busy', () => {
    expect(parseMachine('cpu  100 200 300 99999 88888 10 20 30 0 0\ncpu0 1 2 3\n')).toBe(6.6);
  });

  it('has the soft limit of open files', () => {
    const line = (soft: string): string =>
      `Limit  Soft Limit  Hard Limit  Units\nMax open files            ${soft}     4096    files\n`;
    expect(parseDescriptors(line('1024'))).toBe(1_024);
    expect(parseDescriptors(line('unlimited'))).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([
    ['0-1', [0, 1]],
    ['0-2,5,7-8\n', [0, 1, 2, 5, 7, 8]],
    ['3', [3]],
    ['', []],
  ])('reads the cores %j', (list, cores) => {
    expect(parseCores(list)).toEqual(cores);
  });
});

describe.runIf(process.platform === 'linux')('this process', () => {
  it('has used what it has used, of one core at most and a little', () => {
    const before = usageOf(process.pid);
    const until = performance.now() + 150;
    let turns = 0;
    while (performance.now() < until) turns++;
    const spent = spentBetween(before, usageOf(process.pid), 0);
    expect(turns).toBeGreaterThan(0);
    expect(spent.seconds).toBeGreaterThanOrEqual(0.15);
    expect(spent.cpu).toBeGreaterThan(0);
    expect(spent.user).toBeGreaterThanOrEqual(0);
    expect(spent.user).toBeLessThanOrEqual(1);
  });

  it('has memory', () => {
    const { rssKib, peakKib } = memoryOf(process.pid);
    expect(rssKib).toBeGreaterThan(1_000);
    expect(peakKib).toBeGreaterThanOrEqual(rssKib * 0.5);
  });

  it('does not count what the generator used as somebody else’s', () => {
    const usage = { times: { user: 0, system: 0 } };
    const before = { ...usage, cpu: 1, machine: 10, at: 0 };
    const after = { times: { user: 1.5, system: 0.5 }, cpu: 3, machine: 16, at: 4_000 };
    expect(spentBetween(before, after, 3)).toEqual({
      cpu: 2,
      user: 0.75,
      busy: 0.5,
      othersBusy: 0.25,
      seconds: 4,
    });
  });
});
