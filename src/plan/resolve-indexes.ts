import type {ImageSpec, MatrixFile} from '../config/matrix-file.ts';
import {didYouMean} from '../model/did-you-mean.ts';
import {checkTag} from '../model/image-ref.ts';
import type {Findings, MatrixPath} from './findings.ts';
import {expandPlaceholders, type PlaceholderValues} from './placeholders.ts';
import type {ImageTags} from './image-tags.ts';
import type {ResolvedTarget} from './resolved-target.ts';

/** One tag over the images of several targets, one for each platform. */
export interface ResolvedIndex {
  /** `image:tag`. */
  readonly of: string;
  readonly image: string;
  readonly tag: string;
  /** Ids, in the order in which the index names them. */
  readonly targets: readonly string[];
  /** Repositories with their registry, the same for every one of its targets. */
  readonly repositories: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly path: MatrixPath;
}

/**
 * Resolves and checks every index: its tag, that its targets exist and go to the same registries, and
 * that no two of them bring an image for the same platform. An entry names a target, or a key for all
 * of its combinations.
 */
export function resolveIndexes(
  matrix: MatrixFile,
  targets: readonly ResolvedTarget[],
  tagsOf: readonly ImageTags[],
  values: PlaceholderValues,
  findings: Findings,
): readonly ResolvedIndex[] {
  const repositories = new Map(
    targets.map(({id}, position) => [id, tagsOf[position]?.repositories ?? []]),
  );
  return Object.entries(matrix.images).flatMap(([image, spec]) => {
    const own = targets.filter((target) => target.image === image);
    const taken = new Map<string, string>();
    for (const target of own) for (const {value} of target.tags) taken.set(value, target.id);
    return Object.entries(spec.indexes ?? {}).map(([template, index]) => {
      const path = ['images', image, 'indexes', template];
      const tag = indexTag(template, path, {...values, image}, taken, findings);
      const members = membersOf(index, path, own, findings);
      checkRepositories(members, repositories, path, findings);
      const [first] = members;
      return {
        of: `${image}:${tag}`,
        ...{image, tag, path},
        targets: members.map(({id}) => id),
        repositories: repositories.get(first?.id ?? '') ?? [],
        annotations: annotationsOf(index, path, {...values, image}, findings),
      };
    });
  });
}

function indexTag(
  template: string,
  path: MatrixPath,
  values: PlaceholderValues,
  tags: Map<string, string>,
  findings: Findings,
): string {
  const tag = expandPlaceholders(template, values, 'tag');
  if (!tag.ok) {
    findings.error(tag.error.code, {path, ...tag.error});
    return template;
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
  return tag.value;
}

type IndexSpec = NonNullable<ImageSpec['indexes']>[string];

/** The targets that the index joins, each once. */
function membersOf(
  index: IndexSpec,
  path: MatrixPath,
  targets: readonly ResolvedTarget[],
  findings: Findings,
): readonly ResolvedTarget[] {
  const [names, place] = 'targets' in index ? [index.targets, [...path, 'targets']] : [index, path];
  const platforms = new Map<string, {readonly id: string; readonly path: MatrixPath}>();
  const joined = new Set<ResolvedTarget>();
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
      joined.add(target);
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
  return [...joined];
}

function checkRepositories(
  [first, ...others]: readonly ResolvedTarget[],
  repositories: ReadonlyMap<string, readonly string[]>,
  path: MatrixPath,
  findings: Findings,
): void {
  if (first === undefined) return;
  const textOf = ({id}: ResolvedTarget): string => (repositories.get(id) ?? []).join(', ');
  const other = others.find((one) => textOf(one) !== textOf(first));
  if (other === undefined) return;
  findings.error('index-registries', {
    path,
    message: `\`${first.id}\` goes to ${textOf(first)}, but \`${other.id}\` to ${textOf(other)}`,
    suggestion: 'an index joins images of one repository: give its targets the same `registries`',
  });
}

function annotationsOf(
  index: IndexSpec,
  path: MatrixPath,
  values: PlaceholderValues,
  findings: Findings,
): ResolvedIndex['annotations'] {
  const written = 'targets' in index ? (index.annotations ?? {}) : {};
  return Object.fromEntries(
    Object.entries(written).flatMap(([key, value]) => {
      if (value === null) return [];
      const expanded = expandPlaceholders(String(value), values, 'text');
      if (expanded.ok) return [[key, expanded.value]];
      findings.error(expanded.error.code, {path: [...path, 'annotations', key], ...expanded.error});
      return [];
    }),
  );
}
