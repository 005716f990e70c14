import {maskCredentials} from '../model/url-credentials.ts';

/**
 * The error that docker or buildx ended with, possibly several lines, without the wrappings of every
 * error and without progress; '' when it gave none. buildx begins it with `ERROR: `, below what it
 * repeats of its steps; `docker push` just ends with it.
 */
export function dockerError(lines: readonly string[]): string {
  const at = lines.findLastIndex((line) => line.startsWith('ERROR: '));
  const error =
    at === -1
      ? lines.filter((line) => !/^(?:The push refers to|[0-9a-f]{12}: )/u.test(line))
      : lines.slice(at);
  return maskCredentials(error.join('\n'))
    .replace(/^ERROR: (?:failed to build: )?(?:failed to solve: )?/u, '')
    .trim();
}
