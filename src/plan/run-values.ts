import {targetIdOf} from '../model/target-id.ts';
import type {BuildxCommand} from '../docker/buildx-arguments.ts';
import type {PlannedTarget} from './build-plan.ts';

/**
 * Values that are only known while a plan runs stand in its commands as `{digest:ID}`: the digest of
 * what the build with this id has made, and `{inputs:ID}` and `{input-parts:ID}`: labels of a target. Names of targets have no braces, so that nothing else in a
 * command is taken for one when the ids of the plan alone are filled in.
 */
export const digestOf = (buildId: string): string => `{digest:${buildId}}`;

/** Labels by which an unchanged image is found again, and by which a change is explained. */
export const inputsLabel = 'dev.build-matrix.inputs';
export const partsLabel = 'dev.build-matrix.input-parts';

/** The labels with what the target's image is built from; the run fills their values in. */
export const inputLabels = (targetId: string): Readonly<Record<string, string>> => ({
  [inputsLabel]: `{inputs:${targetId}}`,
  [partsLabel]: `{input-parts:${targetId}}`,
});

/** Values of those two labels. */
export interface InputLabels {
  readonly inputs: string;
  readonly parts: string;
}

/** The build with the values of its labels filled in. */
export function withInputLabels(target: PlannedTarget, labels: InputLabels): PlannedTarget {
  const values = new Map([
    [`${inputsLabel}={inputs:${targetIdOf(target)}}`, `${inputsLabel}=${labels.inputs}`],
    [`${partsLabel}={input-parts:${targetIdOf(target)}}`, `${partsLabel}=${labels.parts}`],
  ]);
  const args = target.command.args.map((argument) => values.get(argument) ?? argument);
  return {...target, command: {...target.command, args}};
}

/** The command without those labels, for who runs it by hand. */
export function withoutInputLabels(command: BuildxCommand): BuildxCommand {
  const isLabel = (argument: string | undefined): boolean =>
    argument?.startsWith(`${inputsLabel}=`) === true ||
    argument?.startsWith(`${partsLabel}=`) === true;
  const args = command.args.filter(
    (argument, at, all) => !isLabel(argument) && !(argument === '--label' && isLabel(all[at + 1])),
  );
  return {...command, args};
}

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
