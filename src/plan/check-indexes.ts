import type {ImageSpec, MatrixFile} from '../config/matrix-file.ts';
import {didYouMean} from '../model/did-you-mean.ts';
import {checkTag} from '../model/image-ref.ts';
import type {Findings, MatrixPath} from './findings.ts';
import {expandPlaceholders, type PlaceholderValues} from './placeholders.ts';
import type {ResolvedTarget} from './resolved-target.ts';

/**
 * Checks every index: its tag, that its targets exist, and that no two of them bring an image for the
 * same platform. An entry names a target, or a key for all of its combinations.
 */
export function checkIndexes(
  matrix: MatrixFile,
  targets: readonly ResolvedTarget[],
  values: PlaceholderValues,
  findings: Findings,
): void {
  for (const [image, spec] of Object.entries(matrix.images)) {
    const own = targets.filter((target) => target.image === image);
    const tags = new Map<string, string>();
    for (const target of own) for (const {value} of target.tags) tags.set(value, target.id);
    for (const [template, index] of Object.entries(spec.indexes ?? {})) {
      const path = ['images', image, 'indexes', template];
      checkIndexTag(template, path, {...values, image}, tags, findings);
      checkMembers(index, path, own, findings);
    }
  }
}

function checkIndexTag(
  template: string,
  path: MatrixPath,
  values: PlaceholderValues,
  tags: Map<string, string>,
  findings: Findings,
): void {
  const tag = expandPlaceholders(template, values, 'tag');
  if (!tag.ok) {
    findings.error(tag.error.code, {path, ...tag.error});
    return;
  }
  const problem = checkTag(tag.value);
  if (problem) findings.problem('invalid-tag', path, problem);
  const owner = tags.get(tag.value);
  if (owner !== undefined) {
    const message = `\`${owner}\` and this index both claim the tag \`${tag.value}\``;
    const suggestion = 'give one of them another tag';
    findings.error('duplicate-tag', {path, message, suggestion});
  }
  tags.set(tag.value, `index ${template}`);
}

type IndexSpec = NonNullable<ImageSpec['indexes']>[string];

function checkMembers(
  index: IndexSpec,
  path: MatrixPath,
  targets: readonly ResolvedTarget[],
  findings: Findings,
): void {
  const [names, place] = 'targets' in index ? [index.targets, [...path, 'targets']] : [index, path];
  const platforms = new Map<string, {readonly id: string; readonly path: MatrixPath}>();
  names.forEach((name, position) => {
    const at = [...place, position];
    const members = targets.filter((target) => target.name === name || target.key === name);
    if (members.length === 0) {
      findings.error('unknown-target', {
        path: at,
        message: `no target of this image is called \`${name}\``,
        suggestion: didYouMean(
          name,
          targets.flatMap((target) => [target.name, target.key]),
        ),
      });
    }
    for (const target of members) {
      for (const {value: platform} of target.platforms) {
        const first = platforms.get(platform);
        platforms.set(platform, first ?? {id: target.id, path: at});
        if (first === undefined) continue;
        findings.error('duplicate-platform', {
          path: at,
          message: `\`${first.id}\` and \`${target.id}\` both bring ${platform} into one index`,
          suggestion: 'an index has one image for each platform: keep one of them',
          related: {message: 'the first one is this', path: first.path},
        });
      }
    }
  });
}
