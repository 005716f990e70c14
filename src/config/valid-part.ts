import {matrixFileSchema, type MatrixFile} from './matrix-file.ts';
import type {MatrixPath} from './matrix-source.ts';

/** What of a matrix.yml with errors can be judged without them. */
export interface ValidPart {
  readonly matrix: MatrixFile;
  /** Keys at the top of the file below which something is missing that others may name. */
  readonly incomplete: ReadonlySet<string>;
}

type Tree = Readonly<Record<string, unknown>>;

const sections: readonly string[] = Object.keys(matrixFileSchema.shape);

/**
 * Leaves out the smallest definitions that hold the `wrong` places: a target, a template, a registry,
 * an image when the error is in what its targets share. What extends one of them goes with it, since
 * its settings are not known. Null when too little would stay: `defaults` are part of every target.
 */
export function validPart(value: unknown, wrong: readonly MatrixPath[]): ValidPart | null {
  if (!isTree(value)) return null;
  const dropped: MatrixPath[] = [];
  for (const path of wrong) {
    // A missing or misspelt version says nothing against the rest.
    if (path[0] === 'version') continue;
    const definition = definitionOf(path, value);
    if (definition === null) return null;
    dropped.push(definition);
  }
  // A map that nobody knows may be any section under another name.
  const anyIsMissing = dropped.some(
    ([section]) => !sections.includes(String(section)) && isTree(value[String(section)]),
  );
  const templatesAreMissing =
    anyIsMissing ||
    dropped.some(([section, name]) => section === 'templates' && name === undefined);
  let rest = dropped.reduce(without, mapOf([...Object.entries(value), ['version', 1]]));
  for (;;) {
    const orphans = orphansOf(rest, dropped, templatesAreMissing);
    if (orphans.length === 0) break;
    dropped.push(...orphans);
    rest = orphans.reduce(without, rest);
  }
  rest = entriesOf(rest, 'images')
    .filter(([, image]) => entriesOf(image, 'targets').length === 0)
    .reduce((tree, [key]) => without(tree, ['images', key]), rest);
  if (entriesOf(rest, 'images').length === 0 || !isMatrixFile(rest)) return null;
  const incomplete = new Set(anyIsMissing ? sections : dropped.map(([section]) => String(section)));
  return {matrix: rest, incomplete};
}

const isMatrixFile = (value: unknown): value is MatrixFile =>
  matrixFileSchema.safeParse(value).success;

/** The definition around a wrong place; null when everything may depend on it. */
function definitionOf(path: MatrixPath, file: Tree): MatrixPath | null {
  const [section, name, part, key] = path;
  switch (section) {
    case 'builders':
      return [section];
    case 'vars':
    case 'registries':
    case 'mirrors':
    case 'templates':
    case 'groups':
      return path.slice(0, 2);
    case 'images':
      if (name === undefined) return null;
      return (part === 'targets' || part === 'indexes') && key !== undefined
        ? path.slice(0, 4)
        : path.slice(0, 2);
    case undefined:
    case 'defaults':
      return null;
    default:
      // It may be `defaults` under another name.
      return isTree(file[String(section)]) && !Object.hasOwn(file, 'defaults') ? null : [section];
  }
}

/** Targets and templates that extend what was dropped. */
function orphansOf(
  file: Tree,
  dropped: readonly MatrixPath[],
  templatesAreMissing: boolean,
): readonly MatrixPath[] {
  const gone = new Set(dropped.flatMap((path) => (isExtensible(path) ? [path.at(-1)] : [])));
  const templates = entriesOf(file, 'templates').map(
    ([name, spec]) => [['templates', name], spec] as const,
  );
  const targets = entriesOf(file, 'images').flatMap(([image, {targets: specs}]) =>
    entriesOf({specs}, 'specs').map(
      ([name, spec]) => [['images', image, 'targets', name], spec] as const,
    ),
  );
  const known = new Set([...templates, ...targets].map(([path]) => path.at(-1)));
  return [...templates, ...targets].flatMap(([path, spec]) => {
    const parents = [spec['extends'] ?? []].flat();
    const isOrphan = parents.some(
      (name) => gone.has(name as string) || (templatesAreMissing && !known.has(name as string)),
    );
    return isOrphan ? [path] : [];
  });
}

const isExtensible = ([section, name, part]: MatrixPath): boolean =>
  name !== undefined && (section === 'templates' || (section === 'images' && part === 'targets'));

/** A copy without the value at `path`. */
function without(tree: Tree, [step, ...below]: MatrixPath): Tree {
  return mapOf(
    Object.entries(tree).flatMap(([key, value]) => {
      if (key !== step) return [[key, value]];
      return below.length > 0 && isTree(value) ? [[key, without(value, below)]] : [];
    }),
  );
}

/** Without a prototype, as everywhere in a {@link MatrixFile}. */
function mapOf(entries: readonly (readonly [string, unknown])[]): Tree {
  return Object.assign(Object.create(null) as Tree, Object.fromEntries(entries));
}

function entriesOf(tree: Tree, key: string): readonly (readonly [string, Tree])[] {
  const map = tree[key];
  return isTree(map)
    ? Object.entries(map).flatMap(([name, value]) => (isTree(value) ? [[name, value]] : []))
    : [];
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
