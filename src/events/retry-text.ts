import type {TargetRetried} from './event.ts';

/** `127.0.0.1:5000 answered 503; next try in 4 s (2 of 4)`. */
export function retryText({because, delayMs, attempt, of}: TargetRetried): string {
  if (delayMs === 0) return because;
  const seconds = Math.max(1, Math.round(delayMs / 1000));
  return `${because}; next try in ${seconds} s (${attempt} of ${of})`;
}
