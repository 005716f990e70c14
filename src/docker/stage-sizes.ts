import {unreachable, type Result} from '../model/result.ts';
import type {HistoryEntry} from './read-image.ts';
import {
  layersOfStages,
  shippedStage,
  type StageLayers,
  type StageOfDockerfile,
} from './stage-layers.ts';

/**
 * What a stage adds to the image, in bytes. Compressed: as the registry stores the layers. Unpacked: the
 * layers' tar archives, of which the image configuration names the sha256.
 */
export interface StageSize {
  /** Name, or `stage-N` for one without a name. */
  readonly name: string;
  readonly index: number;
  /** Line of its FROM in the Dockerfile, 1-based. */
  readonly line: number;
  /** What it starts from: a stage's name, an image reference, a target's id, `scratch` or a context. */
  readonly from: string;
  /** True when its layers are part of the shipped image. */
  readonly shipped: boolean;
  /** Compressed bytes of the layers that it adds to what it starts from; null when not told. */
  readonly addedBytes: number | null;
  /** Compressed bytes of the whole layer chain at its end; null when not told. */
  readonly totalBytes: number | null;
  /** Unpacked bytes of the layers that it adds; null when not told. */
  readonly addedUnpackedBytes: number | null;
  /** Unpacked bytes of the whole layer chain at its end; null when not told. */
  readonly totalUnpackedBytes: number | null;
  /** Number of layers that it adds. */
  readonly layers: number | null;
  /** Every instruction but FROM, in order; empty when the layers are not told. */
  readonly instructions: readonly InstructionSize[];
  /** Why a stage beside the shipped ones has no sizes; null when it has, and for a shipped one. */
  readonly unknownBecause: string | null;
  /** Why only unpacked sizes of a stage beside the shipped ones are not told; absent when they are. */
  readonly unpackedUnknownBecause?: string;
}

/** What one instruction of a stage adds to the image. */
export interface InstructionSize {
  /** Line in the Dockerfile, 1-based. */
  readonly line: number;
  /** The instruction as written, on one line. */
  readonly text: string;
  /** Compressed bytes of its layer; 0 when it made none. */
  readonly addedBytes: number | null;
  /** Unpacked bytes of its layer; 0 when it made none, null when not told. */
  readonly unpackedBytes: number | null;
  /** Digest of its layer; null when it made none. */
  readonly layer: string | null;
}

export interface StageSizes {
  readonly stages: readonly StageSize[] | null;
  /** Why shipped stages have no sizes; null when each of them has. */
  readonly unknownBecause: string | null;
}

/** The image of a stage, on one platform. */
export interface StageImage {
  /** Of the image configuration; or why there is none. */
  readonly history: Result<readonly HistoryEntry[], string>;
  /** Layers of the manifest, from the base up. */
  readonly layers: readonly SizedLayer[];
  /** Why the unpacked size of a layer is not known, for a stage that has one; null when all are. */
  readonly unpackedUnknownBecause?: string | null;
}

export interface SizedLayer {
  readonly digest: string;
  /** Compressed bytes. */
  readonly size: number;
  /** null or absent when it is not known. */
  readonly unpackedBytes?: number | null;
}

/** What is known of the stages beside the shipped ones. */
export interface BesideStages {
  /** Images of such stages, by index; those that a stage starts from are told by its image, too. */
  readonly images: ReadonlyMap<number, StageImage>;
  /** Why a used stage has no image, in one sentence. */
  readonly reasonOf: (stage: StageOfDockerfile) => string;
}

/**
 * Sizes of the stages of one platform. Those of the shipped ones add up to the manifest to the byte:
 * what the first of them starts from is its `totalBytes` without its `addedBytes`. When the image does
 * not fit the Dockerfile, all are unknown and the reason is told: never a guess. Stages beside the
 * shipped ones have no layers in the image: theirs are in images of their own.
 */
