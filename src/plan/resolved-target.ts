import type {BudgetSpec, CacheSpec, RunnerSpec} from '../config/matrix-file-parts.ts';
import type {MatrixPath, Sourced} from './findings.ts';

/** One target after expansion: nothing inherited, no placeholder left, platforms in normal form. */
export interface ResolvedTarget {
  /** `image/name`. */
  readonly id: string;
  readonly image: string;
  readonly name: string;
  readonly key: string;
  readonly axes: Readonly<Record<string, string>>;
  /** Where the target stands in matrix.yml. */
  readonly path: MatrixPath;
  readonly description: string | null;
  readonly accelerator: 'cpu' | 'cuda' | 'jetson';
  readonly platforms: readonly Sourced<string>[];
  /** Relative to matrix.yml, or a URL, as written. */
  readonly context: Sourced<string>;
  /** Relative to the context, as written. */
  readonly dockerfile: Sourced<string>;
  readonly stage: Sourced<string> | null;
  readonly args: ReadonlyMap<string, Sourced<string>>;
  readonly labels: ReadonlyMap<string, Sourced<string>>;
  readonly annotations: ReadonlyMap<string, Sourced<string>>;
  readonly contexts: ReadonlyMap<string, Sourced<string>>;
  readonly addHosts: ReadonlyMap<string, Sourced<string>>;
  readonly ulimits: ReadonlyMap<string, Sourced<string>>;
  readonly secrets: readonly Sourced<SecretSource>[];
  readonly ssh: readonly {readonly id: string; readonly keys: readonly string[]}[];
  readonly cache: readonly Sourced<CacheSpec>[];
  readonly noCache: boolean;
  readonly noCacheStages: readonly Sourced<string>[];
  readonly pull: boolean;
  /** Without repository. */
  readonly tags: readonly Sourced<string>[];
  /** Tags of earlier images that may be reused, without repository. */
  readonly reuse: readonly Sourced<string>[];
  /** Names of registries. */
  readonly registries: readonly Sourced<string>[];
  readonly provenance: boolean | 'min' | 'max' | null;
  readonly sbom: boolean | string | null;
  readonly network: string | null;
  readonly shmSize: string | null;
  readonly allow: readonly string[];
  readonly budget: Sourced<BudgetSpec> | null;
  /** GitHub's runner for each platform that has one of its own. */
  readonly runners: ReadonlyMap<string, RunnerSpec>;
}

export interface SecretSource {
  readonly id: string;
  readonly from: 'env' | 'file';
  /** Name of the variable, or the file relative to matrix.yml. */
  readonly source: string;
}
