import type {PublicationOutcome} from './event.ts';

/** True when the tags hold what they are to hold: they were moved, or held it already. */
export const isPublished = (outcome: PublicationOutcome): boolean =>
  outcome === 'published' || outcome === 'unchanged';
