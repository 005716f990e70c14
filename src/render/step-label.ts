import {cleanLine} from './text-width.ts';

/** The step's name on one line; of digests the start is enough to tell them apart. */
export function stepLabel(name: string): string {
  return cleanLine(name)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/@sha256:([0-9a-f]{12})[0-9a-f]{52}/g, '@sha256:$1');
}
