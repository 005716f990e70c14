import {Document, isMap, isScalar, isSeq, visit, type Node} from 'yaml';

import type {ImportedTarget} from './bake-attributes.ts';
import type {LeftOut} from './bake-definition.ts';
import type {RegistrySpec} from './matrix-file-parts.ts';
import {targetSchema, type TargetSpec} from './matrix-file.ts';

/** What an imported matrix.yml holds. */
export interface MatrixContent {
  readonly registries: Readonly<Record<string, RegistrySpec>>;
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly targets: readonly ImportedTarget[];
  readonly leftOut: readonly LeftOut[];
}

/** Lists and maps of plain values up to this length are written on one line. */
const longestLine = 72;

/** The text of matrix.yml, with a comment for everything that was left out, where it would have been. */
export function writeMatrix({registries, groups, targets, leftOut}: MatrixContent): string {
  const document = new Document(
    {
      version: 1,
      ...(Object.keys(registries).length === 0 ? {} : {registries}),
      ...(Object.keys(groups).length === 0 ? {} : {groups}),
      images: imagesOf(targets),
    },
    {aliasDuplicateObjects: false},
  );
  visit(document, {
    Collection(_key, node) {
      node.flow = node.items.every(isPlain) && JSON.stringify(node).length <= longestLine;
    },
  });
  document.commentBefore = ' Made from a bake definition by `build-matrix import bake`.';
  comment(
    document.contents,
    leftOut.filter(({target}) => target === null),
  );
  for (const {bakeName, image, name} of targets) {
    const own = leftOut.filter(({target}) => target === bakeName);
    comment(document.getIn(['images', image, 'targets', name], true) as Node, own);
  }
  return document.toString({lineWidth: 0, flowCollectionPadding: false});
}

function imagesOf(targets: readonly ImportedTarget[]): Record<string, unknown> {
  const images: Record<string, {repository?: string; targets: Record<string, unknown>}> = {};
  for (const {image, name, repository, draft} of targets) {
    images[image] ??= {...(repository === image ? {} : {repository}), targets: {}};
    images[image].targets[name] = inOrder(draft);
  }
  return images;
}

/** The keys in the order of the reference. */
function inOrder(draft: ImportedTarget['draft']): Record<string, unknown> {
  const keys = Object.keys(targetSchema.shape) as (keyof TargetSpec)[];
  return Object.fromEntries(
    keys.filter((key) => draft[key] !== undefined).map((key) => [key, draft[key]]),
  );
}

const isPlain = (item: unknown): boolean =>
  typeof item === 'object' && item !== null && 'value' in item
    ? !isMap(item.value) && !isSeq(item.value)
    : isScalar(item);

function comment(node: Node | null, leftOut: readonly LeftOut[]): void {
  if (!node || leftOut.length === 0) return;
  // A comment cannot stand within `{}`.
  if (isMap(node)) node.flow = false;
  node.commentBefore = leftOut
    .map(({attribute, value, reason}) => ` left out: ${attribute} ${value}\n   ${reason}`)
    .join('\n');
}
