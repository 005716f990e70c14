import {isAlias, isMap, isSeq, type Alias, type Document, type Node, type Pair} from 'yaml';

import type {SourceRange} from '../events/diagnostic.ts';
import type {Span} from './located-problem.ts';
import {isMergeKey, keyText, spanOf} from './yaml-value.ts';

/** Names and positions from the root of the file: `['images', 'face-service', 'tags', 0]`. */
export type MatrixPath = readonly PropertyKey[];

/** The text of matrix.yml, able to say where in it a value stands. */
export interface MatrixSource {
  /** Path as the user gave it. */
  readonly file: string;
  /**
   * Where the value at `path` stands. A map or list that begins below its key is shown by the key,
   * and a value that does not exist by the nearest one around it. Aliases and merge keys lead to
   * where the value is written.
   */
  locate(path: MatrixPath): SourceRange;
  /** Where the last key of `path` stands; for an entry of a list, the entry. */
  locateKey(path: MatrixPath): SourceRange;
  /** The first line of a stretch of the text. */
  rangeOf(span: Span): SourceRange;
}

/**
 * A source without a document (a file that is no YAML at all) knows its text only. Of equal keys in
 * one map, `winner` says which one a path leads to, as in `yamlValue`.
 */
export function createMatrixSource(
  file: string,
  text: string,
  document?: Document.Parsed,
  aliases: ReadonlyMap<Alias, Node> = new Map(),
  winner: 'first' | 'last' = 'last',
): MatrixSource {
  const starts = lineStarts(text);
  /** Lines by index: one line may have thousands of problems, which are to share its text. */
  const lines = new Map<number, string>();

  function lineText(line: number): string {
    const known = lines.get(line);
    if (known !== undefined) return known;
    const content = text.slice(starts[line], starts[line + 1] ?? text.length);
    const plain = content.replace(/\r?\n$/, '');
    lines.set(line, plain);
    return plain;
  }

  function rangeOf([start, end]: Span): SourceRange {
    const line = lineAt(starts, Math.min(start, text.length));
    const lineStart = starts[line] ?? 0;
    const content = lineText(line);
    // The end of a file or line has nothing to underline: the caret stands behind the last letter.
    const column = Math.min(start - lineStart, content.length);
    const length = Math.max(1, Math.min(end, lineStart + content.length) - lineStart - column);
    return {file, line: line + 1, column: column + 1, length, text: content};
  }

  const follow = (node: unknown): unknown => (isAlias(node) ? aliases.get(node) : node);

  /** The pair or item that `step` leads to: `entry.value` is null where the file says nothing. */
  function child(parent: unknown, step: PropertyKey): Entry | undefined {
    const node = follow(parent);
    if (isSeq(node)) {
      const item = typeof step === 'number' ? node.items[step] : undefined;
      return item === undefined ? undefined : {value: item};
    }
    if (!isMap(node)) return undefined;
    const isStep = ({key}: Pair): boolean => !isMergeKey(key) && keyText(key) === String(step);
    const own = winner === 'last' ? node.items.findLast(isStep) : node.items.find(isStep);
    if (own) return {key: own.key, value: own.value};
    for (const pair of node.items) {
      if (!isMergeKey(pair.key)) continue;
      const sources = follow(pair.value);
      for (const source of isSeq(sources) ? sources.items : [sources]) {
        const merged = child(source, step);
        if (merged) return merged;
      }
    }
    return undefined;
  }

  function walk(path: MatrixPath): {readonly entry: Entry; readonly whole: boolean} {
    let entry: Entry = {value: document?.contents};
    for (const step of path) {
      const next = child(entry.value, step);
      if (!next) return {entry, whole: false};
      // An entry of a list has no key of its own; an empty one is shown by the list's.
      entry =
        next.key === undefined && spanOf(next.value) === undefined
          ? {...next, key: entry.key}
          : next;
    }
    return {entry, whole: true};
  }

  function locateKey(path: MatrixPath): SourceRange {
    const {entry} = walk(path);
    return rangeOf(spanOf(entry.key) ?? headOf(entry.value));
  }

  function locate(path: MatrixPath): SourceRange {
    const {entry, whole} = walk(path);
    const span = whole && !isBlock(entry.value) ? spanOf(entry.value) : undefined;
    return rangeOf(span ?? spanOf(entry.key) ?? headOf(entry.value));
  }

  return {file, locate, locateKey, rangeOf};
}

interface Entry {
  readonly key?: unknown;
  readonly value: unknown;
}

/** True for a map or list that is written over lines of its own. */
const isBlock = (node: unknown): boolean => (isMap(node) || isSeq(node)) && node.flow !== true;

/** The first key of a map, the first entry of a list: something short to underline. */
function headOf(node: unknown): Span {
  const first: unknown = isMap(node) ? node.items[0]?.key : isSeq(node) ? node.items[0] : undefined;
  return (isBlock(first) ? headOf(first) : spanOf(first)) ?? spanOf(node) ?? [0, 1];
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** Index of the line that `offset` lies in. */
function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
