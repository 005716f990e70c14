import {tagIn} from '../model/image-ref.ts';
import type {BuildxBuild, BuildxOutput} from '../docker/buildx-arguments.ts';
import type {GitFacts} from '../ports/git.ts';
import {mirrorContexts, mirrorOf, type Mirrors} from './base-mirrors.ts';
import {withoutIndexLevels} from './annotation-levels.ts';
import {cacheOptions} from './cache-options.ts';
import type {Findings, Sourced} from './findings.ts';
import {commitLabels, usualLabels} from './image-labels.ts';
import type {ImageTags} from './image-tags.ts';
import type {TargetLink} from './linked-targets.ts';
import type {PlanOptions} from './plan-options.ts';
import {digestOf} from './run-values.ts';
import {hasScheme, isRemote, joinPath, metadataFileOf, stateFolder} from './paths.ts';
import {sourcePaths} from './read-dockerfiles.ts';
import type {ResolvedTarget} from './resolved-target.ts';
import type {TargetBuildOf} from './split-targets.ts';
import type {TargetStages} from './target-stages.ts';

/** A build, with everything that was found out about it. */
export interface ChosenTarget extends TargetBuildOf {
  readonly tags: ImageTags;
  readonly stages: TargetStages;
  readonly links: readonly ChosenLink[];
  /** True when another target of the plan builds on it. */
  readonly isLinked: boolean;
}

/** A link with the references of the target that is built on. */
export interface ChosenLink extends TargetLink {
  /** The build that holds the platforms. */
  readonly build: TargetBuildOf;
  readonly tags: ImageTags;
}

/** What is the same for every target of a plan. */
export interface RequestFacts {
  /** Folder of matrix.yml, relative to the working directory. */
  readonly root: string;
  readonly version: string;
  readonly git: GitFacts | null;
  readonly mirrors: Mirrors;
  readonly output: PlanOptions['output'];
  readonly noCache: boolean;
  readonly pull: boolean;
}

/** A build, and which of its named contexts are the images of other targets of the plan. */
export interface PlannedBuild extends BuildxBuild {
  /** Id of the build, by the key of the context. */
  readonly links: Readonly<Record<string, string>>;
  /** Images that the Dockerfile names, as it names them. */
  readonly images: readonly string[];
  /** Image of `# syntax=`, or of the argument that takes its place. */
  readonly frontend: string | null;
  /** Labels that the commit brings, and that the target does not set itself. */
  readonly automaticLabels: readonly string[];
  /** Tags of the main repository under which an earlier image may be. */
  readonly reuse: readonly string[];
}

/** The build of one target. */
export function buildRequest(
  chosen: ChosenTarget,
  facts: RequestFacts,
  findings: Findings,
): PlannedBuild {
  const {target, platforms, tags} = chosen;
  const {root} = facts;
  const paths = sourcePaths(target, root);
  const cache = cacheOptions(
    target,
    platforms,
    tags,
    {root, isPush: facts.output.kind === 'push'},
    findings,
  );
  return {
    context: paths.context,
    dockerfile: paths.dockerfile,
    stage: target.stage?.value ?? null,
    platforms,
    tags: tagsOfBuild(chosen, tags, facts.output),
    args: plain(target.args),
    labels: labelsOf(target, facts),
    annotations: annotationsOf(chosen),
    contexts: contextsOf(chosen, facts),
    links: Object.fromEntries(chosen.links.map((link) => [link.context, link.build.id])),
    images: chosen.stages.images.map(({reference}) => reference),
    frontend: target.args.get('BUILDKIT_SYNTAX')?.value ?? chosen.stages.frontend,
    reuse: target.reuse.flatMap(({value}) => (value === '' ? [] : [value])),
    automaticLabels: commitLabels.filter((name) => !target.labels.has(name)),
    secrets: target.secrets.map(({value}) =>
      value.from === 'file' ? {...value, source: joinPath(root, value.source)} : value,
    ),
    ssh: target.ssh.map(({id, keys}) => ({id, keys: keys.map((key) => joinPath(root, key))})),
    cacheFrom: cache.from,
    cacheTo: cache.to,
    noCache: target.noCache || facts.noCache,
    noCacheStages: target.noCacheStages.map(({value}) => value),
    pull: target.pull || facts.pull,
    provenance: provenanceValue(target.provenance),
    sbom: sbomValue(target.sbom),
    network: target.network,
    addHosts: plain(target.addHosts),
    shmSize: target.shmSize,
    ulimits: plain(target.ulimits),
    allow: target.allow,
    builder: chosen.builder,
    outputs: outputsOf(chosen, facts.output),
    metadataFile: metadataFileOf(chosen.id),
  };
}

