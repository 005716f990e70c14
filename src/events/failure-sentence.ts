import type {Failure} from './failure.ts';

/** A failure within another sentence, which tells what is not known because of it. */
export function failureSentence(failure: Failure): string {
  if ('path' in failure) return `${failure.path}: ${failure.message}`;
  if ('diagnostics' in failure) return failure.diagnostics[0]?.message ?? failure.reason;
  return 'message' in failure ? failure.message : failure.reason;
}
