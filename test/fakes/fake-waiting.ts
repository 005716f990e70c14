import type {Waiting} from '../../src/ports/waiting.ts';
import type {FakeClock} from './fake-clock.ts';

/** Waits for nothing, and keeps for how long it was asked to. */
export interface FakeWaiting extends Waiting {
  /** Milliseconds, one for each pause. */
  readonly pauses: readonly number[];
  /** Everything that waits for its time is called once. */
  tick(): void;
}

/** `random` is what the dice say, always. The clock moves on by each pause. */
export function createFakeWaiting(clock?: FakeClock, random = 0.5): FakeWaiting {
  const pauses: number[] = [];
  const ticks = new Set<() => void>();
  return {
    pauses,
    tick() {
      for (const tick of ticks) tick();
    },
    every(_, tick) {
      ticks.add(tick);
      return () => {
        ticks.delete(tick);
      };
    },
    pause(ms) {
      pauses.push(ms);
      clock?.advance(ms);
      return Promise.resolve();
    },
    random: () => random,
  };
}
