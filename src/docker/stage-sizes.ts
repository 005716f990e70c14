import {unreachable, type Result} from '../model/result.ts';
import type {Descriptor} from '../ports/images.ts';
import type {HistoryEntry} from './read-image.ts';
import {stageEnds, type StageOfDockerfile} from './stage-layers.ts';

/** What a stage adds to the image; all sizes in compressed bytes, as the registry stores them. */
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
  /** Bytes of the layers that it adds to what it starts from; null when not told. */
  readonly addedBytes: number | null;
  /** Bytes of the whole layer chain at its end; null when not told. */
  readonly totalBytes: number | null;
  /** Number of layers that it adds. */
  readonly layers: number | null;
}

export interface StageSizes {
  readonly stages: readonly StageSize[] | null;
  /** Why shipped stages have no sizes; null when each of them has. */
  readonly unknownBecause: string | null;
}

/**
 * Sizes of the shipped stages of one platform. They add up to the manifest to the byte: what the
 * first shipped stage starts from is its `totalBytes` without its `addedBytes`. Stages beside the
 * shipped ones have no layers in the image, so their sizes are null. When the image does not fit the
 * Dockerfile, all are unknown and the reason is told: never a guess.
 */
export function stageSizes(request: {
  /** Text of the Dockerfile that was built; undefined for one in a remote context. */
  readonly dockerfile: string | undefined;
  /** Every stage of the Dockerfile, in order. */
  readonly stages: readonly StageOfDockerfile[];
  /** Of the platform's image configuration; or why there is none. */
  readonly history: Result<readonly HistoryEntry[], string>;
  /** Layers of the platform's manifest, from the base up. */
  readonly layers: readonly Descriptor[];
}): StageSizes {
  const {dockerfile, stages, history, layers} = request;
  if (dockerfile === undefined || stages.length === 0) {
    return {stages: null, unknownBecause: 'the Dockerfile is not known here (a remote context)'};
  }
  if (!history.ok) return {stages: null, unknownBecause: history.error};
  const ends = stageEnds(dockerfile, stages, history.value, layers.length);
  if (!ends.ok) return {stages: null, unknownBecause: ends.error};

  const bytesAt = [0];
  for (const {size} of layers) bytesAt.push((bytesAt.at(-1) ?? 0) + size);
  return {
    unknownBecause: null,
    stages: stages.map((stage) => {
      const {index, line, shipped} = stage;
      const at = ends.value.get(index);
      const [start = 0, end = 0] = at === undefined ? [] : [bytesAt[at.start], bytesAt[at.end]];
      return {
        name: stageName(stage),
        index,
        line,
        from: startsFrom(stage, stages),
        shipped,
        addedBytes: at === undefined ? null : end - start,
        totalBytes: at === undefined ? null : end,
        layers: at === undefined ? null : at.end - at.start,
      };
    }),
  };
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
