import type {BuildPlan, PlannedTarget} from '../plan/build-plan.ts';
import {shellQuote} from '../model/shell-quote.ts';
import type {Decision, Decisions} from '../inputs/decision.ts';
import {targetIdOf} from '../model/target-id.ts';
import {digestOf, withoutInputLabels} from '../plan/run-values.ts';
import {printable, printableProse} from './printable.ts';
import {shellLine, shellLines} from './shell-command.ts';
import type {TextStyle} from './text-style.ts';

/**
 * The plan for people: for each target what it is made of, whether it has to be built and why
 * (where `decisions` tell), and the exact command.
 */
export function formatPlan(
  plan: BuildPlan,
  style: TextStyle,
  decisions: Decisions | null = null,
): string {
  const {colours} = style;
  const commit =
    plan.git === null
      ? ''
      : `, commit ${plan.git.commit.slice(0, 12)}${plan.git.dirty ? ' (modified)' : ''}`;
  const count = plan.targets.length === 1 ? '1 target' : `${String(plan.targets.length)} targets`;
  const heading = `${count} of ${plan.matrixFile}, version ${plan.version}${commit}`;
  return [
    colours.dim(printable(heading)),
    ...plan.builders.flatMap(({name, create}) =>
      create === null
        ? []
        : [
            [
              colours.dim(`# builder ${printable(name)}, when there is none`),
              ...shellLines(create),
            ].join('\n'),
          ],
    ),
    ...plan.targets.map((target) => targetText(target, decisions?.get(targetIdOf(target)), style)),
    ...publicationsText(plan, style),
  ].join('\n\n');
}

/** The commands alone, one a line, in an order in which they can run. */
export function formatCommands(plan: BuildPlan): string {
  const lines = plan.targets.map((target) => shellLine(withoutInputLabels(target.command)));
  const tags = plan.publications.flatMap((publication) =>
    publication.kind === 'tags' ? publication.commands.map(shellLine) : [],
  );
  return withDigestFiles([...lines, ...tags].join('\n'), plan);
}

/**
 * Digests that are only known when a build has ended, as a shell reads them from what buildx wrote.
 * They stand within quotes, which are ended and begun again around them.
 */
function withDigestFiles(text: string, plan: BuildPlan): string {
  const files = new Map(plan.targets.map(({id, metadataFile}) => [digestOf(id), metadataFile]));
  return text.replace(/\{digest:[^{}]+\}/gu, (written) => {
    const file = files.get(written);
    if (file === undefined) return written;
    return `'"$(jq -r '."containerimage.digest"' ${shellQuote(file)})"'`;
  });
}

/** What is made public after everything has been built, and how. */
function publicationsText(plan: BuildPlan, {colours}: TextStyle): readonly string[] {
  if (plan.publications.length === 0) return [];
  return [
    [
      colours.bold('published when everything above has succeeded, by these or to the same effect'),
      ...plan.publications.flatMap((publication) =>
        publication.kind === 'tags'
          ? publication.commands.flatMap((command) =>
              shellLines(command).map((line) => `  ${line}`),
            )
          : [
              `  ${printable(publication.of)}: OCI layout in ${printable(publication.folder)} of ${publication.builds.map(({id}) => printable(id)).join(', ')}`,
            ],
      ),
    ].join('\n'),
  ];
}

function targetText(
  target: PlannedTarget,
  decision: Decision | undefined,
  {colours}: TextStyle,
): string {
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
    ...decisionFacts(target, decision),
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

function decisionFacts(
  target: PlannedTarget,
  decision: Decision | undefined,
): readonly (readonly [string, readonly string[]])[] {
  if (decision === undefined) return [];
  return decision.kind === 'build'
    ? [['runs', decision.reasons]]
    : [['unchanged', [decision.digests[target.id] ?? '', decision.because ?? []].flat()]];
}

function outputText(target: PlannedTarget): string {
  switch (target.output.kind) {
    case 'push':
      return target.output.through === 'digest'
        ? 'pushed by digest'
        : 'kept by docker until it is pushed';
    case 'load':
      return 'loaded into docker';
    case 'oci':
      return `OCI layout in ${target.output.folder}`;
  }
}
