import type {StepFinished} from '../events/event.ts';

/**
 * Whether a step only says that a cache cannot be read, as on every first build: BuildKit goes on without
 * it (moby/buildkit solver/llbsolver/bridge.go names the step).
 */
export function isMissingCache({name, error}: StepFinished): boolean {
  return (
    error !== undefined && error !== 'cancelled' && name.startsWith('importing cache manifest')
  );
}
