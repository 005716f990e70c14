import type {InvalidUsage} from '../events/failure.ts';
import {err, ok, type Result} from '../model/result.ts';
import {maskCredentials} from '../model/url-credentials.ts';
import type {PlanOptions} from '../plan/plan-options.ts';
import {progressModes, type Flags, type PlanFormat, type ProgressMode} from './flags.ts';

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Folder of OCI layouts when nothing else is asked for. */
export const defaultImagesFolder = '.build-matrix/images';

/** Selects all targets, not only those of the group `default`. */
export const everyTarget: readonly string[] = ['*'];

/** The part of the plan's options that does not depend on where matrix.yml was found. */
export type TargetOptions = Omit<PlanOptions, 'tool' | 'matrixFile' | 'output'> & {
  /** `folder` is as it was given: relative to where the command was started. */
  readonly output: PlanOptions['output'];
};

/** What to build, from the flags of `plan`, `build`, `list` and `validate`. */
export function targetOptions(
  selectors: readonly string[],
  flags: Flags,
): Result<TargetOptions, InvalidUsage> {
  const mirrors: Record<string, string> = {};
  for (const mirror of flags.mirror ?? []) {
    const match = /^([^=/]+)=([^=]+?)\/?$/.exec(mirror);
    const [host, prefix] = [match?.[1], match?.[2]];
    if (host === undefined || prefix === undefined) {
      return err({
        reason: 'invalid-usage',
        message: `\`${maskCredentials(mirror)}\` is not a mirror`,
        remedy: 'write HOST=PREFIX, such as --mirror docker.io=mirror.example.com/docker.io',
      });
    }
    mirrors[host] = prefix;
  }
  if (flags.shard !== undefined && flags.push !== true) {
    return err({
      reason: 'invalid-usage',
      message: '--shard needs --push: other machines read what it builds from the registry',
      remedy: 'write `build --push --shard …`, or choose with names and --platform',
    });
  }
  return ok({
    selectors,
    platforms: flags.platform ?? [],
    shards: flags.shard ?? [],
    set: flags.set ?? [],
    output: outputOf(flags),
    registries: flags.registry ?? [],
    builder: given(flags.builder) ?? null,
    noCache: flags.cache === false,
    pull: flags.pull ?? false,
    mirrors,
    version: given(flags.imageVersion) ?? null,
  });
}

function outputOf(flags: Flags): PlanOptions['output'] {
  if (flags.push === true) return {kind: 'push'};
  if (flags.load === true) return {kind: 'load'};
  return {kind: 'oci', folder: given(flags.output) ?? defaultImagesFolder};
}

/** A workflow that sets a variable to nothing means the same as one that does not set it. */
function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** The matrix file that was named, if any. */
export function namedFile(flags: Flags): string | undefined {
  return given(flags.file);
}

export function planFormat(flags: Flags): PlanFormat {
  return flags.json === true ? 'json' : (flags.format ?? 'text');
}

/** How progress is shown: `auto` is decided. */
export type Progress = Exclude<ProgressMode, 'auto'>;

/**
 * How to show progress. A terminal gets the live display unless something speaks against it; what
 * was asked for by name is done or refused, never replaced.
 */
export function progressOf(
  flags: Flags,
  environment: Environment,
  isTerminal: boolean,
): Result<Progress, InvalidUsage> {
  if (flags.quiet === true) return ok('quiet');
  const asked = flags.progress ?? progressOfBuildkit(environment['BUILDKIT_PROGRESS']);
  if (asked === 'tty' && !isTerminal && flags.progress === 'tty') {
    return err({
      reason: 'invalid-usage',
      message: '--progress tty needs a terminal, and standard error is none',
      remedy: 'use --progress plain, or leave it to --progress auto',
    });
  }
  if (asked !== 'auto' && (asked !== 'tty' || isTerminal)) return ok(asked);
  const live = isTerminal && flags.verbose !== true && flags.json !== true;
  return ok(live && !isSet(environment['CI']) ? 'tty' : 'plain');
}

/** The variable belongs to buildx, which also knows words that mean nothing here. */
function progressOfBuildkit(value: string | undefined): ProgressMode {
  return progressModes.find((mode) => mode === value) ?? 'auto';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}
