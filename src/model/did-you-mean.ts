/** Longer words are not compared: nobody mistypes them, and the comparison is quadratic. */
const longestWord = 64;

/**
 * The candidate that `word` most likely was meant to be, or undefined when none is close: case,
 * `-` and `_` aside, at most a third of the letters may differ. Of equals the one
 * with the same letters wins, and then the first.
 */
export function closestWord(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > longestWord) return undefined;
  const written = plainForm(word);
  const letters = sorted(written);
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    if (candidate.length > longestWord || candidate === word) continue;
    const meant = plainForm(candidate);
    const limit = Math.floor(Math.max(written.length, meant.length, 3) / 3) + 1;
    const distance = editDistance(written, meant, Math.min(limit, bestDistance + 1));
    if (distance >= limit) continue;
    // Of two that are as close, the one with the same letters: `amr64` is `arm64`, not `amd64`.
    const rank = sorted(meant) === letters ? distance - 0.5 : distance;
    if (rank >= bestDistance) continue;
    best = candidate;
    bestDistance = rank;
  }
  return best;
}

/** "did you mean `linux/amd64`?", or undefined when no candidate is close. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const closest = closestWord(word, candidates);
  return closest === undefined ? undefined : `did you mean \`${closest}\`?`;
}

const sorted = (word: string): string => word.split('').sort().join('');

const plainForm = (word: string): string => word.toLowerCase().replace(/[-_]/g, '');

/**
 * How many letters have to be inserted, removed, replaced or swapped with their neighbour (optimal
 * string alignment) to make `a` into `b`; `limit` when it is not less than that.
 */
export function editDistance(a: string, b: string, limit = Infinity): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforePrevious: number[] = [];
  let previous = Array.from({length: b.length + 1}, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let distance = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        distance = Math.min(distance, at(beforePrevious, column - 2) + 1);
      }
      current.push(distance);
    }
    if (Math.min(...current) >= limit && Math.min(...previous) >= limit) return limit;
    beforePrevious = previous;
    previous = current;
  }
  return Math.min(at(previous, b.length), limit);
}

const at = (row: readonly number[], column: number): number => row[column] ?? Infinity;
