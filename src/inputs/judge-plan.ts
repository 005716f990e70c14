import {canonicalJson} from '../plan/fingerprint.ts';
import type {InputLabels} from '../plan/run-values.ts';
import type {ContextFiles} from '../ports/context-files.ts';
import type {Files} from '../ports/files.ts';
import type {TagDigests} from '../ports/tag-digests.ts';
import {createContextInputs} from './context-inputs.ts';
import type {Decision} from './decision.ts';
import {explainChange} from './explain-change.ts';
import type {ImagePlace} from './find-image.ts';
import {createImageDigests} from './image-digests.ts';
import {formatParts, inputsFingerprint, shortParts, unprovedInputs} from './input-labels.ts';
import type {InputMemory} from './input-memory.ts';
import {lookForImage} from './look-for-image.ts';
import {oncePerKey} from './once.ts';
import {partHash} from './part-hash.ts';
import {
  differsInVersion,
  isOfCommit,
  publishedRelease,
  type ReleaseOfCommit,
} from './published-release.ts';
import {gatherInputs, type TargetInputs, type TargetToJudge} from './target-inputs.ts';

/** A target of the plan, and where its image would be. */
export interface JudgedTarget extends TargetToJudge {
  /** Null for an image that only docker's own store would hold. */
  readonly place: ImagePlace | null;
  /** What an image holds that need not be built again. */
  readonly wanted: readonly string[];
  /** Tags within the place under which earlier images may be, the likeliest first. */
  readonly references: readonly string[];
  /** Digests that records of earlier runs name, newest first. */
  readonly recorded: () => Promise<readonly string[]>;
  /** Where it may have been released; null when the plan's commit has no version. */
  readonly release: ReleaseOfCommit | null;
}

export interface JudgePorts {
  readonly files: Files;
  readonly contextFiles: ContextFiles;
  readonly tags: TagDigests;
  readonly memory: InputMemory;
  readonly variables: Readonly<Record<string, string>>;
}

export interface JudgeRequest {
  readonly targets: readonly JudgedTarget[];
  /** Build everything, whatever is there. */
  readonly force: boolean;
  readonly ports: JudgePorts;
  readonly signal?: AbortSignal;
}

/** Digests of the builds that have one by now, by their ids. */
export type DigestOf = (build: string) => string | undefined;

/** What is known of the inputs of a plan's targets. Everything is read when it is first asked for, once. */
export interface PlanInputs {
  /** By the id of the target. */
  decide(target: string): Promise<Decision>;
  /** Values of the labels of the target's image, as it would be built now. */
  labels(target: string, digestOf: DigestOf): Promise<InputLabels>;
  /**
   * Notes that the target was built, from what `labels` told. Resolves to what was touched on the disk
   * since it was looked at (a path), if anything was: its label cannot be trusted then.
   */
  built(
    target: string,
    labels: InputLabels,
    digests: Readonly<Record<string, string>>,
  ): Promise<string | undefined>;
}

