/** What the command line says about the plan, environment variables included; every field is set. */
export interface PlanOptions {
  /** Version of build-matrix, for `BuildPlan.tool`. */
  readonly tool: string;
  /** Path of matrix.yml relative to the working directory. Its folder is the root of relative paths. */
  readonly matrixFile: string;
  /** Names, globs, groups and images; empty for the group `default`, or else every target. */
  readonly selectors: readonly string[];
  /** Keep only these platforms (`linux/arm64`, `arm64`); empty keeps all. */
  readonly platforms: readonly string[];
  /**
   * Each `TARGET` or `TARGET/PLATFORM`: only these are built, and nothing is published, which is left
   * to `publish`; empty builds all that is chosen.
   */
  readonly shards: readonly string[];
  /** Each a whole `PATTERN.KEY[.SUB]=VALUE`, `PATTERN.KEY+=VALUE` or `vars.NAME=VALUE`. */
  readonly set: readonly string[];
  /** Where results go; `.build-matrix/images` is the folder when nothing is asked for. */
  readonly output:
    | {readonly kind: 'push'}
    | {readonly kind: 'load'}
    /** A folder of OCI layouts, `IMAGE/TARGET` below it, relative to the working directory. */
    | {readonly kind: 'oci'; readonly folder: string};
  /**
   * Registries instead of those in the file: names defined there, or `host[:port][/namespace]`; empty
   * keeps the file's.
   */
  readonly registries: readonly string[];
  /** Name of a buildx builder for every target; null for the file's, or else the current one. */
  readonly builder: string | null;
  /** True: build every step anew, whatever the file says. */
  readonly noCache: boolean;
  /** True: look for newer base images, whatever the file says. */
  readonly pull: boolean;
  /** Registry host -> prefix; each wins over the file's `mirrors`. */
  readonly mirrors: Readonly<Record<string, string>>;
  /** Value of `{version}`; null for the semver tag of the commit, or else `dev`. */
  readonly version: string | null;
}
