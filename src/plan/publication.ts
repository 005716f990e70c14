import type {BuildxCommand} from '../docker/buildx-arguments.ts';

/**
 * Something that becomes public only when all that it needs has been built and read back. Until then
 * every tag stays where it is.
 */
export type Publication = TagPublication | LayoutPublication;

/** Tags of one repository that are to point at the same image. */
export interface TagPublication {
  readonly kind: 'tags';
  /** The target's id, or for an index `image:tag`. */
  readonly of: string;
  readonly repository: string;
  /** Full references. */
  readonly references: readonly string[];
  /** Ids of the builds whose images it holds; several are joined to one index. */
  readonly builds: readonly string[];
  /** Annotations of the joined index. */
  readonly annotations: Readonly<Record<string, string>>;
  /** `store`: the commands push the image itself, from docker's own store. */
  readonly through: 'digest' | 'store';
  /** Builder whose settings for registries are used; null for the current one. */
  readonly builder: string | null;
  /**
   * What makes it, one after the other; the tags of one image are written without docker, to the same
   * effect (docs/publishing.md). Digests are filled in by the run (`run-values.ts`).
   */
  readonly commands: readonly BuildxCommand[];
}

/** An index over images that are OCI layouts, as a layout of its own. */
export interface LayoutPublication {
  readonly kind: 'layout';
  /** `image:tag`. */
  readonly of: string;
  readonly tag: string;
  /** Relative to the working directory. */
  readonly folder: string;
  /** Ids of the builds, each with its own layout folder. */
  readonly builds: readonly {readonly id: string; readonly folder: string}[];
  readonly annotations: Readonly<Record<string, string>>;
}
