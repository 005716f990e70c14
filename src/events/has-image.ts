import type {TargetOutcome} from './event.ts';

/** True when the target has the image that was wanted: it was built, or is unchanged and was there. */
export const hasImage = (outcome: TargetOutcome | 'running' | 'waiting'): boolean =>
  outcome === 'succeeded' || outcome === 'unchanged';
