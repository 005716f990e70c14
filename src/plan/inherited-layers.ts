import type {MatrixFile, TargetDefaults, TemplateSpec} from '../config/matrix-file.ts';
import {didYouMean} from '../model/did-you-mean.ts';
import type {Findings, MatrixPath} from './findings.ts';

/** Settings that stand in one place of the file (or came by `--set`, without a path). */
export interface Layer {
  readonly path: MatrixPath | null;
  readonly settings: TargetDefaults;
}

/** One template or target that others may extend. */
export interface Extensible {
  readonly path: MatrixPath;
  readonly settings: TemplateSpec;
}

/**
 * The layers that a target is made of, the weakest first: `defaults`, the image's `defaults`, what it
 * extends (later ones win, each one's own `extends` below it), the target itself. A layer that is
 * reached on several ways stands where it has the last word. Unknown names are reported.
 */
export function inheritedLayers(
  matrix: MatrixFile,
  imageKey: string,
  targetKey: string,
  findings: Findings,
): readonly Layer[] {
  const image = ownValue(matrix.images, imageKey);
  const target = image && ownValue(image.targets, targetKey);
  if (image === undefined || target === undefined) return [];
  const placed = new Set<string>();
  /** The strongest first. */
  const layers: Layer[] = [];
  // A stack of its own: a chain of thousands of templates must not exhaust the call stack.
  const open: Extensible[] = [{path: ['images', imageKey, 'targets', targetKey], settings: target}];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const id = next.path.join('\0');
    if (placed.has(id)) continue;
    placed.add(id);
    layers.push(next);
    for (const {name, path} of extendedNames(next)) {
      const parent = findExtensible(matrix, imageKey, name);
      if (parent !== undefined) open.push(parent);
      else reportUnknown(name, path, matrix, imageKey, findings);
    }
  }
  if (image.defaults)
    layers.push({path: ['images', imageKey, 'defaults'], settings: image.defaults});
  if (matrix.defaults) layers.push({path: ['defaults'], settings: matrix.defaults});
  return layers.reverse();
}

/** What something extends, and where it says so. */
export function extendedNames({
  path,
  settings,
}: Extensible): readonly {readonly name: string; readonly path: MatrixPath}[] {
  const names = settings.extends ?? [];
  if (typeof names === 'string') return [{name: names, path: [...path, 'extends']}];
  return names.map((name, index) => ({name, path: [...path, 'extends', index]}));
}

/** A template of this name, or else a target of the image. */
export function findExtensible(
  matrix: MatrixFile,
  imageKey: string,
  name: string,
): Extensible | undefined {
  const template = matrix.templates && ownValue(matrix.templates, name);
  if (template) return {path: ['templates', name], settings: template};
  const targets = ownValue(matrix.images, imageKey)?.targets;
  const target = targets && ownValue(targets, name);
  return target && {path: ['images', imageKey, 'targets', name], settings: target};
}

function reportUnknown(
  name: string,
  path: MatrixPath,
  {templates, images}: MatrixFile,
  imageKey: string,
  findings: Findings,
): void {
  const known = [...Object.keys(templates ?? {}), ...Object.keys(images[imageKey]?.targets ?? {})];
  findings.error('unknown-template', {
    path,
    message: `\`${name}\` is neither a template nor a target of image \`${imageKey}\``,
    suggestion: didYouMean(name, known) ?? 'define it under `templates`',
  });
}

function ownValue<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
