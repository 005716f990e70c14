/** One line of the alignment: what is now, what was before, or both. */
export interface Aligned<Now, Before> {
  readonly now: Now | null;
  readonly before: Before | null;
}

interface Written {
  /** The instruction on one line. */
  readonly text: string;
}

/**
 * Pairs the instructions of now with those of before, in order. The same keyword and text are one
 * instruction; of the rest those are paired that have the keyword and at least half of their words in
 * common: they were edited. What is left is new, or gone. A longest common subsequence, in which an
 * edited instruction counts less than an unchanged one, so that inserted lines shift nothing.
 */
export function alignInstructions<Now extends Written, Before extends Written>(
  now: readonly Now[],
  before: readonly Before[],
): readonly Aligned<Now, Before>[] {
  const a = now.map(({text}) => keyOf(text));
  const b = before.map(({text}) => keyOf(text));
  let start = 0;
  while (start < a.length && start < b.length && a[start]?.key === b[start]?.key) start += 1;
  let end = 0;
  while (
    end < Math.min(a.length, b.length) - start &&
    a.at(-1 - end)?.key === b.at(-1 - end)?.key
  ) {
    end += 1;
  }
  const pairs = [
    ...Array.from({length: start}, (_, index): Pair => [index, index]),
    ...pairsBetween(a.slice(start, a.length - end), b.slice(start, b.length - end)).map(
      ([i, j]): Pair => [i + start, j + start],
    ),
    ...Array.from({length: end}, (_, index): Pair => [
      a.length - end + index,
      b.length - end + index,
    ]),
  ];

  const lines: Aligned<Now, Before>[] = [];
  let [i, j] = [0, 0];
  for (const [nextI, nextJ] of [...pairs, [a.length, b.length] as const]) {
    for (; i < nextI; i += 1) lines.push({now: now[i] ?? null, before: null});
    for (; j < nextJ; j += 1) lines.push({now: null, before: before[j] ?? null});
    if (i === a.length && j === b.length) break;
    lines.push({now: now[i] ?? null, before: before[j] ?? null});
    i += 1;
    j += 1;
  }
  return lines;
}

/** True for two instructions that are the same but for white space. */
export function isSameInstruction(a: Written, b: Written): boolean {
  return keyOf(a.text).key === keyOf(b.text).key;
}

/** The keyword in upper case: `COPY`. */
export function keywordOf({text}: Written): string {
  return (text.trimStart().split(/\s/u, 1)[0] ?? '').toUpperCase();
}

interface Key {
  readonly key: string;
  readonly keyword: string;
  readonly words: ReadonlySet<string>;
}

type Pair = readonly [number, number];

function keyOf(text: string): Key {
  const [keyword = '', ...words] = text.trim().split(/\s+/u);
  return {
    key: [keyword.toUpperCase(), ...words].join(' '),
    keyword: keyword.toUpperCase(),
    words: new Set(text.split(/[\s=,;&|]+/u).slice(1)),
  };
}

/** Beyond this the middle of two hostile files is left unpaired rather than waited for. */
const mostCells = 4_000_000;

function pairsBetween(a: readonly Key[], b: readonly Key[]): readonly Pair[] {
  if (a.length * b.length === 0 || a.length * b.length > mostCells) return [];
  const width = b.length + 1;
  // best[i * width + j]: weight of the best pairing of a from i and b from j.
  const best = new Float64Array((a.length + 1) * width);
  const at = (i: number, j: number): number => best[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const weight = likeness(a[i], b[j]);
      const paired = weight === 0 ? 0 : weight + at(i + 1, j + 1);
      best[i * width + j] = Math.max(at(i + 1, j), at(i, j + 1), paired);
    }
  }
  const pairs: Pair[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const weight = likeness(a[i], b[j]);
    if (weight > 0 && at(i, j) === weight + at(i + 1, j + 1)) pairs.push([i++, j++]);
    else if (at(i, j) === at(i + 1, j)) i += 1;
    else j += 1;
  }
  return pairs;
}

/** 1 for the same instruction, less than a half for one that was edited, 0 for another one. */
function likeness(a: Key | undefined, b: Key | undefined): number {
  if (a?.keyword !== b?.keyword || a === undefined || b === undefined) return 0;
  if (a.key === b.key) return 1;
  let common = 0;
  for (const word of a.words) if (b.words.has(word)) common += 1;
  const share = (2 * common) / Math.max(1, a.words.size + b.words.size);
  return share < 0.5 ? 0 : 0.49 * share;
}
