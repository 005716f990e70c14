import {matrixFileSchema, type MatrixFile} from './matrix-file.ts';
import type {MatrixPath} from './matrix-source.ts';

/** What of a matrix.yml with errors can be judged without them. */
export interface ValidPart {
  readonly matrix: MatrixFile;
  /** Keys at the top of the file below which something is missing that others may name. */
  readonly incomplete: ReadonlySet<string>;
}

type Tree = Readonly<Record<string, unknown>>;

/**
 * Leaves out the smallest definitions that hold the `wrong` places: a target, a template, a registry,
 * an image when the error is in what its targets share. What extends one of them goes with it, since
 * its settings are not known. Null when too little would stay, as for an error in `defaults` or
 * `vars`: they may be part of every target. Takes time in proportion to the file.
 */
export function validPart(value: unknown, wrong: readonly MatrixPath[]): ValidPart | null {
  if (!isTree(value)) return null;
  const definitions: MatrixPath[] = [];
  for (const path of wrong) {
    // A missing or misspelt version says nothing against the rest.
    if (path[0] === 'version') continue;
    const definition = definitionOf(path, value);
    if (definition === null) return null;
    definitions.push(definition);
  }
  const dropped = withExtenders(definitions, value);
  const pruned = prune(value, dropped, []);
  const images = entriesOf(pruned, 'images').filter(
    ([, image]) => entriesOf(image, 'targets').length > 0,
  );
  if (images.length === 0) return null;
  const matrix = mapOf([...Object.entries(pruned), ['version', 1], ['images', mapOf(images)]]);
  if (!isMatrixFile(matrix)) return null;
  const sections = [...dropped].map((path) => String((JSON.parse(path) as MatrixPath)[0]));
  return {matrix, incomplete: new Set(sections)};
}

const isMatrixFile = (value: unknown): value is MatrixFile =>
  matrixFileSchema.safeParse(value).success;

/** The definition around a wrong place; null when everything may depend on it. */
function definitionOf(path: MatrixPath, file: Tree): MatrixPath | null {
  const [section, name, part, key] = path;
  switch (section) {
    case 'builders':
      return [section];
    case 'registries':
    case 'mirrors':
    case 'templates':
    case 'groups':
      return name === undefined ? null : [section, name];
    case 'images':
      if (name === undefined) return null;
      return (part === 'targets' || part === 'indexes') && key !== undefined
        ? [section, name, part, key]
        : [section, name];
    case undefined:
    case 'defaults':
    case 'vars':
      return null;
    default:
      // A map that nobody knows may be any of these under another name.
      return isTree(file[String(section)]) ? null : [section];
  }
}

/** The paths of `definitions` and of all targets and templates that extend one of them, as text. */
function withExtenders(definitions: readonly MatrixPath[], file: Tree): ReadonlySet<string> {
  const extenders = new Map<unknown, MatrixPath[]>();
  const note = (path: MatrixPath, spec: Tree): void => {
    for (const name of [spec['extends'] ?? []].flat()) {
      const known = extenders.get(name);
      if (known === undefined) extenders.set(name, [path]);
      else known.push(path);
    }
  };
  for (const [name, spec] of entriesOf(file, 'templates')) note(['templates', name], spec);
  for (const [image, spec] of entriesOf(file, 'images')) {
    for (const [name, target] of entriesOf(spec, 'targets')) {
      note(['images', image, 'targets', name], target);
    }
  }
  const dropped = new Set<string>();
  const open = [...definitions];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (dropped.has(textOf(path))) continue;
    dropped.add(textOf(path));
    if (isExtensible(path)) for (const next of extenders.get(path.at(-1)) ?? []) open.push(next);
  }
  return dropped;
}

const textOf = (path: MatrixPath): string => JSON.stringify(path);

const isExtensible = ([section, , part]: MatrixPath): boolean =>
  section === 'templates' || (section === 'images' && part === 'targets');

/** A copy of what stands at `path`, without the definitions in `dropped`. */
function prune(tree: Tree, dropped: ReadonlySet<string>, path: MatrixPath): Tree {
  return mapOf(
    Object.entries(tree).flatMap(([key, value]) => {
      const at = [...path, key];
      if (dropped.has(textOf(at))) return [];
      return [[key, isTree(value) && at.length < 4 ? prune(value, dropped, at) : value]];
    }),
  );
}

/** Without a prototype, as everywhere in a {@link MatrixFile}. */
function mapOf(entries: readonly (readonly [string, unknown])[]): Tree {
  const map = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of entries) map[key] = value;
  return map;
}

/** The entries of the map under `key` that are maps themselves. */
function entriesOf(tree: Tree, key: string): readonly (readonly [string, Tree])[] {
  const map = tree[key];
  return isTree(map)
    ? Object.entries(map).flatMap(([name, value]) => (isTree(value) ? [[name, value]] : []))
    : [];
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
