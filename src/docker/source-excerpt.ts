/** Part of a Dockerfile, as buildx shows it. */
export interface SourceExcerpt {
  readonly lines: readonly {
    readonly line: number;
    readonly text: string;
    readonly failed: boolean;
  }[];
}

const header = /^\S.*:\d+$/u;
const rule = /^-{20}$/u;
// ` %3d | >>> text`: three blanks instead of the arrows on lines that did not fail.
const shown = /^ *(\d+) \| (>>>|   )(?: (.*))?$/u;

/**
 * The first excerpt among `lines`, which buildx prints before its error (moby/buildkit
 * solver/errdefs/source.go): the failing instruction and some lines around it.
 */
export function findExcerpt(lines: readonly string[]): SourceExcerpt | undefined {
  const start = lines.findIndex((line, at) => header.test(line) && rule.test(lines[at + 1] ?? ''));
  if (start === -1) return undefined;
  const excerpt: SourceExcerpt['lines'][number][] = [];
  for (const text of lines.slice(start + 2)) {
    const match = shown.exec(text);
    if (match === null) break;
    excerpt.push({line: Number(match[1]), text: match[3] ?? '', failed: match[2] === '>>>'});
  }
  return excerpt.some(({failed}) => failed) ? {lines: excerpt} : undefined;
}
