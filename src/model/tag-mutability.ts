/** Whether a repository lets a tag that exists be moved to another image. */
export interface TagMutability {
  readonly immutable: boolean;
  /** Patterns, in which `*` stands for any text, of tags for which the opposite holds. */
  readonly except: readonly string[];
}

export const everyTagMoves: TagMutability = {immutable: false, except: []};

/** Whether the tag may be moved once it exists. */
export function canMove({immutable, except}: TagMutability, tag: string): boolean {
  return immutable === except.some((pattern) => matches(pattern, tag));
}

export function isSameMutability(a: TagMutability, b: TagMutability): boolean {
  const patterns = (one: TagMutability): string => [...new Set(one.except)].sort().join(' ');
  return a.immutable === b.immutable && patterns(a) === patterns(b);
}

function matches(pattern: string, tag: string): boolean {
  const [start = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return tag === pattern;
  const end = rest.pop() ?? '';
  if (!tag.startsWith(start) || !tag.endsWith(end)) return false;
  let at = start.length;
  for (const part of rest) {
    const found = tag.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= tag.length - end.length;
}