export function stageSizes(request: {
  /** Text of the Dockerfile that was built; undefined for one in a remote context. */
  readonly dockerfile: string | undefined;
  /** Every stage of the Dockerfile, in order, as it is for the platform. */
  readonly stages: readonly StageOfDockerfile[];
  /** What was shipped. */
  readonly image: StageImage;
  readonly beside: BesideStages;
}): StageSizes {
  const {dockerfile, stages, image, beside} = request;
  const shipped = shippedStage(stages);
  if (dockerfile === undefined || shipped === undefined) {
    return {stages: null, unknownBecause: 'the Dockerfile is not known here (a remote context)'};
  }
  const chain = chainSizes(dockerfile, stages, shipped, image);
  if (typeof chain === 'string') return {stages: null, unknownBecause: chain};

  const known = new Map(chain);
  const reasons = new Map<number, string>();
  for (const [index, besideImage] of beside.images) {
    const sizes = chainSizes(dockerfile, stages, index, besideImage);
    if (typeof sizes === 'string') reasons.set(index, sizes);
    // Shipped stages are told by what was shipped.
    else for (const [stage, size] of sizes) if (!known.has(stage)) known.set(stage, size);
  }
  return {
    unknownBecause: null,
    stages: stages.map((stage) => {
      const {index, line, shipped: isShipped, used} = stage;
      return {
        name: stageName(stage),
        ...{index, line},
        from: startsFrom(stage, stages),
        shipped: isShipped,
        ...(known.get(index) ?? {
          ...unknownSizes,
          unknownBecause: used ? (reasons.get(index) ?? beside.reasonOf(stage)) : unusedStage,
        }),
      };
    }),
  };
}

/** Why a stage that BuildKit does not build has no sizes. */
export const unusedStage = 'the build does not use it';

type Sizes = Omit<StageSize, 'name' | 'index' | 'line' | 'from' | 'shipped'>;

const unknownSizes = {
  addedBytes: null,
  totalBytes: null,
  addedUnpackedBytes: null,
  totalUnpackedBytes: null,
  layers: null,
  instructions: [],
};

/** The sizes of the stage `last`, whose image it is, and of those it is made of; or why there are none. */
function chainSizes(
  dockerfile: string,
  stages: readonly StageOfDockerfile[],
  last: number,
  {history, layers, unpackedUnknownBecause = null}: StageImage,
): ReadonlyMap<number, Sizes> | string {
  if (!history.ok) return history.error;
  const found = layersOfStages(dockerfile, stages, last, history.value, layers.length);
  if (!found.ok) return found.error;
  return new Map(
    [...found.value].map(([index, place]) => {
      const sizes = sizesOf(place, layers);
      const isUnread = sizes.totalUnpackedBytes === null && unpackedUnknownBecause !== null;
      return [index, isUnread ? {...sizes, unpackedUnknownBecause} : sizes];
    }),
  );
}

function sizesOf({start, end, instructions}: StageLayers, layers: readonly SizedLayer[]): Sizes {
  const own = layers.slice(start, end);
  const chain = layers.slice(0, end);
  return {
    addedBytes: compressed(own),
    totalBytes: compressed(chain),
    addedUnpackedBytes: unpackedBytesOf(own),
    totalUnpackedBytes: unpackedBytesOf(chain),
    layers: end - start,
    instructions: instructions.map(({line, text, layer}) => {
      const made = layer === null ? undefined : layers[layer];
      return made === undefined
        ? {line, text, addedBytes: 0, unpackedBytes: 0, layer: null}
        : {
            ...{line, text},
            addedBytes: made.size,
            unpackedBytes: made.unpackedBytes ?? null,
            layer: made.digest,
          };
    }),
    unknownBecause: null,
  };
}

function compressed(layers: readonly SizedLayer[]): number {
  return layers.reduce((sum, {size}) => sum + size, 0);
}

/** Unpacked bytes of the layers together; null when one is not known. */
export function unpackedBytesOf(layers: readonly SizedLayer[]): number | null {
  return layers.reduce<number | null>(
    (sum, {unpackedBytes}) =>
      sum === null || unpackedBytes === undefined || unpackedBytes === null
        ? null
        : sum + unpackedBytes,
    0,
  );
}

function stageName({name, index}: StageOfDockerfile): string {
  return name ?? `stage-${index}`;
}

function startsFrom({base}: StageOfDockerfile, stages: readonly StageOfDockerfile[]): string {
  switch (base.kind) {
    case 'stage': {
      const stage = stages[base.index];
      return stage === undefined ? `stage-${base.index}` : stageName(stage);
    }
    case 'scratch':
      return 'scratch';
    case 'image':
      return base.source ?? base.reference;
    case 'context':
      return base.source ?? base.name;
    default:
      return unreachable(base);
  }
}
