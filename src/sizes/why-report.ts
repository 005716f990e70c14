/**
 * What `sizes --why` tells: what fills an image, by stage, and what need not be there. All sizes are
 * bytes of the files' content as they are unpacked; a layer's archive is a little larger, since every
 * file has a header there.
 */
export interface WhyReport {
  readonly schema: 1;
  /** The run whose record says what the images are, or what `--image` names. */
  readonly runId: string;
  readonly images: readonly ImageContents[];
}

/** One platform of one target. */
export interface ImageContents {
  /** `image/name`. */
  readonly target: string;
  readonly platform: string;
  /** Digest of the platform's manifest. */
  readonly digest: string;
  /** Of all files in all layers, also those that a later layer hides. */
  readonly bytes: number;
  readonly files: number;
  /** The part of `bytes` that a later layer overwrites or deletes: it is pulled and stored, and never seen. */
  readonly hiddenBytes: number;
  /** Why layers cannot be told apart by stage; null when they can. */
  readonly stagesUnknownBecause: string | null;
  /** From the base image up, each with what its layers hold; stages without layers are left out. */
  readonly stages: readonly StageContents[];
  /** The largest first. One file may be in several. */
  readonly findings: readonly Finding[];
}

/** Where layers come from: the base image, a stage, or (when that is not known) anywhere. */
export interface StageContents {
  readonly origin: 'base' | 'stage' | 'unknown';
  /** Name of the stage; null for the base image and for layers of which it is not known. */
  readonly stage: string | null;
  /** What the stage starts from; for the base image its reference. */
  readonly from: string | null;
  readonly bytes: number;
  readonly files: number;
  /**
   * The largest first, each with everything below it. One that holds little more than a single folder
   * is left out, and that folder told.
   */
  readonly directories: readonly SizedPath[];
  readonly largestFiles: readonly SizedPath[];
}

export interface SizedPath {
  /** Absolute in the image. */
  readonly path: string;
  readonly bytes: number;
}

/** The instruction that made a layer. */
export interface Place {
  readonly origin: 'base' | 'stage' | 'unknown';
  readonly stage: string | null;
  /** Line in the Dockerfile, 1-based; null for the base image, and when it is not known. */
  readonly line: number | null;
  /** The instruction as written, on one line. */
  readonly instruction: string | null;
}

/** Something that takes room and need not. */
export interface Finding {
  readonly kind: FindingKind;
  /** In words: `package lists of apt`. */
  readonly what: string;
  readonly bytes: number;
  readonly files: number;
  /** The folder (or the only file) that holds all of it. */
  readonly path: string;
  /** The largest parts. */
  readonly largest: readonly SizedPath[];
  /** The instruction that put it there: the one to change. */
  readonly place: Place;
  /**
   * For what is copied from another stage: the instructions there that made it, the largest first, and
   * bytes of the files that they are proved to have made. Absent when none is.
   */
  readonly madeBy?: readonly MadeBy[];
  /** Why the other stage was not looked through, in one sentence; absent when it was, or there is none. */
  readonly notTraced?: string;
  /** For what a later layer hides: the instruction that does. */
  readonly hiddenBy?: Place;
  /** For copies of a file: where the others are. */
  readonly others?: readonly string[];
  /** What to do about it, in one sentence. */
  readonly remedy: string;
}

/** An instruction of a stage that files are copied from; `base` is the base image of that stage. */
export interface MadeBy {
  readonly place: Place;
  readonly bytes: number;
}

export type FindingKind = 'deleted-later' | 'overwritten-later' | 'copied-library' | WasteName;

/** Waste that is known by its place or name. */
export type WasteName =
  | 'apt-lists'
  | 'apt-archives'
  | 'rpm-cache'
  | 'apk-cache'
  | 'pip-cache'
  | 'conda-packages'
  | 'npm-cache'
  | 'build-cache'
  | 'bytecode'
  | 'static-libraries'
  | 'cuda-static-libraries'
  | 'package-tests'
  | 'git-folders'
  | 'core-dumps'
  | 'logs'
  | 'temporary-files'
  | 'root-home';
