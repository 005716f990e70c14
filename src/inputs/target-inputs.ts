import {contextKey} from '../dockerfile/context-key.ts';
import {dockerfileByteLimit} from '../dockerfile/parse-dockerfile.ts';
import {isDockerfileFrontend} from '../dockerfile/frontend.ts';
import {movingSources} from '../dockerfile/moving-sources.ts';
import type {PlannedTarget} from '../plan/build-plan.ts';
import type {PlannedBuild} from '../plan/build-requests.ts';
import {canonicalJson} from '../plan/fingerprint.ts';
import {fileNameOf, isRemote} from '../plan/paths.ts';
import type {Files} from '../ports/files.ts';
import {contextPart, imagePart, type SourceReaders} from './source-parts.ts';
import {partHash} from './part-hash.ts';
import type {ContextContent} from './walk-context.ts';

/** A target with all its builds: several when its platforms go to several builders. */
export interface TargetToJudge {
  /** `image/name`. */
  readonly id: string;
  readonly builds: readonly {readonly planned: PlannedTarget; readonly build: PlannedBuild}[];
  /** All platforms of the target: what other machines build of it counts as well. */
  readonly platforms: readonly string[];
}

/** Everything that decides what a target's image holds, but the images of targets that it builds on. */
export interface TargetInputs {
  /** sha256 in hex of each part, by its name: `dockerfile`, `arg CUDA_VERSION`, `image python:3.12`, … */
  readonly parts: ReadonlyMap<string, string>;
  /** Ids of the builds that it builds on, by the key of the named context. */
  readonly links: Readonly<Record<string, string>>;
  /** Why it can never be called unchanged; empty when it can. Sentences without a full stop. */
  readonly unproved: readonly string[];
  /** What the build sees of its folders, by the name of the part. */
  readonly contexts: ReadonlyMap<string, ContextContent>;
  /** Name of the Dockerfile, for sentences. */
  readonly dockerfile: string;
}