function plain(map: ReadonlyMap<string, Sourced<string>>): Readonly<Record<string, string>> {
  return Object.fromEntries([...map].map(([name, {value}]) => [name, value]));
}

/**
 * Parts that are loaded into docker have tags of their own, `1.4.2-linux-arm64`: docker's store joins
 * nothing, and each would take the tag from the one before.
 */
function tagsOfBuild(
  {part}: TargetBuildOf,
  tags: ImageTags,
  output: PlanOptions['output'],
): readonly string[] {
  if (output.kind !== 'load' || part === null) return tags.references;
  return tags.references.map((reference) => `${reference}-${part.replaceAll('/', '-')}`);
}

/** A part has no index of its own worth annotating: that of the target is made of all parts. */
function annotationsOf({target, part}: ChosenTarget): Readonly<Record<string, string>> {
  const all = plain(target.annotations);
  if (part === null) return all;
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) => {
      const own = withoutIndexLevels(key);
      return own === undefined ? [] : [[own, value]];
    }),
  );
}

function labelsOf(target: ResolvedTarget, facts: RequestFacts): Readonly<Record<string, string>> {
  const usual = usualLabels(target.image, facts.version, facts.git);
  return {...Object.fromEntries(usual), ...plain(target.labels)};
}

function contextsOf(chosen: ChosenTarget, facts: RequestFacts): Readonly<Record<string, string>> {
  const {target, stages, links} = chosen;
  const {root, mirrors} = facts;
  const references = stages.images.map(({reference}) => reference);
  if (stages.frontend !== null) references.push(stages.frontend);
  const contexts: Record<string, string> = {...mirrorContexts(references, mirrors)};
  for (const [name, {value}] of target.contexts)
    contexts[name] = contextValue(value, root, mirrors);
  for (const link of links) {
    contexts[link.context] = linkedContext(link, facts.output);
  }
  return contexts;
}

function contextValue(value: string, root: string, mirrors: Mirrors): string {
  const image = 'docker-image://';
  if (value.startsWith(image)) {
    const reference = value.slice(image.length);
    return `${image}${mirrorOf(reference, mirrors) ?? reference}`;
  }
  const layout = 'oci-layout://';
  if (value.startsWith(layout)) return `${layout}${joinPath(root, value.slice(layout.length))}`;
  return hasScheme(value) || isRemote(value) ? value : joinPath(root, value);
}

/**
 * How a target reads the image that it builds on. What was pushed is read from the registry by its
 * digest, which every node of every builder can do; else from the OCI layout on this machine, which
 * buildx sends.
 */
function linkedContext({build, tags}: ChosenLink, output: PlanOptions['output']): string {
  const [repository] = tags.repositories;
  if (output.kind === 'push' && build.through === 'digest' && repository !== undefined) {
    return `docker-image://${repository}@${digestOf(build.id)}`;
  }
  const [reference] = tagsOfBuild(build, tags, output);
  const tag = reference === undefined ? 'latest' : tagIn(reference);
  return `oci-layout://${layoutOf(build.id, output)}:${tag}`;
}

/**
 * The folder of a build's own: BuildKit locks the index of a layout without waiting
 * (client/ociindex), so that two builds must not write one at the same time. In `oci-layout://` an `@` is
 * where a digest begins.
 */
function layoutOf(buildId: string, output: PlanOptions['output']): string {
  const folder = output.kind === 'oci' ? output.folder : `${stateFolder}/linked`;
  return `${folder}/${buildId.replace('@', '+')}`;
}

function outputsOf(
  {id, tags, through, isLinked}: ChosenTarget,
  output: PlanOptions['output'],
): readonly BuildxOutput[] {
  const layout: BuildxOutput = {kind: 'oci', folder: layoutOf(id, output)};
  switch (output.kind) {
    case 'oci':
      return [layout];
    case 'load':
      return isLinked ? [{kind: 'load'}, layout] : [{kind: 'load'}];
    case 'push': {
      // Docker's store pushes nothing that has no tag: only what builds on it needs it.
      if (through === 'store' && tags.references.length === 0) return [layout];
      const push: BuildxOutput = {kind: 'push', through, repositories: tags.repositories};
      return through === 'store' && isLinked ? [push, layout] : [push];
    }
  }
}

function provenanceValue(provenance: ResolvedTarget['provenance']): string | null {
  if (provenance === null) return null;
  return typeof provenance === 'boolean' ? String(provenance) : `mode=${provenance}`;
}

function sbomValue(sbom: ResolvedTarget['sbom']): string | null {
  if (sbom === null) return null;
  return typeof sbom === 'boolean' ? String(sbom) : `generator=${sbom}`;
}
