import type {BaseImage} from './attestations.ts';

/** What the notes of a release tell; all sizes are bytes, null is what is not known. */
export interface ReleaseNotesFacts {
  readonly version: string;
  readonly isPrerelease: boolean;
  /** Full commit id. */
  readonly commit: string;
  /** The release that sizes are compared with; null for a first one. */
  readonly previous: string | null;
  readonly images: readonly NotedImage[];
  readonly indexes: readonly NotedIndex[];
  /** Tags that the release moves. */
  readonly moved: readonly NotedMove[];
  readonly bases: readonly BaseImage[];
  /** GitHub's own notes; null without. */
  readonly generated: string | null;
}

export interface NotedImage {
  /** `image/name`. */
  readonly target: string;
  /** Exact tags, in every registry. */
  readonly references: readonly string[];
  /** `repository@digest`, when it is one image and not parts. */
  readonly pinned: string | null;
  readonly platforms: readonly {
    readonly platform: string;
    readonly digest: string;
    readonly compressed: number | null;
    readonly unpacked: number | null;
    /** Growth of the compressed size since the previous release. */
    readonly change: number | null;
  }[];
}

/** One tag over the images of several targets. */
export interface NotedIndex {
  readonly references: readonly string[];
  readonly targets: readonly string[];
  /** `repository@digest`; null before it is made. */
  readonly pinned: string | null;
}

export interface NotedMove {
  /** Full reference. */
  readonly reference: string;
  /** Exact tag that it now equals. */
  readonly exact: string;
}
