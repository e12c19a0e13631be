import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { flat } from '../../../clients/cli/paragraph.ts';
import { Teller } from '../../../clients/cli/teller.ts';
import { TEXTS_EN } from '../../../clients/cli/texts-en.ts';
import { ClientError } from '../../../clients/sdk/index.ts';
import { FaultCode } from '../../../src/protocol/index.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const refusal = (code: number, room: string): ClientError => new ClientError('fault', 'no', { code, room });

test('what is refused again and again is said once until it changes', () => {
  const lines: string[] = [];
  const display = {
    print: (paragraph: Parameters<typeof flat>[0]) => lines.push(flat(paragraph)),
    prompt: () => undefined,
  };
  const teller = new Teller(display, { host: 'h', port: 1, transport: 'tls', name: 'alice' }, TEXTS_EN);
  const said = (): number => lines.splice(0).length;
  const minute = (code: number, ...rooms: string[]): void => {
    for (let second = 0; second < 60; second++) {
      vi.setSystemTime(Date.now() + 1_000);
      for (const room of rooms) teller.fault(refusal(code, room));
    }
  };
  minute(FaultCode.STORAGE_FULL, 'lobby', 'kelas');
  expect(said()).toBe(1);
  // Another reason is news.
  minute(FaultCode.PAUSED, 'lobby');
  expect(said()).toBe(1);
  // One of two rooms is as before.
  teller.taken('kelas');
  minute(FaultCode.STORAGE_FULL, 'lobby');
  expect(said()).toBe(0);
  teller.taken('lobby');
  minute(FaultCode.STORAGE_FULL, 'lobby');
  expect(said()).toBe(1);
  // What comes and goes is not said each time.
  for (let times = 0; times < 100; times++) {
    vi.setSystemTime(Date.now() + 100);
    teller.taken('lobby');
    teller.fault(refusal(FaultCode.STORAGE_FULL, 'lobby'));
  }
  expect(said()).toBeLessThanOrEqual(2);
});
