import {z} from 'zod';

import {err, ok, type Result} from '../model/result.ts';
import type {ImageTags} from '../ports/image-tags.ts';
import type {ImageReadFailure, Images, StoredManifest} from '../ports/images.ts';
import type {ReleaseJournal} from './release-journal.ts';
import type {ExactTags, MovingTags} from './release-plan.ts';
import type {ReleaseState} from './release-state.ts';
import {right, type Observed, type StepFailure, type StepWork} from './release-step.ts';

export interface RegistryPorts {
  readonly images: Images;
  readonly tags: ImageTags;
}

/** Tags that must hold the tested image; one that holds another is a conflict. */
export function exactTagsWork(
  {references, sources, annotations}: ExactTags,
  {images, tags}: RegistryPorts,
  state: ReleaseState,
): StepWork {
  let missing: readonly string[] = references;
  return {
    async observe() {
      const wanted = await wantedImage(sources, annotations, images);
      if (!wanted.ok) return wanted;
      const absent: string[] = [];
      for (const reference of references) {
        const found = await readTag(images, reference);
        if (!found.ok) return found;
        if (found.value === null) {
          absent.push(reference);
          continue;
        }
        if (!wanted.value(found.value)) return ok(conflict(reference, found.value, sources));
        state.digests.set(reference, found.value.digest);
      }
      missing = absent;
      return ok(absent.length === 0 ? right : {state: 'missing', will: `make ${tagList(absent)}`});
    },
    perform: () => tags.point({references: missing, sources, annotations}),
  };
}

function conflict(
  reference: string,
  {digest}: StoredManifest,
  sources: readonly string[],
): Observed {
  return {
    state: 'conflict',
    message: `${reference} is there already, with another image: ${digest}, not ${sources.map(digestOf).join(' + ')}`,
    remedy:
      'a released tag is never moved: release the next version, or the commit and the build that this one was made of (--record)',
  };
}

/** Tags that follow the greatest version; what they held before is kept in the journal. */
export function movingTagsWork(
  {references, exact}: MovingTags,
  {images, tags}: RegistryPorts,
  state: ReleaseState,
  journal: ReleaseJournal,
): StepWork {
  let moves: readonly {readonly reference: string; readonly before: string | null}[] = [];
  return {
    async observe() {
      const after = state.digests.get(exact);
      const found: {reference: string; before: string | null}[] = [];
      for (const reference of references) {
        const current = await readTag(images, reference);
        if (!current.ok) return current;
        const before = current.value?.digest ?? null;
        if (before === null || before !== after) found.push({reference, before});
      }
      moves = found;
      if (found.length === 0) return ok(right);
      return ok({state: 'missing', will: found.map((move) => moveText(move, after)).join('; ')});
    },
    async perform() {
      const after = state.digests.get(exact);
      if (after === undefined) {
        return err({message: `${exact} is not there`, remedy: goOn, passing: false});
      }
      const kept = await journal.keep(moves.map((move) => ({...move, after})));
      if (!kept.ok) {
        const {path, message} = kept.error;
        return err({message: `${path}: ${message}`, remedy: goOn, passing: false});
      }
      const source = `${repositoryOf(exact)}@${after}`;
      return tags.point({
        references: moves.map(({reference}) => reference),
        sources: [source],
        annotations: {},
      });
    },
  };
}

const goOn = 'mend this and run the same command again: it goes on from here';

function moveText(
  {reference, before}: {readonly reference: string; readonly before: string | null},
  after: string | undefined,
): string {
  const tag = reference.slice(reference.lastIndexOf(':') + 1);
  const target = after === undefined ? 'the new image' : short(after);
  return before === null ? `make ${tag} (${target})` : `move ${tag}: ${short(before)} -> ${target}`;
}

const short = (digest: string): string => digest.slice(0, 'sha256:'.length + 12);
const digestOf = (source: string): string => source.slice(source.indexOf('@') + 1);
const repositoryOf = (reference: string): string => reference.slice(0, reference.lastIndexOf(':'));

function tagList(references: readonly string[]): string {
  return references.map((reference) => reference.slice(reference.lastIndexOf(':') + 1)).join(', ');
}

/** What is under a tag; null when nothing is. */
export async function readTag(
  images: Images,
  reference: string,
): Promise<Result<StoredManifest | null, StepFailure>> {
  const tag = reference.slice(reference.lastIndexOf(':') + 1);
  const found = await images.manifest(repositoryOf(reference), tag);
  if (found.ok) return found;
  return found.error.kind === 'not-found' ? ok(null) : err(readFailure(found.error));
}

function readFailure({kind, message}: ImageReadFailure): StepFailure {
  const remedy =
    kind === 'unauthorized'
      ? 'log in with `docker login`, with a token that may write'
      : 'see that the registry can be reached';
  return {message, remedy, passing: kind === 'unreachable'};
}

const indexDocument = z.object({
  manifests: z.array(z.object({digest: z.string()})),
  annotations: z.record(z.string(), z.string()).optional(),
});

/**
 * A test for what is wanted: the very digest of a single source. What several sources are joined to has
 * a digest that only the registry client knows; it must hold all that they hold, and nothing else.
 */
async function wantedImage(
  sources: readonly string[],
  annotations: Readonly<Record<string, string>>,
  images: Images,
): Promise<Result<(found: StoredManifest) => boolean, StepFailure>> {
  const [only, ...others] = sources;
  if (only !== undefined && others.length === 0 && Object.keys(annotations).length === 0) {
    return ok(({digest}) => digest === digestOf(only));
  }
  const wanted = new Set<string>();
  for (const source of sources) {
    const [repository = '', digest = ''] = source.split('@');
    const found = await images.manifest(repository, digest);
    if (!found.ok) return err(readFailure(found.error));
    const index = indexDocument.safeParse(found.value.json);
    for (const held of index.success ? index.data.manifests : [{digest}]) wanted.add(held.digest);
  }
  return ok(({json}) => {
    const index = indexDocument.safeParse(json);
    if (!index.success) return false;
    const held = new Set(index.data.manifests.map(({digest}) => digest));
    return (
      held.size === wanted.size &&
      [...wanted].every((digest) => held.has(digest)) &&
      Object.entries(annotations).every(([key, value]) => index.data.annotations?.[key] === value)
    );
  });
}
