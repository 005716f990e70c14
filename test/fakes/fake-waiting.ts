import type {Waiting} from '../../src/ports/waiting.ts';
import type {FakeClock} from './fake-clock.ts';

/** Waits for nothing, and keeps for how long it was asked to. */
export interface FakeWaiting extends Waiting {
  /** Milliseconds, one for each pause. */
  readonly pauses: readonly number[];
}

/** `random` is what the dice say, always. The clock moves on by each pause. */
export function createFakeWaiting(clock?: FakeClock, random = 0.5): FakeWaiting {
  const pauses: number[] = [];
  return {
    pauses,
    pause(ms) {
      pauses.push(ms);
      clock?.advance(ms);
      return Promise.resolve();
    },
    random: () => random,
  };
}
