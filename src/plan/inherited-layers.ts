import type {ImageSpec, MatrixFile, TargetDefaults, TemplateSpec} from '../config/matrix-file.ts';
import {didYouMean} from '../model/did-you-mean.ts';
import type {Findings, MatrixPath} from './findings.ts';

/** Settings that stand in one place of the file (or came by `--set`, without a path). */
export interface Layer {
  readonly path: MatrixPath | null;
  readonly settings: TargetDefaults;
}

/**
 * The layers that a target is made of, the weakest first: `defaults`, the image's `defaults`, what it
 * extends (later ones win, each one's own `extends` below it), the target itself. A layer that is
 * reached on several ways stands where it has the last word. Cycles and unknown names are reported.
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
  const walk: Walk = {matrix, image, imageKey, findings, placed: new Set(), open: [], layers: []};
  place(walk, {
    path: ['images', imageKey, 'targets', targetKey],
    name: targetKey,
    settings: target,
  });
  if (image.defaults)
    walk.layers.push({path: ['images', imageKey, 'defaults'], settings: image.defaults});
  if (matrix.defaults) walk.layers.push({path: ['defaults'], settings: matrix.defaults});
  return walk.layers.reverse();
}

interface Walk {
  readonly matrix: MatrixFile;
  readonly image: ImageSpec;
  readonly imageKey: string;
  readonly findings: Findings;
  /** Places whose layer is in `layers` already, with everything below it. */
  readonly placed: Set<string>;
  /** What is being placed right now, outermost first. */
  readonly open: Parent[];
  /** The strongest first. */
  readonly layers: Layer[];
}

interface Parent {
  readonly path: MatrixPath;
  readonly name: string;
  readonly settings: TemplateSpec;
}

/** Puts a layer and, after it, the weaker ones that it extends. */
function place(walk: Walk, parent: Parent): void {
  const id = parent.path.join('\0');
  if (walk.placed.has(id)) return;
  walk.placed.add(id);
  walk.layers.push({path: parent.path, settings: parent.settings});
  walk.open.push(parent);
  const names = parent.settings.extends ?? [];
  const list = typeof names === 'string' ? [names] : names;
  for (let index = list.length - 1; index >= 0; index -= 1) {
    const name = list[index] ?? '';
    const at = typeof names === 'string' ? ['extends'] : ['extends', index];
    extend(walk, name, [...parent.path, ...at]);
  }
  walk.open.pop();
}

function extend(walk: Walk, name: string, at: MatrixPath): void {
  const parent = findParent(walk, name);
  if (parent === undefined) {
    const known = [...Object.keys(walk.matrix.templates ?? {}), ...Object.keys(walk.image.targets)];
    walk.findings.error('unknown-template', {
      path: at,
      message: `\`${name}\` is neither a template nor a target of image \`${walk.imageKey}\``,
      suggestion: didYouMean(name, known) ?? 'define it under `templates`',
    });
    return;
  }
  const start = walk.open.findIndex((one) => one.path.join('\0') === parent.path.join('\0'));
  if (start === -1) {
    place(walk, parent);
    return;
  }
  const cycle = [...walk.open.slice(start).map((one) => one.name), name];
  const message = `\`extends\` goes round in a circle: ${cycle.join(' -> ')}`;
  walk.findings.error('extends-cycle', {
    path: at,
    message,
    suggestion: 'drop one of these `extends`',
  });
}

/** A template of this name, or else a target of the same image. */
function findParent(walk: Walk, name: string): Parent | undefined {
  const template = walk.matrix.templates && ownValue(walk.matrix.templates, name);
  if (template) return {path: ['templates', name], name, settings: template};
  const target = ownValue(walk.image.targets, name);
  return target && {path: ['images', walk.imageKey, 'targets', name], name, settings: target};
}

function ownValue<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
