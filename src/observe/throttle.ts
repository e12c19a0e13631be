// Keeps what happens a thousand times a second from filling disks and screens.
import type { OperatorEvent, OperatorObserve } from './operator-event.ts';
import { isUnstored } from './unstored.ts';

const SECOND_MS = 1000;

/**
 * Lets at most `perSecond` refusals through; how many more there were is told by one `suppressed` event,
 * before the next event that comes after that second.
 */
export function throttleRefusals(
  perSecond: number,
  monotonic: () => number,
  next: OperatorObserve,
): OperatorObserve {
  let begun = Number.NEGATIVE_INFINITY;
  let passed = 0;
  let suppressed = 0;
  let unstored = 0;
  return (event) => {
    const now = monotonic();
    if (now - begun >= SECOND_MS) {
      if (suppressed > 0) next({ event: 'suppressed', count: suppressed, unstored });
      begun = now;
      passed = 0;
      suppressed = 0;
      unstored = 0;
    }
    if (!isRefusal(event) || ++passed <= perSecond) return next(event);
    suppressed++;
    if (event.event === 'refused' && isUnstored(event.code)) unstored++;
  };
}

const MINUTE_MS = 60_000;
const ROOMS_MAX = 1_000;

/** Tells once a minute that nothing of a room can be stored, however often somebody tries. */
export function throttleFailures(monotonic: () => number, next: OperatorObserve): OperatorObserve {
  const told = new Map<string, { readonly failure: string; readonly at: number }>();
  return (event) => {
    if (event.event === 'append-failed') {
      const { room, failure } = event;
      const [now, last] = [monotonic(), told.get(room)];
      if (last?.failure === failure && now - last.at < MINUTE_MS) return;
      if (told.size >= ROOMS_MAX) told.clear();
      told.set(room, { failure, at: now });
    }
    next(event);
  };
}

const REFUSALS: ReadonlySet<OperatorEvent['event']> = new Set([
  'refused',
  'stranger',
  'no-place',
  'plain-refused',
  'tls-failed',
  'listener-failed',
]);

function isRefusal({ event }: OperatorEvent): boolean {
  return REFUSALS.has(event);
}
