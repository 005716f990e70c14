import {posix} from 'node:path';

import type {Instruction} from 'dockerfile-ast';

import {flagsOf} from './instruction-parts.ts';

/**
 * Ids of the secrets that a RUN mounts: `source` before `id` before the file name of `target` (BuildKit:
 * frontend/dockerfile/dockerfile2llb/convert_secrets.go). Null for an id that the text alone does not
 * tell: it holds a variable, or quotes.
 */
export function secretIdsOf(instruction: Instruction): readonly (string | null)[] {
  if (instruction.getKeyword() !== 'RUN') return [];
  return flagsOf(instruction).flatMap((flag) => {
    const mount = flag.getName() === 'mount' ? (flag.getValue() ?? '') : '';
    const options = new Map(mount.split(',').map(optionOf));
    if (/["'$\\`]/u.test(mount)) return mayBeSecret(options.get('type')) ? [null] : [];
    if (options.get('type') !== 'secret') return [];
    const target = options.get('target') ?? options.get('dst') ?? options.get('destination') ?? '';
    const named = [options.get('source'), options.get('src'), options.get('id')];
    const id = named.find((one) => one !== undefined && one !== '') ?? posix.basename(target);
    return id === '' ? [] : [id];
  });
}

function optionOf(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  return equals === -1
    ? [text.toLowerCase(), '']
    : [text.slice(0, equals).toLowerCase(), text.slice(equals + 1)];
}

/** Other types are told by their first word; a quoted or variable one may be any. */
const mayBeSecret = (type: string | undefined): boolean =>
  type === undefined || !/^(?:bind|cache|ssh|tmpfs)$/u.test(type);
