import type {Command} from 'commander';

import type {Flags} from './flags.ts';
import {addColourOption, addMatrixOptions, fileOption, targetsHelp} from './shared-options.ts';

/** What the commands for GitHub do. */
export interface GithubActions {
  report(records: readonly string[], flags: Flags): Promise<void>;
  githubMatrix(targets: readonly string[], flags: Flags): Promise<void>;
}

export function addGithubCommands(program: Command, actions: GithubActions): void {
  addReport(program, actions);
  addGithubMatrix(program, actions);
}

function addReport(program: Command, actions: GithubActions): void {
  const report = program
    .command('report')
    .summary('tell what came of a run as Markdown, for GitHub')
    .description(
      'Tell what came of a run, or of the jobs of a workflow, as Markdown: targets, digests, durations, cache hits, failures, budgets and sizes. It is printed, unless it goes somewhere else.',
    )
    .usage('[OPTIONS] [RECORD...]')
    .argument('[records...]', 'files or ids of runs (default: the latest run)')
    .optionsGroup('What to show:')
    .addOption(fileOption())
    .option(
      '--against <earlier>',
      'compare sizes with these: `previous`, file or id of a run, image tag, digest or reference, or git revision',
    )
    .optionsGroup('Where to:')
    .option('--markdown <file>', 'write it to this file; `-` prints it')
    .option('--summary', 'add it to the summary of this job of GitHub Actions')
    .option(
      '--comment',
      'put it into a comment on the pull request of this workflow, always the same one; a token in GITHUB_TOKEN',
    )
    .option('--github-output', 'write digests, images and sizes to the file GITHUB_OUTPUT')
    .option('--json', 'print the records, joined to one, as JSON');
  addColourOption(report);
  report.action((records: string[], flags: Flags) => actions.report(records, flags));
}

function addGithubMatrix(program: Command, actions: GithubActions): void {
  const matrix = program
    .command('github-matrix')
    .summary('print the jobs of a GitHub workflow: one for each target and platform')
    .description(
      'Print what `strategy.matrix` of a GitHub workflow takes: one job for each target and platform, each on a runner that has the platform natively, or on the one that `runners` in matrix.yml names. Targets that are built on one another share a job. At most 256 jobs. With --push what is unchanged in the registries gets no job.',
    )
    .usage('[OPTIONS] [TARGET...]')
    .argument('[targets...]', targetsHelp);
  addMatrixOptions(matrix);
  matrix
    .optionsGroup('Jobs:')
    .option('--push', 'the jobs push: leave out what is unchanged in the registries')
    .option('--force', 'leave out nothing')
    .optionsGroup('Display:')
    .option(
      '--github-output',
      'also write `matrix`, `empty` and `unchanged` (what was left out) to the file GITHUB_OUTPUT',
    );
  addColourOption(matrix);
  matrix.action((targets: string[], flags: Flags) => actions.githubMatrix(targets, flags));
}
