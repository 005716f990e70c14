import type {HistoryEntry} from '../docker/read-image.ts';
import {
  layersOfStages,
  ofBuild,
  shippedStage,
  stagesOn,
  type StageOfDockerfile,
} from '../docker/stage-layers.ts';
import {stageSizes, unpackedBytesOf, unusedStage} from '../docker/stage-sizes.ts';
import type {Provenance} from '../docker/provenance.ts';
import {contextKey} from '../dockerfile/context-key.ts';
import {parseDockerfile, type ParsedDockerfile} from '../dockerfile/parse-dockerfile.ts';
import {resolveStages, targetIndex} from '../dockerfile/resolve-stages.ts';
import {err, ok, type Result} from '../model/result.ts';
import {withSources} from '../plan/stage-sources.ts';
import type {PlatformRecord} from '../records/build-record.ts';
import type {UnpackedPlatform} from './image-by-history.ts';
import {instructionOfHistory} from './instruction-of-history.ts';

/** What is known of how an image was built: its Dockerfile, and how it was called. */
export interface EarlierBuild extends Pick<Provenance, 'options' | 'hasAllOptions'> {
  /** Text of the Dockerfile. */
  readonly dockerfile: string;
  /** True when the Dockerfile is of the very build; else the image has to prove that it fits. */
  readonly isProven: boolean;
  /** Where the options do not tell the stage that was shipped: what it is called now; null for the last. */
  readonly likelyStage?: string | null;
  /** Its stages, where they have been resolved with the build arguments: nothing else is tried then. */
  readonly stages?: readonly StageOfDockerfile[];
}

/**
 * The record of an image that an earlier Dockerfile made, with its stages, as the build that made it
 * would have written it; or a sentence that says why the Dockerfile does not tell. Stages beside the
 * chain are not in the image, and have no sizes.
 */
export function recordOfEarlier(
  image: UnpackedPlatform,
  build: EarlierBuild,
  unpackedUnknownBecause: string | null,
): Result<PlatformRecord, string> {
  const {platform, digest, config, history, layers, compressedBytes} = image;
  const parsed = parseDockerfile('Dockerfile', Buffer.from(build.dockerfile));
  if (!parsed.ok) return err(parsed.error[0]?.message ?? 'it is not valid');
  const stages = shippedStages(image, parsed.value, build);
  if (!stages.ok) return stages;
  const sizes = stageSizes({
    dockerfile: build.dockerfile,
    stages: stages.value,
    image: {history, layers},
    beside: {images: new Map(), reasonOf: ({used}) => (used ? notInImage : unusedStage)},
  });
  if (sizes.stages === null) return err(sizes.unknownBecause ?? 'it has no stages');
  return ok({
    ...{platform, digest, config, layers, compressedBytes, unpackedUnknownBecause},
    unpackedBytes: unpackedBytesOf(layers),
    stages: sizes.stages,
    stagesUnknownBecause: null,
  });
}

const notInImage = 'its layers are not in the image';

/**
 * The stages of the Dockerfile as the build used them. Where nothing tells which one it shipped, it is
 * the only one that the image proves, or of several the one that is shipped now.
 */
function shippedStages(
  {platform, history, layers}: UnpackedPlatform,
  parsed: ParsedDockerfile,
  build: EarlierBuild,
): Result<readonly StageOfDockerfile[], string> {
  const proved = (stages: readonly StageOfDockerfile[]) => {
    if (build.isProven || !history.ok) return ok(stages);
    const doubt = doubtOf(build.dockerfile, stages, history.value, layers.length);
    return doubt === null ? ok(stages) : err(doubt);
  };
  const of = (stage: string | null): Result<readonly StageOfDockerfile[], string> => {
    const stages = stagesOf(parsed, build, stage, platform);
    return stages.ok ? proved(stages.value) : stages;
  };
  const {options, likelyStage} = build;
  if (build.stages !== undefined) return proved(stagesOn(build.stages, platform));
  if (options['target'] !== undefined || likelyStage === undefined) {
    return of(options['target'] ?? null);
  }
  const likely = of(likelyStage);
  if (likely.ok) return likely;
  // A stage without a name can be shipped only as the last.
  const names = new Set([null, ...parsed.stages.map(({name}) => name)]);
  const last = parsed.stages.at(-1)?.name ?? null;
  if (last !== null) names.delete(null);
  const [only, ...others] = [...names].map(of).filter((stages) => stages.ok);
  return only !== undefined && others.length === 0 ? only : likely;
}

