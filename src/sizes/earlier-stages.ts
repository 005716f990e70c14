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
  const stages = stagesOf(build, platform);
  if (!stages.ok) return stages;
  if (!build.isProven && history.ok) {
    const doubt = doubtOf(build.dockerfile, stages.value, history.value, layers.length);
    if (doubt !== null) return err(doubt);
  }
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

/** The stages of the Dockerfile, as the build with these options used them. */
function stagesOf(
  {dockerfile, options, hasAllOptions}: EarlierBuild,
  platform: string,
): Result<readonly StageOfDockerfile[], string> {
  const parsed = parseDockerfile('Dockerfile', Buffer.from(dockerfile));
  if (!parsed.ok) return err(parsed.error[0]?.message ?? 'it is not valid');
  const args = withPrefix(options, 'build-arg:');
  const unknown = hasAllOptions ? undefined : chosenByArg(parsed.value, args);
  if (unknown !== undefined) {
    return err(`\`FROM ${unknown}\` depends on build arguments, which are not told`);
  }
  const contexts = withPrefix(options, 'context:');
  const stage = options['target'] ?? null;
  if (stage !== null && targetIndex(parsed.value, stage) === undefined) {
    return err(`it has no stage \`${stage}\``);
  }
  const resolved = resolveStages(parsed.value, {
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
      const command = layer === null ? undefined : shellCommand(text);
      // Of a base image some layers may have no entry: counted from the end.
      const entry = made.at((layer ?? 0) - layerCount);
      if (command === undefined || entry === undefined) continue;
      if (letters(instructionOfHistory(entry.createdBy)) !== letters(`RUN ${command}`)) {
        return `its line ${line} is not what made the image`;
      }
    }
  }
  return null;
}

/** What a RUN gives to the shell; undefined for other instructions, and for what a history has otherwise. */
function shellCommand(text: string): string | undefined {
  const rest = /^RUN\s+(?:--\S+\s+)*(.*)$/iu.exec(text)?.[1];
  return rest === undefined || /^\[|<</u.test(rest) ? undefined : rest;
}

/** Without white space, of which a continued line may have more or less. */
function letters(text: string): string {
  return text.replaceAll(/\s+/gu, '');
}
