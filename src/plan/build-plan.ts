import type {BuildxCommand, BuildxOutput} from '../docker/buildx-arguments.ts';
import type {StageOfDockerfile} from '../docker/stage-layers.ts';
import type {GitFacts} from '../ports/git.ts';
import type {PlannedBuilder, PlatformRoute} from './builder-routes.ts';
import type {BudgetLimit} from './budget-limits.ts';
import type {Publication} from './publication.ts';

/**
 * The resolved, ordered list of everything that a run will do. It is plain data: the same file, git
 * facts and options give the same bytes, and `build` runs exactly the commands that stand here.
 */
export interface BuildPlan {
  readonly schema: 1;
  /** Version of build-matrix. */
  readonly tool: string;
  /** Relative to the working directory. */
  readonly matrixFile: string;
  readonly git: GitFacts | null;
  /** Value of `{version}`. */
  readonly version: string;
  /** In an order that respects `dependsOn`; otherwise that of the file. */
  readonly targets: readonly PlannedTarget[];
  /** What is made public when everything has been built, in the order of the file. */
  readonly publications: readonly Publication[];
  /** Who may build each platform of the targets. */
  readonly routes: readonly PlatformRoute[];
  /** The builders that `routes` name, besides the current one. */
  readonly builders: readonly PlannedBuilder[];
  /** sha256 over all of the above, as `sha256:<hex>`. */
  readonly fingerprint: string;
}

/** One `docker buildx build`: a whole target, or those of its platforms that one builder builds. */
export interface PlannedTarget {
  /** `image/name`, or `image/name@linux-arm64` for a part; unique in the plan. */
  readonly id: string;
  /** The first of its platforms, when others were chosen of the target as well; null when it has all. */
  readonly part: string | null;
  readonly image: string;
  /** Name after expansion: `cuda-12.6`. */
  readonly name: string;
  /** The target's key in matrix.yml: `cuda`. */
  readonly key: string;
  /** Values of the matrix axes, by name. */
  readonly axes: Readonly<Record<string, string>>;
  readonly description: string | null;
  readonly accelerator: 'cpu' | 'cuda' | 'jetson';
  readonly platforms: readonly string[];
  /** Relative to the working directory, or the URL of a remote context. */
  readonly context: string;
  /** Relative to the working directory (for a remote context: relative to that). */
  readonly dockerfile: string;
  /** Every stage of the Dockerfile, in order; empty when it cannot be read (remote context). */
  readonly stages: readonly StageOfDockerfile[];
  /** The stage that is shipped, as named on the command line; null for the last one. */
  readonly stage: string | null;
  /** Full references, registry included where there is one; the first is the main one. */
  readonly tags: readonly string[];
  /** Ids of builds that must succeed first. */
  readonly dependsOn: readonly string[];
  readonly output: BuildxOutput;
  /**
   * Every OCI layout folder that the command writes. Its `index.json` is to be removed before the
   * command runs: BuildKit adds to it, and would keep what earlier runs left there.
   */
  readonly layouts: readonly string[];
  /** Name of the buildx builder; null for the current one. */
  readonly builder: string | null;
  readonly command: BuildxCommand;
  /** Limits that its sizes are held against; empty without a `budget`. */
  readonly budget: readonly BudgetLimit[];
  /** Written by buildx: the digest, for one. Relative to the working directory. */
  readonly metadataFile: string;
  /** What is run after `command`, so that the sizes of stages beside the shipped ones can be told. */
  readonly stageExports: readonly StageExport[];
  /** Why there are none although the build uses such stages; null when there are, or it uses none. */
  readonly noStageExports: string | null;
}

/** A stage beside the shipped ones, which the image of no other such stage tells. */
export interface StageExport {
  /** Name of the stage. */
  readonly stage: string;
  /** Its index among all stages. */
  readonly index: number;
  /** Platforms for which the build uses it. */
  readonly platforms: readonly string[];
  readonly command: BuildxCommand;
  /** Written by buildx, relative to the working directory. */
  readonly metadataFile: string;
}
