import {
  checkTag,
  familiarRef,
  parseImageRef,
  repositoryOf,
  type ImageRef,
} from '../model/image-ref.ts';
import {err, ok, type Result} from '../model/result.ts';
import {targetIdOf} from '../model/target-id.ts';
import type {BuildRecord, TargetRecord} from '../records/build-record.ts';

/**
 * Where the image that a tag, a digest or a full reference means for a target may be, the likeliest
 * first; or a sentence that says why it can be nowhere.
 */
export function referencesFor(
  reference: string,
  target: TargetRecord,
  current: BuildRecord,
): Result<readonly ImageRef[], string> {
  if (checkTag(reference) === undefined || reference.startsWith('sha256:')) {
    return inRepository(reference, target, current.version);
  }
  const parsed = parseImageRef(reference);
  if (!parsed.ok) return err(parsed.error.message);
  const stores = ({tags}: TargetRecord): boolean =>
    refsOf(tags).some((ref) => repositoryOf(ref) === repositoryOf(parsed.value));
  if (stores(target) || !current.targets.some(stores)) return ok([parsed.value]);
  return err(
    `${targetIdOf(target)} is not stored in the repository of ${familiarRef(parsed.value)}`,
  );
}

function inRepository(
  reference: string,
  target: TargetRecord,
  version: string,
): Result<readonly ImageRef[], string> {
  const {tags, output} = target;
  const [main, ...others] = refsOf(tags);
  // A name without a registry would mean one of Docker Hub's official images.
  const isHomeless = main?.host === 'docker.io' && main.path.startsWith('library/');
  if (main === undefined || (isHomeless && output.kind !== 'push')) {
    return err(`${targetIdOf(target)} goes to no registry`);
  }
  const {host, path} = main;
  if (reference.startsWith('sha256:')) return ok([{host, path, tag: null, digest: reference}]);
  const own = [main, ...others].filter((ref) => ref.host === host && ref.path === path);
  const bare = reference.replace(/^v(?=\d)/u, '');
  const replaced = own.flatMap(({tag}) =>
    tag?.includes(version) === true
      ? [bare, reference].map((each) => tag.replace(version, () => each))
      : [],
  );
  return ok([...new Set([...replaced, reference])].map((tag) => ({host, path, tag, digest: null})));
}

function refsOf(tags: readonly string[]): readonly ImageRef[] {
  return tags.flatMap((tag) => {
    const parsed = parseImageRef(tag);
    return parsed.ok ? [parsed.value] : [];
  });
}
