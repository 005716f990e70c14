import {Option, type Command} from 'commander';

import type {Flags} from './flags.ts';
import {
  addColourOption,
  fileOption,
  platformOption,
  positiveInteger,
  unpackedHelp,
} from './shared-options.ts';

export interface SizesActions {
  sizes(targets: readonly string[], flags: Flags): Promise<void>;
}

export function addSizes(program: Command, actions: SizesActions): void {
  const sizes = program
    .command('sizes')
    .summary('show sizes of images and stages, and what fills them')
    .description(
      'Show sizes of what a run built: images, stages and instructions, as its record tells, or with --image of what a registry holds. With --why the layers are read from where the images are, and what fills them is told, with what need not be there.',
    )
    .usage('[OPTIONS] [TARGET...]')
    .argument('[targets...]', 'names, images, globs and groups (default: all of the run)')
    .optionsGroup('What to show:')
    .addOption(fileOption())
    .addOption(platformOption())
    .option('--record <record>', 'file or id of a run (default: the latest run)')
    .addOption(
      new Option(
        '--image <image>',
        'images of a registry in place of a run, whoever built them: a reference, a digest, or a tag of the targets',
      ).conflicts(['record', 'history']),
    )
    .addOption(new Option('--unpacked', unpackedHelp).conflicts('history'))
    .option('--instructions', 'show each instruction of the stages')
    .option(
      '--against <earlier>',
      'show what changed since: `previous`, file or id of a run, image tag, digest or reference, or git revision',
    )
    .addOption(
      new Option('--history', 'show how sizes went over all builds here').conflicts([
        'record',
        'against',
        'instructions',
        'markdown',
        'html',
      ]),
    )
    .addOption(
      new Option('--why', 'read the layers and tell what fills them').conflicts([
        'history',
        'instructions',
      ]),
    )
    .addOption(
      new Option(
        '--top <n>',
        'with --why: how many to show of folders, of files (default: 5) and of findings (10)',
      ).argParser(positiveInteger),
    )
    .optionsGroup('Budgets:')
    .addOption(
      new Option('--check', 'end with exit code 4 when an image exceeds its budget').conflicts(
        'history',
      ),
    )
    .option('--warn-only', 'with --check: only warn')
    .optionsGroup('Display:')
    .option('--json', 'print JSON')
    .option(
      '--markdown <file>',
      'also write Markdown, for a job summary or a comment; `-` prints it instead',
    )
    .option(
      '--html <file>',
      'also write a page with charts and history, and with --why a map of what fills each image',
    );
  addColourOption(sizes);
  sizes.action((targets: string[], flags: Flags) => actions.sizes(targets, flags));
}
