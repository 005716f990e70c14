import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Alias,
  type Document,
  type Node,
  type Pair,
} from 'yaml';

import {quoted} from '../model/problem.ts';
import type {LocatedProblem, Span} from './located-problem.ts';
import {deepestNesting} from './parse-yaml.ts';

/** Values that aliases may add to those that are written: anchors can be made to explode. */
const mostAliasedValues = 20_000;

export interface YamlValue {
  /**
   * Maps are objects without prototype, so that looking up `constructor` in them finds nothing.
   * A number that is not written as JavaScript would print it (`12.10`, `007`) stays text: a value
   * in matrix.yml is what stands there.
   */
  readonly value: unknown;
  readonly problems: readonly LocatedProblem[];
  /** False when a limit was met, so that the value lacks parts of what is written. */
  readonly complete: boolean;
  /** What each alias stands for. */
  readonly aliases: ReadonlyMap<Alias, Node>;
}

/**
 * The plain value of a document; aliases and merge keys (`<<`) are resolved. Of equal keys in one map,
 * which is a problem, `winner` says whose value is taken.
 */
export function yamlValue(document: Document.Parsed, winner: 'first' | 'last' = 'last'): YamlValue {
  const problems: LocatedProblem[] = [];
  const anchors = new Map<string, Node>();
  const aliases = new Map<Alias, Node>();
  /** How many aliases are being expanded, one within the other. */
  let open = 0;
  let aliased = 0;

  function convert(node: unknown, depth: number): unknown {
    if (open > 0 && ++aliased > mostAliasedValues) return null;
    if (isAlias(node)) return convertAlias(node, depth);
    if (isScalar(node)) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      return typeof node.value === 'number' && node.source !== undefined
        ? asWritten(node.value, node.source)
        : node.value;
    }
    if (!isMap(node) && !isSeq(node)) return null;
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    if (depth > deepestNesting) {
      problems.push({
        code: 'too-deep',
        message: `aliases nest more than ${String(deepestNesting)} levels deep`,
        span: spanOf(node) ?? [0, 1],
      });
      return null;
    }
    return isSeq(node)
      ? node.items.map((item) => convert(item, depth + 1))
      : convertMap(node.items, depth);
  }

  function convertMap(pairs: readonly Pair[], depth: number): Record<string, unknown> {
    const own = new Map<string, Node>();
    const merged: unknown[] = [];
    const entries: [string, unknown][] = [];
    for (const {key, value} of pairs) {
      if (isMergeKey(key)) {
        merged.push(mergeSource(value as Node | null, key, depth));
        continue;
      }
      const name = keyText(key);
      if (name === undefined) {
        problems.push(badKey(key));
        continue;
      }
      const first = own.get(name);
      if (first) problems.push(duplicateKey(name, key as Node, first));
      else own.set(name, key as Node);
      entries.push([name, convert(value, depth + 1)]);
    }
    const object = Object.create(null) as Record<string, unknown>;
    // Own keys win over merged ones, and earlier merged maps over later ones.
    for (const source of merged.flat().reverse()) Object.assign(object, source);
    for (const [name, value] of winner === 'last' ? entries : entries.reverse()) {
      object[name] = value;
    }
    return object;
  }

  function mergeSource(value: Node | null, key: Node, depth: number): unknown {
    const source = convert(value, depth + 1);
    const maps = Array.isArray(source) ? source : [source];
    if (maps.every((map) => typeof map === 'object' && map !== null && !Array.isArray(map))) {
      return maps;
    }
    problems.push({
      code: 'bad-merge',
      message: '`<<` merges maps, and this is none',
      suggestion: 'write an alias of a map: `<<: *name`',
      span: spanOf(value) ?? spanOf(key) ?? [0, 1],
    });
    return [];
  }

  function convertAlias(alias: Alias, depth: number): unknown {
    // Within an expanded anchor an alias keeps the meaning that it had where it was written.
    const target = aliases.get(alias) ?? anchors.get(alias.source);
    if (target === undefined) {
      problems.push({
        code: 'unknown-anchor',
        message: `no anchor ${quoted(`&${alias.source}`)} stands above this alias`,
        suggestion: `text that starts with \`*\` must be in quotes: \`"*${alias.source}"\``,
        span: spanOf(alias) ?? [0, 1],
      });
      return null;
    }
    // Anchors reach backwards only, so that there is no other way to make a cycle.
    if (encloses(target, alias)) {
      problems.push({
        code: 'anchor-cycle',
        message: `anchor ${quoted(`&${alias.source}`)} contains itself`,
        span: spanOf(alias) ?? [0, 1],
      });
      return null;
    }
    aliases.set(alias, target);
    const before = aliased;
    open += 1;
    const value = convert(target, depth);
    open -= 1;
    if (open === 0 && before <= mostAliasedValues && aliased > mostAliasedValues) {
      problems.push({
        code: 'aliases-explode',
        message: `aliases expand to more than ${mostAliasedValues.toLocaleString('en')} values`,
        suggestion: 'let `templates` and `defaults` say what repeats',
        span: spanOf(alias) ?? [0, 1],
      });
    }
    return value;
  }

  const value = convert(document.contents, 0);
  const complete = !problems.some(({code}) => code === 'too-deep' || code === 'aliases-explode');
  return {value, problems, complete, aliases};
}

