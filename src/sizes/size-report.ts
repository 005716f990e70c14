/**
 * What the size reports show: one value for the terminal, JSON, Markdown and the HTML page, made of
 * records (and, with `--against`, of what the images were before). All sizes are bytes; null is a size
 * that is not known, and never zero.
 */
export interface SizeReport {
  readonly schema: 1;
  /** ISO 8601, UTC: when the images were made, or read from a registry (`--image`). */
  readonly at: string;
  /** Value of `{version}` of the run, or what `--image` names. */
  readonly version: string;
  readonly commit: string | null;
  /** What the sizes are compared with, in words: `v1.4.2`, `run 20261124-…`; null when with nothing. */
  readonly against: string | null;
  readonly images: readonly ImageSizes[];
  /** Sentences about targets of which nothing is known, and about the comparison; absent: none. */
  readonly unknown?: readonly string[];
  /** `image/name (platform)` of what the earlier sizes have and these have not; absent: none. */
  readonly removed?: readonly string[];
  /** Limits of matrix.yml with what the images have; absent: none. */
  readonly budgets?: readonly BudgetReport[];
}

/** One limit of `budget` on one platform. */
export interface BudgetReport {
  /** `image/name`. */
  readonly target: string;
  readonly platform: string;
  /** The stage whose additions are limited; null for the whole image. */
  readonly stage: string | null;
  /** `growth` is that of the compressed size. */
  readonly measure: 'compressed' | 'unpacked' | 'growth';
  /** As in matrix.yml: `3.5GB`, `5%`. */
  readonly written: string;
  /** The most that is allowed, in bytes; null when it is not known. */
  readonly limit: number | null;
  /** Bytes that it has, or for `growth` has more than before; null when not known, with the reason. */
  readonly actual: number | null;
  readonly unknownBecause: string | null;
}

/** One platform of one target. */
export interface ImageSizes {
  /** `image/name`. */
  readonly target: string;
  readonly platform: string;
  /** Digest of the platform's manifest. */
  readonly digest: string;
  readonly size: Measured;
  /** The part that comes from the base image; null when that cannot be told. */
  readonly base: BaseSize | null;
  /** Every stage of the Dockerfile in order; empty when they cannot be told. */
  readonly stages: readonly StageReport[];
  /**
   * Where the stages cannot be told: what made each layer, by the image's own history, from the base
   * image's first on; `line` is 0. Absent otherwise.
   */
  readonly instructions?: readonly InstructionReport[];
  /** Sentences that say what is not known, and why. */
  readonly unknown: readonly string[];
  /** The most probable cause of a change, in one sentence; null when nothing changed or nothing is compared. */
  readonly cause: string | null;
  /** What told the stages of an image of a registry, in words; absent for one that a record tells of. */
  readonly toldBy?: string;
  /** The same of what it is compared with. */
  readonly beforeToldBy?: string;
  /** Stages that were there before and are not any more: `size` is 0, `line` that of then. Absent: none. */
  readonly removed?: readonly StageReport[];
}

export interface BaseSize {
  /** As in the Dockerfile after expansion; `scratch` has 0 bytes. */
  readonly from: string;
  readonly size: Measured;
  /** Digests of its layers; absent when they are not known. */
  readonly layers?: readonly string[];
}

export interface StageReport {
  readonly name: string;
  /** Line of its FROM, 1-based. */
  readonly line: number;
  readonly from: string;
  /** False for a stage beside the final chain. */
  readonly shipped: boolean;
  readonly added: Measured;
  readonly total: Measured;
  readonly instructions: readonly InstructionReport[];
  /** Instructions that were there before and are not any more: `size` is 0, `line` that of then. Absent: none. */
  readonly removed?: readonly InstructionReport[];
}

export interface InstructionReport {
  readonly line: number;
  /** As written, on one line. */
  readonly text: string;
  readonly size: Measured;
  /** Digest of its layer; absent when it made none or it is not known. */
  readonly layer?: string;
}

/** Compressed: what a pull moves. Unpacked: the layer's tar archive, which a device unpacks. */
export interface Measured {
  readonly compressed: number | null;
  readonly unpacked: number | null;
  /** The same before; absent when nothing is compared, null when it was not there or is not known. */
  readonly before?: {readonly compressed: number | null; readonly unpacked: number | null} | null;
}