export interface InputPorts extends SourceReaders {
  readonly files: Pick<Files, 'readBytes' | 'readText'>;
  /** Variables of the environment by which buildx changes what it builds, with their values. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Variables that buildx reads (docs/unchanged.md). */
export const inputVariables = [
  'SOURCE_DATE_EPOCH',
  'BUILDX_NO_DEFAULT_ATTESTATIONS',
  'BUILDX_GIT_LABELS',
  'EXPERIMENTAL_BUILDKIT_SOURCE_POLICY',
] as const;

/** Collects what counts (docs/unchanged.md) of one target, from its plan and from what that names. */
export async function gatherInputs(
  {builds, platforms}: TargetToJudge,
  ports: InputPorts,
): Promise<TargetInputs> {
  const [first] = builds;
  if (first === undefined) throw new Error('a target without a build');
  const {planned, build} = first;
  const parts = new Map<string, string>();
  const contexts = new Map<string, ContextContent>();
  const unproved: string[] = [];
  const part = (name: string, content: string | Uint8Array): void => {
    parts.set(name, partHash(content));
  };

  if (build.noCache) unproved.push('`noCache` asks for a new build every time');
  if (build.noCacheStages.length > 0) {
    unproved.push('`noCacheStages` asks for new stages every time');
  }
  if (ports.variables['EXPERIMENTAL_BUILDKIT_SOURCE_POLICY'] !== undefined) {
    unproved.push(
      'EXPERIMENTAL_BUILDKIT_SOURCE_POLICY may put other images in place of those named',
    );
  }

  const {output} = planned;
  if (output.kind === 'push' && output.through === 'store' && !build.pull) {
    unproved.push('docker takes its own copies of base images: `pull` makes it ask for newer ones');
  }

  for (const [name, content] of settingParts(first, platforms)) part(name, content);
  for (const [name, value] of Object.entries(ports.variables)) part(`variable ${name}`, value);

  const text = await dockerfileText(planned, ports.files);
  if (text === undefined) {
    if (!isRemote(planned.context)) unproved.push('the Dockerfile cannot be read here');
  } else {
    part('dockerfile', text);
    unproved.push(...doubtsOfDockerfile(planned, new TextDecoder().decode(text)));
  }

  const found = await Promise.all([
    ...imagesOf(build).map((reference) => imagePart(`image ${reference}`, reference, ports)),
    contextPart('context', build.context, {...ports, dockerfile: planned.dockerfile}),
    ...Object.entries(build.contexts).flatMap(([key, value]) =>
      key in build.links
        ? []
        : [contextPart(namedPart(key, value), value, {...ports, dockerfile: null})],
    ),
  ]);
  for (const one of found) {
    if (one.hash !== undefined) parts.set(one.name, one.hash);
    if (one.content !== undefined) contexts.set(one.name, one.content);
    if (one.unproved !== undefined) unproved.push(one.unproved);
  }
  const {frontend} = build;
  if (frontend !== null && !isDockerfileFrontend(frontend)) {
    unproved.push(`only the frontend \`${frontend}\` knows what it reads`);
  }
  return {
    ...{parts, contexts, links: build.links},
    unproved: [...new Set(unproved)],
    dockerfile: fileNameOf(planned.dockerfile),
  };
}

/** The name under which a change is told: a mirror's image by the name in the Dockerfile. */
const namedPart = (key: string, value: string): string =>
  value.startsWith('docker-image://') ? `image ${key}` : `context ${key}`;

/** Images that no named context replaces, the frontend's among them. */
function imagesOf({images, frontend, contexts}: PlannedBuild): readonly string[] {
  const own = frontend === null ? images : [...images, frontend];
  return own.filter((reference) => !(contextKey(reference) in contexts));
}

function* settingParts(
  {build}: TargetToJudge['builds'][number],
  platforms: readonly string[],
): Iterable<readonly [string, string]> {
  yield ['platforms', platforms.toSorted().join()];
  yield ['stage', build.stage ?? ''];
  for (const [name, value] of Object.entries(build.args)) yield [`arg ${name}`, value];
  for (const [name, value] of Object.entries(build.labels)) {
    if (!build.automaticLabels.includes(name)) yield [`label ${name}`, value];
  }
  for (const [name, value] of Object.entries(build.annotations)) {
    yield [`annotation ${name}`, value];
  }
  yield ['attestations', canonicalJson([build.provenance, build.sbom])];
  yield ['secrets', canonicalJson([build.secrets.map(({id}) => id), build.ssh.map(({id}) => id)])];
  const {network, addHosts, shmSize, ulimits, allow} = build;
  yield ['settings', canonicalJson({network, addHosts, shmSize, ulimits, allow})];
}

/** Undefined when it is part of a remote context, cannot be read, or is too large to be one. */
async function dockerfileText(
  {context, stages, dockerfile}: PlannedTarget,
  files: InputPorts['files'],
): Promise<Uint8Array | undefined> {
  if (isRemote(context) || stages.length === 0) return undefined;
  const bytes = await files.readBytes(dockerfile, dockerfileByteLimit + 1).catch(() => undefined);
  return bytes === undefined || bytes.length > dockerfileByteLimit ? undefined : bytes;
}

function doubtsOfDockerfile({stages, dockerfile}: PlannedTarget, text: string): readonly string[] {
  const used = new Set(stages.flatMap((stage) => (stage.used ? [stage.index] : [])));
  const name = fileNameOf(dockerfile);
  const onMachine = stages.flatMap((stage) =>
    [stage.base, ...Object.values(stage.on ?? {}).map(({base}) => base)].flatMap((base) =>
      stage.used && base.kind === 'image' && base.reference.includes('$')
        ? [`${name}:${String(stage.line)}: the base image depends on the machine that builds`]
        : [],
    ),
  );
  return [
    ...onMachine,
    ...movingSources(text, used).map(({line, why}) => `${name}:${String(line)}: ${why}`),
  ];
}