/** Names and positions that lead to the key or value at `offset` of the text, not into aliases. */
export function pathAt(document: Document.Parsed, offset: number): readonly (string | number)[] {
  const path: (string | number)[] = [];
  const begins = (node: unknown): boolean =>
    ((node as Node | null)?.range?.[0] ?? Infinity) <= offset;
  let node: unknown = document.contents;
  while (isMap(node) || isSeq(node)) {
    if (isSeq(node)) {
      const index = node.items.findLastIndex(begins);
      if (index === -1) break;
      path.push(index);
      node = node.items[index];
      continue;
    }
    const pair = node.items.findLast(({key}) => begins(key));
    const name = keyText(pair?.key);
    if (name === undefined) break;
    path.push(name);
    node = pair?.value;
    if (!begins(node)) break;
  }
  return path;
}

/** The name of a key, or undefined where it is no text (a map, a list, nothing). */
export function keyText(key: unknown): string | undefined {
  if (!isScalar(key) || key.value === null || key.value === undefined) return undefined;
  const text = typeof key.value === 'string' ? key.value : key.source;
  return text === '__proto__' ? undefined : text;
}

/** True for `<<` without quotes (YAML 1.1 merge key, which everybody uses in 1.2 as well). */
export function isMergeKey(key: unknown): key is Node {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN';
}

/** Where a node stands, without trailing space and comments; undefined when it is empty. */
export function spanOf(node: unknown): Span | undefined {
  const range = (node as Node | null)?.range;
  return range && range[1] > range[0] ? [range[0], range[1]] : undefined;
}

const asWritten = (value: number, source: string): number | string =>
  String(value) === source ? value : source;

function encloses(outer: Node, inner: Node): boolean {
  const [o, i] = [outer.range, inner.range];
  return Boolean(o && i && o[0] <= i[0] && i[1] <= o[1]);
}

function badKey(key: unknown): LocatedProblem {
  const start = (key as Node | null)?.range?.[0] ?? 0;
  const at = {code: 'bad-key', span: spanOf(key) ?? ([start, start + 1] as const)};
  if (isScalar(key) && key.value === '__proto__') {
    return {...at, message: '`__proto__` cannot be a key'};
  }
  const name = isMap(key) ? keyText(key.items[0]?.key) : undefined;
  if (name !== undefined) {
    const message = 'text that begins with a placeholder must be in quotes';
    return {...at, message, suggestion: `write \`"{${name}}"\``};
  }
  const found = isMap(key) || isSeq(key);
  return {...at, message: found ? 'a key must be text, found a map or a list' : 'a key is empty'};
}

function duplicateKey(name: string, key: Node, first: Node): LocatedProblem {
  return {
    code: 'duplicate-key',
    message: `key ${quoted(name)} is given twice`,
    suggestion: 'remove or rename one of them',
    span: spanOf(key) ?? [0, 1],
    related: [{message: 'first given here', span: spanOf(first) ?? [0, 1]}],
  };
}
