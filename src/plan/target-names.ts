import type {Combination} from './expand-matrix.ts';

/** A name of a target: it becomes part of tags, file names and cache scopes. */
export const targetName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;

const nameFragment = /^[A-Za-z0-9_.-]{1,32}$/;

/**
 * The name of an expanded target without a `name:` template: the key, then the axis values that are
 * short and made of tag characters, in axis order. `base: "nvcr.io/nvidia/l4t"` adds nothing.
 */
export function defaultName(key: string, combination: Combination): string {
  const fragments = [...combination.values()].map(String).filter((text) => nameFragment.test(text));
  return [key, ...fragments].join('-');
}
