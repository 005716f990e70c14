import {posix} from 'node:path';

import type {Instruction} from 'dockerfile-ast';

import {flagsOf} from './instruction-parts.ts';

/**
 * Paths that a COPY or ADD takes from the main context, cleaned, without a slash at the start, and where
 * each stands. Only plain ones: nothing with a variable, a wildcard, quotes or an escape, no URL, and
 * none beside a here-document.
 */
export function copiedPaths(
  instruction: Instruction,
): readonly {readonly path: string; readonly range: ReturnType<Instruction['getRange']>}[] {
  const keyword = instruction.getKeyword();
  if (keyword !== 'COPY' && keyword !== 'ADD') return [];
  if (flagsOf(instruction).some((flag) => flag.getName() === 'from')) return [];
  const words = instruction.getArguments();
  const texts = words.map((word) => word.getValue());
  if (texts.some((text) => text.startsWith('<<')) || texts[0]?.startsWith('[') === true) return [];
  return words.slice(0, -1).flatMap((word) => {
    const text = word.getValue();
    if (/["'$*?[\]\\`]/u.test(text) || /^(?:[\w+.-]+:\/\/|git@)/u.test(text)) return [];
    const path = posix.join('/', text).replace(/^\/|\/$/gu, '');
    return path === '' ? [] : [{path, range: word.getRange()}];
  });
}