/** The stages of the Dockerfile as the build used them that shipped `stage`; null for the last. */
function stagesOf(
  parsed: ParsedDockerfile,
  {options, hasAllOptions}: EarlierBuild,
  stage: string | null,
  platform: string,
): Result<readonly StageOfDockerfile[], string> {
  const args = withPrefix(options, 'build-arg:');
  const unknown = hasAllOptions ? undefined : chosenByArg(parsed, args);
  if (unknown !== undefined) {
    return err(`\`FROM ${unknown}\` depends on build arguments, which are not told`);
  }
  const contexts = withPrefix(options, 'context:');
  if (stage !== null && targetIndex(parsed, stage) === undefined) {
    return err(`it has no stage \`${stage}\``);
  }
  const resolved = resolveStages(parsed, {
    ...{args, platforms: [platform], stage},
    contexts: new Set(Object.keys(contexts).map(contextKey)),
  });
  if (!resolved.ok) return err(resolved.error[0]?.message ?? 'its stages cannot be told');
  return ok(stagesOn(withSources(resolved.value.stages, {contexts, links: {}}), platform));
}

function withPrefix(
  options: Provenance['options'],
  prefix: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(options).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    ),
  );
}

/** True when a build argument may decide which base image a Dockerfile takes. */
export function isBaseChosenByArg(dockerfile: string): boolean {
  const parsed = parseDockerfile('Dockerfile', Buffer.from(dockerfile));
  return parsed.ok && chosenByArg(parsed.value, {}) !== undefined;
}

/** The first base that an ARG decides whose value may be another than its default. */
function chosenByArg(
  {globalArgs, stages}: ParsedDockerfile,
  args: Readonly<Record<string, string>>,
): string | undefined {
  const open = globalArgs.map(({name}) => name).filter((name) => !Object.hasOwn(args, name));
  return stages.find(({base}) => open.some((name) => base.includes('$') && base.includes(name)))
    ?.base;
}

/**
 * Why the Dockerfile need not be the one of the image, although their instructions are of the same
 * kinds: the history of an image holds its commands as they are written. null when all are the same.
 */
function doubtOf(
  dockerfile: string,
  stages: readonly StageOfDockerfile[],
  history: readonly HistoryEntry[],
  layerCount: number,
): string | null {
  const last = shippedStage(stages);
  if (last === undefined) return null;
  const found = layersOfStages(dockerfile, stages, last, history, layerCount);
  if (!found.ok) return found.error;
  const made = ofBuild(history).filter(({empty}) => !empty);
  for (const {instructions} of found.value.values()) {
    for (const {line, text, layer} of instructions) {
      // Of a base image some layers may have no entry: counted from the end.
      const entry = layer === null ? undefined : made.at(layer - layerCount);
      const written = asInHistory(text);
      if (entry === undefined || written === undefined) continue;
      if (asInHistory(instructionOfHistory(entry.createdBy)) !== written) {
        return `its line ${line} is not what made the image`;
      }
    }
  }
  return null;
}

/** An instruction that a history holds as it is written, but for its flags; undefined for others. */
function asInHistory(text: string): string | undefined {
  const [, keyword = '', rest = ''] = /^(RUN|COPY|ADD)\s+(?:--\S+\s+)*(.*)$/iu.exec(text) ?? [];
  // Of a RUN the shell replaces variables, of the others BuildKit.
  if (keyword === '' || /^\[|<</u.test(rest)) return undefined;
  if (keyword.toUpperCase() !== 'RUN' && rest.includes('$')) return undefined;
  return letters(`${keyword.toUpperCase()} ${rest}`);
}

/** Without white space, of which a continued line may have more or less. */
function letters(text: string): string {
  return text.replaceAll(/\s+/gu, '');
}
