import type {Clock} from '../../src/ports/clock.ts';

/** A clock that stands still until it is told to go on. */
export interface FakeClock extends Clock {
  /** Moves the time on by this many milliseconds. */
  advance(ms: number): void;
}

/** Starts at 2026-01-02T03:04:05.678Z unless told otherwise. */
export function createFakeClock(startsAt = Date.UTC(2026, 0, 2, 3, 4, 5, 678)): FakeClock {
  let time = startsAt;
  return {
    now: () => time,
    advance(ms) {
      time += ms;
    },
  };
}
