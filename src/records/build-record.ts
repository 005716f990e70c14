import type {EngineFacts} from '../docker/engine-facts.ts';
import type {StageSize} from '../docker/stage-sizes.ts';
import type {BudgetExceeded, BuildFailed, Failure} from '../events/failure.ts';
import type {PublicationOutcome, TagMove, TargetOutcome} from '../events/event.ts';
import type {BuildxOutput} from '../docker/buildx-arguments.ts';
import type {Sharding} from '../plan/shards.ts';
import type {Descriptor} from '../ports/images.ts';
import type {GitFacts} from '../ports/git.ts';

/** What one run did: one JSON document, rewritten atomically each time a target ends. */
export interface BuildRecord {
  readonly schema: 1;
  readonly runId: string;
  /** Version of build-matrix. */
  readonly tool: string;
  readonly matrixFile: string;
  readonly planFingerprint: string;
  readonly git: GitFacts | null;
  readonly version: string;
  readonly engine: EngineFacts;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** null while the run goes on, and for ever when it was killed. */
  readonly finishedAt: string | null;
  readonly outcome: 'running' | 'succeeded' | 'failed' | 'interrupted';
  readonly targets: readonly TargetRecord[];
  /** What is left to `publish`; absent when the run was the whole. */
  readonly sharding?: Sharding;
  /** What became of the tags, in the order of the plan; absent when the run had none to move. */
  readonly publications?: readonly PublicationRecord[];
  /** Budgets that the images of the run exceed; absent when none is. */
  readonly exceeded?: readonly BudgetExceeded[];
}

export interface TargetRecord {
  /** `image/name`, or `image/name@linux-arm64` for a part of a target. */
  readonly id: string;
  readonly image: string;
  readonly name: string;
  readonly axes: Readonly<Record<string, string>>;
  /** Relative to the working directory; absent for a Dockerfile in a remote context. */
  readonly dockerfile?: string;
  readonly outcome: TargetOutcome | 'running';
  readonly builder: string | null;
  readonly output: BuildxOutput;
  readonly tags: readonly string[];
  readonly startedAt: string | null;
  /** Milliseconds. */
  readonly durationMs: number;
  /**
   * Digest of the index, or of the manifest of a single-platform image without attestations; a docker
   * without the containerd image store has neither, and gives its image id.
   */
  readonly digest: string | null;
  readonly platforms: readonly PlatformRecord[];
  /** Present when the image was loaded, but could not be read back: `platforms` is empty then. */
  readonly sizesUnknownBecause?: string;
  readonly steps: {readonly total: number; readonly cached: number};
  /** Why it had to be built, in words; absent when it was not. */
  readonly why?: readonly string[];
  /** Relative to the working directory. */
  readonly logFile: string | null;
  readonly failure: BuildFailed | Failure | null;
}

export interface PlatformRecord {
  readonly platform: string;
  /** Digest of the platform's own manifest. */
  readonly digest: string;
  readonly config: Descriptor;
  /** From the base up, as in the manifest. */
  readonly layers: readonly LayerRecord[];
  /** Sum of `layers[].size`, in bytes. */
  readonly compressedBytes: number;
  /** Sum of `layers[].unpackedBytes`; null, with the reason below, when one of them is not known. */
  readonly unpackedBytes: number | null;
  readonly unpackedUnknownBecause: string | null;
  /** Every stage of the Dockerfile, in order; null, with the reason below, when they cannot be told. */
  readonly stages: readonly StageSize[] | null;
  readonly stagesUnknownBecause: string | null;
}

export interface LayerRecord extends Descriptor {
  /**
   * Bytes of the layer's tar archive, which was read and whose sha256 is the one in the image
   * configuration; null when that was not done.
   */
  readonly unpackedBytes: number | null;
}

export interface PublicationRecord {
  /** Target id, or `image:tag` of an index. */
  readonly of: string;
  /** Ids of the builds whose images it holds. */
  readonly builds: readonly string[];
  readonly outcome: PublicationOutcome;
  /** One for each reference; a layout is one whose reference is its folder. */
  readonly moves: readonly TagMove[];
  readonly failure: Failure | null;
}
