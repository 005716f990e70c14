import type {BuildxCommand} from '../docker/buildx-arguments.ts';
import type {PlannedTarget} from './build-plan.ts';

/**
 * Values that are only known while a plan runs stand in its commands as `{digest:ID}`: the digest of
 * what the build with this id has made. Names of targets have no braces, so that nothing else in a
 * command is taken for one when the ids of the plan alone are filled in.
 */
export const digestOf = (buildId: string): string => `{digest:${buildId}}`;

/** The command's arguments with the digests of `digests`, by build id; others stay as they are. */
export function fillIn(
  args: readonly string[],
  digests: ReadonlyMap<string, string>,
): readonly string[] {
  return args.map((argument) =>
    argument.replace(/\{digest:([^{}]+)\}/gu, (written, id: string) => digests.get(id) ?? written),
  );
}

/** The build with all digests that its commands need filled in. */
export function withDigests(
  target: PlannedTarget,
  digests: ReadonlyMap<string, string>,
): PlannedTarget {
  const filled = (command: BuildxCommand): BuildxCommand => ({
    ...command,
    args: fillIn(command.args, digests),
  });
  return {
    ...target,
    command: filled(target.command),
    stageExports: target.stageExports.map((one) => ({...one, command: filled(one.command)})),
  };
}
