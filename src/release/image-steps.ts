import {repositoryIn, tagIn} from '../model/image-ref.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {ImageReadFailure, Images, StoredManifest} from '../ports/images.ts';
import {
  digestIn,
  heldImage,
  isWanted,
  repositoryBefore,
  wantedImage,
} from '../publish/held-images.ts';
import {moveTags, renewLogin, type RegistryPorts} from './move-tags.ts';
import type {Overtaking} from './overtaking.ts';
import type {ReleaseJournal} from './release-journal.ts';
import type {ExactTags, MovingTags} from './release-plan.ts';
import type {ReleaseState} from './release-state.ts';
import {right, type Observed, type StepFailure, type StepWork} from './release-step.ts';

/** Tags that must hold the tested image; one that holds another is a conflict. */
export function exactTagsWork(
  {references, sources, annotations}: ExactTags,
  registry: RegistryPorts,
  state: ReleaseState,
): StepWork {
  const {images} = registry;
  let missing: readonly string[] = references;
  return {
    async observe() {
      const wanted = await wantedImage(images, sources, annotations);
      if (!wanted.ok) return err(readFailure(wanted.error, repositoryBefore(sources[0] ?? '')));
      const absent: string[] = [];
      for (const reference of references) {
        const found = await readTag(images, reference);
        if (!found.ok) return found;
        if (found.value === null) {
          absent.push(reference);
          continue;
        }
        if (!isWanted(found.value, wanted.value))
          return ok(conflict(reference, found.value, sources));
        state.digests.set(reference, found.value.digest);
      }
      missing = absent;
      return ok(absent.length === 0 ? right : {state: 'missing', will: `make ${tagList(absent)}`});
    },
    perform: () => moveTags({references: missing, sources, annotations}, registry),
    repair: (failure) => renewLogin(failure, registry),
  };
}

function conflict(
  reference: string,
  {digest}: StoredManifest,
  sources: readonly string[],
): Observed {
  return {
    state: 'conflict',
    message: `${reference} is there already, with another image: ${digest}, not ${sources.map(digestIn).join(' + ')}`,
    remedy:
      'a released tag is never moved: release the next version, or the commit and the build that this one was made of (--record)',
  };
}

/**
 * Tags that follow the greatest version; what they held before is kept in the journal. Registries cannot
 * compare and swap: what other releases have made public meanwhile is looked at right before.
 */
export function movingTagsWork(
  {references, exact, level}: MovingTags,
  registry: RegistryPorts,
  {state, journal, overtaking}: MovingContext,
): StepWork {
  const {images} = registry;
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
      const isOwn = await stillOwn(after);
      if (!isOwn.ok) return isOwn;
      const kept = await journal.keep(moves.map((move) => ({...move, after})));
      if (!kept.ok) {
        const {path, message} = kept.error;
        return err({message: `${path}: ${message}`, remedy: goOn, passing: false});
      }
      const source = `${repositoryIn(exact)}@${after}`;
      const moved = moves.map(({reference}) => reference);
      return moveTags({references: moved, sources: [source], annotations: {}}, registry);
    },
    repair: (failure) => renewLogin(failure, registry),
  };

  async function stillOwn(after: string): Promise<Result<void, StepFailure>> {
    const [now, greater] = await Promise.all([readTag(images, exact), overtaking(level)]);
    if (!now.ok) return now;
    if (!greater.ok) return greater;
    if (now.value?.digest !== after) {
      const message = `${exact} has been replaced meanwhile: it holds ${now.value?.digest ?? 'nothing'}, not ${after}`;
      const remedy = 'somebody else releases this version too: let one of you do it';
      return err({message, remedy, passing: false});
    }
    if (greater.value === null) return ok(undefined);
    const message = `${greater.value} has been released meanwhile, and these tags are its own`;
    const remedy = 'run the same command again: it decides anew which tags move';
    return err({message, remedy, passing: false});
  }
}

interface MovingContext {
  readonly state: ReleaseState;
  readonly journal: ReleaseJournal;
  readonly overtaking: Overtaking;
}

const goOn = 'mend this and run the same command again: it goes on from here';

function moveText(
  {reference, before}: {readonly reference: string; readonly before: string | null},
  after: string | undefined,
): string {
  const tag = tagIn(reference);
  if (after === undefined) return `${before === null ? 'make' : 'move'} ${tag}`;
  const target = short(after);
  return before === null ? `make ${tag} (${target})` : `move ${tag}: ${short(before)} -> ${target}`;
}

const short = (digest: string): string => digest.slice(0, 'sha256:'.length + 12);

function tagList(references: readonly string[]): string {
  return references.map(tagIn).join(', ');
}

/** What is under a tag; null when nothing is. */
export async function readTag(
  images: Images,
  reference: string,
): Promise<Result<StoredManifest | null, StepFailure>> {
  const found = await heldImage(images, reference);
  return found.ok ? found : err(readFailure(found.error, repositoryIn(reference)));
}

function readFailure({kind, message}: ImageReadFailure, repository: string): StepFailure {
  if (kind !== 'unauthorized') {
    return {
      ...{message, passing: kind === 'unreachable'},
      remedy: 'see that the registry can be reached',
    };
  }
  return {
    ...{message, passing: false},
    remedy: 'log in with `docker login`, with a token that may write',
    registry: {kind: 'not-logged-in', because: message, repository},
  };
}
