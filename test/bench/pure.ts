// Results that never were, for tests of what is made of them.
import type { Figures } from '../../bench/figures.ts';
import type { Results, Run } from '../../bench/results.ts';
import type { Outcome } from '../../bench/setup.ts';

export function runOf(load: string, server: string, outcome: Outcome, repetition = 1): Run {
  return { load, server, repetition, attempt: 1, outcome };
}

export function measuredOf(figures: Figures): Outcome {
  return { kind: 'measured', figures };
}

export function resultsOf(runs: readonly Run[], more: Partial<Results> = {}): Results {
  return {
    format: 1,
    begun: '2026-01-02T03:04:05.678Z',
    ended: '2026-01-02T03:14:05.678Z',
    commit: 'abc1234',
    words: ['steady'],
    isQuick: false,
    runsWanted: 3,
    seconds: 5,
    machine: {
      cores: 2,
      model: 'Some <CPU> & more',
      memoryGib: 8,
      system: 'Linux 6.1',
      node: '24.0.0',
      fdatasyncUs: 100,
      commitUs: 200,
      isDiskMemory: false,
      load: 0,
    },
    pinning: 'server on core 0, generator on core 1',
    servers: ['roofline', 'kentongan', 'ngircd'].map((name) => ({
      name,
      about: name,
      version: '1',
      missing: undefined,
    })),
    loads: [
      { name: 'steady', about: '200 readers', figures: ['cpuUs', 'perSecond', 'p99Ms'], without: [] },
      {
        name: 'append-1',
        about: '1 sender',
        figures: ['messagesPerSecond'],
        without: ['roofline', 'ngircd'],
      },
    ],
    runs,
    ...more,
  };
}
