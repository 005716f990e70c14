import type {MatrixFile} from '../config/matrix-file.ts';
import {checkRepository, checkTag} from '../model/image-ref.ts';
import type {Findings, MatrixPath, Sourced} from './findings.ts';
import {expandPlaceholders, type PlaceholderValues} from './placeholders.ts';
import {namedPrefix} from './registry-prefixes.ts';
import type {ResolvedTarget} from './resolved-target.ts';

/** Where the image of one target goes. */
export interface ImageTags {
  /** Repositories with their registry; the first is the main one. */
  readonly repositories: readonly string[];
  /** False when the repositories have no registry in their name. */
  readonly inRegistry: boolean;
  /** Full references, `repository:tag`. */
  readonly references: readonly string[];
}

export interface RegistryChoice {
  /** Prefix of every registry of the file, by name. */
  readonly defined: ReadonlyMap<string, string>;
  /** Prefixes instead of those that targets name; null when they decide. */
  readonly instead: readonly string[] | null;
}

/**
 * The full references of every target, in the order of `targets`. Without a registry they are
 * `image:tag`. Invalid tags, and tags that two targets claim, are reported.
 */
export function imageTags(
  matrix: MatrixFile,
  targets: readonly ResolvedTarget[],
  registries: RegistryChoice,
  values: PlaceholderValues,
  findings: Findings,
): readonly ImageTags[] {
  const repositories = repositoryNames(matrix, values, findings);
  const claims = new Map<string, {readonly id: string; readonly path: MatrixPath | null}>();
  return targets.map((target) => {
    const repository = repositories.get(target.image) ?? target.image;
    const names = prefixesOf(target, registries, findings);
    const full =
      names.length === 0
        ? [repository]
        : [...new Set(names)].map((name) => `${name}/${repository}`);
    const references = new Set<string>();
    for (const {value, path} of target.reuse) {
      const problem = value === '' ? undefined : checkTag(value);
      if (problem) findings.problem('invalid-tag', path, problem);
    }
    for (const tag of target.tags) {
      const problem = tag.value === '' ? undefined : checkTag(tag.value);
      if (problem) findings.problem('invalid-tag', tag.path, problem);
      if (problem || tag.value === '') continue;
      for (const name of full) {
        references.add(`${name}:${tag.value}`);
        claim(claims, `${name}:${tag.value}`, target.id, tag, findings);
      }
    }
    return {repositories: full, inRegistry: names.length > 0, references: [...references]};
  });
}

/** The repository of every image below its registry, checked. */
function repositoryNames(
  matrix: MatrixFile,
  values: PlaceholderValues,
  findings: Findings,
): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(matrix.images).map(([key, image]) => {
      const path = ['images', key, ...(image.repository === undefined ? [] : ['repository'])];
      const name = expandPlaceholders(image.repository ?? key, {...values, image: key}, 'text');
      if (!name.ok) {
        findings.error(name.error.code, {path, ...name.error});
        return [key, key];
      }
      const problem = checkRepository(name.value);
      if (problem) findings.problem('invalid-repository', path, problem);
      return [key, name.value];
    }),
  );
}

function prefixesOf(
  target: ResolvedTarget,
  {defined, instead}: RegistryChoice,
  findings: Findings,
): readonly string[] {
  const named = target.registries.flatMap(
    ({value, path}) => namedPrefix(value, path, defined, findings) ?? [],
  );
  return instead ?? named;
}

function claim(
  claims: Map<string, {readonly id: string; readonly path: MatrixPath | null}>,
  reference: string,
  id: string,
  tag: Sourced<string>,
  findings: Findings,
): void {
  const first = claims.get(reference);
  if (first === undefined) {
    claims.set(reference, {id, path: tag.path});
    return;
  }
  if (first.id === id) return;
  const samePlace = first.path !== null && first.path.join('\0') === tag.path?.join('\0');
  findings.error('duplicate-tag', {
    path: tag.path,
    message: `\`${first.id}\` and \`${id}\` both claim the tag \`${reference}\``,
    suggestion: 'let the tag tell them apart, for example with `{target}` or `{matrix.NAME}`',
    related: samePlace ? undefined : {message: 'also claimed here', path: first.path},
  });
}
