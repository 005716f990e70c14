import type {BuildPlan, PlannedTarget} from '../plan/build-plan.ts';
import {printable, printableProse} from './printable.ts';
import {shellLine, shellLines} from './shell-command.ts';
import type {TextStyle} from './text-style.ts';

/** The plan for people: for each target what it is made of, and the exact command. */
export function formatPlan(plan: BuildPlan, style: TextStyle): string {
  const {colours} = style;
  const commit =
    plan.git === null
      ? ''
      : `, commit ${plan.git.commit.slice(0, 12)}${plan.git.dirty ? ' (modified)' : ''}`;
  const count = plan.targets.length === 1 ? '1 target' : `${String(plan.targets.length)} targets`;
  const heading = `${count} of ${plan.matrixFile}, version ${plan.version}${commit}`;
  return [
    colours.dim(printable(heading)),
    ...plan.targets.map((target) => targetText(target, style)),
  ].join('\n\n');
}

/** The commands alone, one a line, in an order in which they can run. */
export function formatCommands(plan: BuildPlan): string {
  return plan.targets.map((target) => shellLine(target.command)).join('\n');
}

function targetText(target: PlannedTarget, {colours}: TextStyle): string {
  const axes = Object.entries(target.axes).map(([name, value]) => `${name}=${value}`);
  const shipped = target.stage ?? target.stages.at(-1)?.name ?? null;
  const facts: readonly (readonly [string, readonly string[]])[] = [
    ['platforms', [target.platforms.join(', ')]],
    ['for', target.accelerator === 'cpu' ? [] : [target.accelerator]],
    ['matrix', axes.length === 0 ? [] : [axes.join(', ')]],
    ['builds', [target.dockerfile + (shipped === null ? '' : `, stage ${shipped}`)]],
    ['context', [target.context]],
    ['after', target.dependsOn],
    ['tags', target.tags],
    ['result', [outputText(target)]],
    ['builder', target.builder === null ? [] : [target.builder]],
  ];
  const width = Math.max(...facts.map(([label]) => label.length));
  return [
    colours.bold(printable(target.id)) +
      (target.description === null ? '' : colours.dim(`  ${printableProse(target.description)}`)),
    ...facts.flatMap(([label, values]) =>
      values.map((value, index) => {
        const shown = index === 0 ? label : '';
        return `  ${colours.cyan(shown.padEnd(width))}  ${printable(value)}`;
      }),
    ),
    ...shellLines(target.command).map((line) => `  ${line}`),
    ...target.stageExports.flatMap(({stage, command}) =>
      [
        `# then, from the cache, for the size of stage ${printable(stage)}`,
        ...shellLines(command),
      ].map((line) => `  ${colours.dim(line)}`),
    ),
  ].join('\n');
}

function outputText(target: PlannedTarget): string {
  switch (target.output.kind) {
    case 'push':
      return 'pushed';
    case 'load':
      return 'loaded into docker';
    case 'oci':
      return `OCI layout in ${target.output.folder}`;
  }
}
