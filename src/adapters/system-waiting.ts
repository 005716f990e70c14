import {setTimeout as sleep} from 'node:timers/promises';
import type {Waiting} from '../ports/waiting.ts';

export const systemWaiting: Waiting = {
  pause: (ms, signal) => sleep(ms, undefined, {signal}).catch(() => undefined),
  every(ms, tick) {
    const timer = setInterval(tick, ms);
    return () => {
      clearInterval(timer);
    };
  },
  random: () => Math.random(),
};