/** Opens the inputs of a plan. */
export function openPlanInputs({targets, force, ports, signal}: JudgeRequest): PlanInputs {
  const byId = new Map(targets.map((target) => [target.id, target]));
  const images = createImageDigests(ports.tags, signal);
  const contexts = createContextInputs(ports);
  const known = (id: string): JudgedTarget => {
    const target = byId.get(id);
    if (target === undefined) throw new Error(`${id} is not in the plan`);
    return target;
  };
  const owners = new Map(
    targets.flatMap(({id, builds}) => builds.map(({planned}) => [planned.id, id] as const)),
  );
  const targetOf = (build: string): string => {
    const owner = owners.get(build);
    if (owner === undefined) throw new Error(`${build} is not in the plan`);
    return owner;
  };
  const linksOf = ({builds}: JudgedTarget): readonly string[] => [
    ...new Set(builds.flatMap(({build}) => Object.values(build.links).map(targetOf))),
  ];
  const byName = (id: string): string => id;
  const gather = oncePerKey(byName, (id: string) =>
    gatherInputs(known(id), {...ports, images, contexts: contexts.read}),
  );

  const decide = oncePerKey(byName, async (id: string): Promise<Decision> => {
    const {place, references, recorded, builds, platforms, wanted, release} = known(id);
    if (force) return build('`--force` builds everything');
    if (place === null) return build('an image for docker itself is always built');
    // What was published as a version is not replaced by what differs from it in its version alone.
    const published =
      release === null
        ? undefined
        : await publishedRelease(release, place, platforms, {files: ports.files, signal});
    const asPublished = (digest: string): Decision => ({
      kind: 'unchanged',
      digests: Object.fromEntries(builds.map(({planned}) => [planned.id, digest])),
      because: `${release?.version ?? ''} of this commit is published; --force builds it again`,
    });
    if (release !== null && published !== undefined && isOfCommit(published, release.commit)) {
      return asPublished(published.image.digest);
    }
    const links = await Promise.all(
      linksOf(known(id)).map(async (on) => ({on, decision: await decide(on)})),
    );
    const rebuilt = links.filter(({decision}) => decision.kind === 'build');
    if (rebuilt.length > 0)
      return build(...rebuilt.map(({on}) => `it builds on ${on}, which is built`));
    const digests = new Map(
      links.flatMap(({decision}) =>
        decision.kind === 'unchanged' ? Object.entries(decision.digests) : [],
      ),
    );

    const inputs = await gather(id);
    if (inputs.unproved.length > 0) return build(...inputs.unproved);
    const parts = withLinks(inputs, (one) => digests.get(one));
    const [first] = builds;
    if (release !== null && published !== undefined && first !== undefined) {
      if (differsInVersion(published, parts, first.build, release.version)) {
        return asPublished(published.image.digest);
      }
    }
    const remembered = await ports.memory.builds(id);
    const found = await lookForImage({
      inputs: inputsFingerprint(parts),
      place,
      platforms: wanted,
      builds: builds.map(({planned}) => planned),
      ...{remembered, references, recorded, files: ports.files},
      ...(signal === undefined ? {} : {signal}),
    });
    if (found.kind === 'found') {
      return {kind: 'unchanged', digests: found.digests};
    }
    return {kind: 'build', reasons: await explain(parts, inputs, remembered, found)};
  });

  async function explain(
    parts: ReadonlyMap<string, string>,
    inputs: TargetInputs,
    remembered: Awaited<ReturnType<InputMemory['builds']>>,
    {other, trouble}: Extract<Awaited<ReturnType<typeof lookForImage>>, {kind: 'missing'}>,
  ): Promise<readonly string[]> {
    const fingerprint = inputsFingerprint(parts);
    const same = remembered.find((one) => one.inputs === fingerprint);
    if (trouble !== undefined) return [`earlier images cannot be read: ${trouble}`];
    if (same !== undefined) {
      return [
        same.trusted
          ? 'its image is not there any more'
          : 'its files were touched while the last image was built',
      ];
    }
    const last = remembered[0];
    const earlierParts = last?.parts ?? other?.parts;
    if (earlierParts === undefined) {
      return [
        other === undefined
          ? 'it was never built'
          : 'its image does not tell what it was built from',
      ];
    }
    const lines = new Map<string, ReadonlyMap<string, string>>();
    for (const [name, hash] of Object.entries(last?.contexts ?? {})) {
      const context = await ports.memory.context(hash);
      if (context !== undefined) lines.set(name, context);
    }
    const current = {parts, contexts: inputs.contexts, dockerfile: inputs.dockerfile};
    const changes = explainChange(current, {parts: earlierParts, contexts: lines});
    return changes.length > 0 ? changes : ['something that it is built from changed'];
  }

  return {
    decide,
    async labels(id, digestOf) {
      const inputs = await gather(id);
      const parts = withLinks(inputs, digestOf);
      return {
        inputs: inputs.unproved.length > 0 ? unprovedInputs : inputsFingerprint(parts),
        parts: formatParts(shortParts(parts)),
      };
    },
    async built(id, labels, digests) {
      const inputs = await gather(id);
      const touched = await contexts.touched(inputs.contexts);
      const {place} = known(id);
      if (place === null || inputs.unproved.length > 0) return touched;
      await ports.memory.remember(
        id,
        {
          inputs: labels.inputs,
          place: place.repository,
          digests,
          parts: JSON.parse(labels.parts) as Record<string, string>,
          contexts: Object.fromEntries([...inputs.contexts].map(([name, {hash}]) => [name, hash])),
          trusted: touched === undefined,
        },
        new Map([...inputs.contexts.values()].map(({hash, lines}) => [hash, lines])),
      );
      return touched;
    },
  };

  /** With the images of targets that it builds on: what went into them, and their very digests. */
  function withLinks(inputs: TargetInputs, digestOf: DigestOf): ReadonlyMap<string, string> {
    const parts = new Map(inputs.parts);
    for (const [key, build] of Object.entries(inputs.links)) {
      const on = targetOf(build);
      const digests = known(on).builds.map(({planned}) => digestOf(planned.id) ?? '');
      parts.set(`target ${on}`, partHash(canonicalJson([key, digests])));
    }
    return parts;
  }
}

const build = (...reasons: readonly string[]): Decision => ({kind: 'build', reasons});
