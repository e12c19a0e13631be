// Keeps somebody who is refused a thousand times a second from filling disks and screens.
import type { OperatorEvent, OperatorObserve } from './operator-event.ts';

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
  return (event) => {
    const now = monotonic();
    if (now - begun >= SECOND_MS) {
      if (suppressed > 0) next({ event: 'suppressed', count: suppressed });
      begun = now;
      passed = 0;
      suppressed = 0;
    }
    if (isRefusal(event) && ++passed > perSecond) suppressed++;
    else next(event);
  };
}

function isRefusal({ event }: OperatorEvent): boolean {
  return event === 'refused' || event === 'stranger' || event === 'no-place' || event === 'listener-failed';
}
