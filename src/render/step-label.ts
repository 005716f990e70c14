import {cleanLine} from './text-width.ts';

/**
 * A step's name on one line, without what tells little: flags of RUN, and all of a digest but its
 * start. The log file has it whole.
 */
export function stepLabel(name: string): string {
  return cleanLine(name)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ --(?:mount|network|security)=\S+/g, '')
    .replaceAll(/@sha256:([0-9a-f]{12})[0-9a-f]{52}/g, '@sha256:$1');
}
