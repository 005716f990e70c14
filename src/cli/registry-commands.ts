import {Option, type Command} from 'commander';

import {progressModes, type Flags, type ReleaseFlags} from './flags.ts';
import {addColourOption, collect, fileOption, registryOption, setOption} from './shared-options.ts';

/** What the commands do that write to registries without building. */
export interface RegistryActions {
  publish(records: readonly string[], flags: Flags): Promise<void>;
  login(registries: readonly string[], flags: Flags): Promise<void>;
  release(version: string, flags: ReleaseFlags): Promise<void>;
}

export function addPublish(program: Command, actions: RegistryActions): void {
  const publish = program
    .command('publish')
    .summary('make public what several machines have built')
    .description(
      'Join the records of `build --push --shard …`, one of each machine, and move the tags and indexes that all of them were built for. Nothing moves unless they come from the same commit, matrix.yml and version of build-matrix, and every image is there.',
    )
    .usage('[OPTIONS] RECORD...')
    .argument('<records...>', 'files that `build --shard … --record-file FILE` wrote')
    .optionsGroup('Result:')
    .addOption(fileOption())
    .option('--builder <name>', 'buildx builder whose settings for registries are used')
    .option('--record-file <file>', 'write the record of the whole to this file as well')
    .optionsGroup('Display:')
    .option('--json', 'print the record as JSON instead of the table')
    .option('-q, --quiet', 'print errors only');
  addColourOption(publish);
  publish.action((records: string[], flags: Flags) => actions.publish(records, flags));
}

export function addLogin(program: Command, actions: RegistryActions): void {
  const login = program
    .command('login')
    .summary('log docker in to the registries of matrix.yml')
    .description(
      'Log docker in to registries where something is missing: to Amazon ECR with the AWS credentials of this machine, to others with the login that is given. Docker keeps the logins, as after `docker login`.',
    )
    .usage('[OPTIONS] [REGISTRY...]')
    .argument('[registries...]', 'names in matrix.yml, or hosts (default: all of matrix.yml)')
    .optionsGroup('Login:')
    .addOption(fileOption())
    .addOption(
      new Option(
        '--check',
        'only tell whether each registry lets docker push; exit code 3 when one does not',
      ),
    )
    .addOption(
      new Option('-u, --username <name>', 'name to log in with, for one registry').conflicts(
        'check',
      ),
    )
    .addOption(
      new Option('--password-stdin', 'read its password or token from standard input').conflicts(
        'check',
      ),
    )
    .optionsGroup('Display:')
    .option('--json', 'print JSON');
  addColourOption(login);
  login.action((registries: string[], flags: Flags) => actions.login(registries, flags));
}

export function addRelease(program: Command, actions: RegistryActions): void {
  const release = program
    .command('release')
    .summary('release a version of the images that were built of this commit')
    .description(
      'Release the images that `build --push` has pushed of this very commit: nothing is built. Everything is checked first; then the version’s own tags are made, the git tag is pushed, the release on GitHub is published, and tags such as 1.4, 1 and latest move. A release that was ended goes on when the same command is run again.',
    )
    .usage('[OPTIONS] VERSION')
    .argument('<version>', 'semantic version: 1.4.2, or 2.0.0-rc.1')
    .optionsGroup('What to release:')
    .addOption(fileOption())
    .addOption(setOption())
    .addOption(registryOption())
    .addOption(
      new Option(
        '--record <record>',
        'file with the record of a build; repeat (default: the builds made here)',
      ).argParser(collect),
    )
    .option('--next', 'let a pre-release move the tag next')
    .option('--no-github', 'make no release on GitHub')
    .optionsGroup('Instead:')
    .addOption(new Option('--dry-run', 'check everything, and print what would be done'))
    .addOption(
      new Option('--rollback', 'put tags such as 1.4 and latest back where they were before'),
    )
    .optionsGroup('Display:')
    .addOption(
      new Option(
        '--progress <mode>',
        'plain (default), json (a line for each event) or quiet',
      ).choices(progressModes.filter((mode) => mode !== 'tty')),
    )
    .option('--json', 'print the plan, and what was done, as JSON')
    .option('-q, --quiet', 'print errors only');
  addColourOption(release);
  release.action((version: string, flags: ReleaseFlags) => actions.release(version, flags));
}
