import type {BuildFailed, Failure} from '../events/failure.ts';
import type {TargetOutcome} from '../events/event.ts';
import type {PlannedOutput} from '../plan/build-plan.ts';
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
}

/** Versions of the tools that built; null when unknown. */
export interface EngineFacts {
  readonly docker: string | null;
  readonly buildx: string | null;
  readonly builders: readonly BuilderFacts[];
}

export interface BuilderFacts {
  readonly name: string;
  readonly driver: string;
  readonly nodes: readonly {
    readonly name: string;
    readonly buildkit: string | null;
    readonly platforms: readonly string[];
  }[];
}

export interface TargetRecord {
  readonly id: string;
  readonly image: string;
  readonly name: string;
  readonly axes: Readonly<Record<string, string>>;
  readonly outcome: TargetOutcome | 'running';
  readonly builder: string | null;
  readonly output: PlannedOutput;
  readonly tags: readonly string[];
  readonly startedAt: string | null;
  /** Milliseconds. */
  readonly durationMs: number;
  /** Digest of the index, or of the manifest of a single-platform image without attestations. */
  readonly digest: string | null;
  readonly platforms: readonly PlatformRecord[];
  readonly steps: {readonly total: number; readonly cached: number};
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
  readonly layers: readonly Descriptor[];
  /** Sum of `layers[].size`, in bytes. */
  readonly compressedBytes: number;
  /** Stages whose layers the build's provenance tells; null with a reason when it tells nothing. */
  readonly stages: readonly StageRecord[] | null;
  readonly stagesUnknownBecause: string | null;
}

export interface StageRecord {
  /** Name, or `stage-N` for one without a name. */
  readonly name: string;
  readonly index: number;
  /** Line of its FROM in the Dockerfile, 1-based. */
  readonly line: number;
  /** What it starts from: a stage's name, an image reference or `scratch`. */
  readonly from: string;
  /** True when its layers are part of the shipped image. */
  readonly shipped: boolean;
  /** Compressed bytes of the layers that this stage adds to what it starts from; null when not told. */
  readonly addedBytes: number | null;
  /** Compressed bytes of the whole layer chain at the end of the stage; null when not told. */
  readonly totalBytes: number | null;
  readonly layers: number | null;
}
