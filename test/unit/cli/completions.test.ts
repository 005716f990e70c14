import {describe, expect, it} from 'vitest';

import {completions} from '../../../src/cli/completions.ts';
import {createProgram, type Actions} from '../../../src/cli/program.ts';

const names = ['cpu', 'cuda', 'cuda-12.6', 'face-service'];

async function complete(line: string): Promise<readonly string[]> {
  const program = createProgram('0.1.0', {} as Actions);
  const of = (file: string | undefined, list: readonly string[]): Promise<readonly string[]> =>
    Promise.resolve(file === undefined ? list : [`of-${file}`]);
  return completions(program, line.split(' '), {
    targets: (file) => of(file, names),
    registries: (file) => of(file, ['hub', 'local']),
    settings: (file, start) => of(file, [`${start}args.`, 'vars.x=']),
    builders: () => Promise.resolve(['default', 'desktop']),
    runs: (file) => of(file, ['run-2', 'run-1']),
  });
}

describe('completions', () => {
  it.each([
    [
      '',
      [
        'build',
        'publish',
        'plan',
        'list',
        'validate',
        'sizes',
        'login',
        'release',
        'report',
        'github-matrix',
        'import',
        'completion',
        'help',
      ],
    ],
    ['b', ['build']],
    ['build c', ['cpu', 'cuda', 'cuda-12.6']],
    ['build cpu fa', ['face-service']],
    ['build --p', ['--platform', '--progress', '--pull', '--push']],
    ['build --progress ', ['auto', 'tty', 'plain', 'json', 'quiet']],
    ['plan --format ', ['text', 'json', 'bake', 'commands']],
    ['plan --platform linux/arm', ['linux/arm64', 'linux/arm/v7']],
    ['build --registry ', ['hub', 'local']],
    ['plan -f other.yml --registry o', ['of-other.yml']],
    ['build --builder de', ['default', 'desktop']],
    ['build --set cpu.', ['cpu.args.']],
    ['build --set va', ['vaargs.', 'vars.x=']],
    ['build --platform=linux/arm6', ['--platform=linux/arm64']],
    ['build --platform linux/amd64,linux/arm6', ['linux/amd64,linux/arm64']],
    ['build --progress=p', ['--progress=plain']],
    ['build --set=cpu.', ['--set=cpu.args.']],
    ['build --push --shard cp', ['cpu']],
    ['sizes --record ', ['run-2', 'run-1']],
    ['sizes --against p', ['previous']],
    ['sizes --against=run-1', ['--against=run-1']],
    ['login ', ['hub', 'local']],
    ['login -f other.yml ', ['of-other.yml']],
    ['build --file ', []],
    ['build --output ', []],
    ['build -f other.yml ', ['of-other.yml']],
    ['build --file=other.yml o', ['of-other.yml']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['import ', ['bake']],
    ['import bake ', []],
    ['validate ', []],
    ['validate --j', ['--json']],
    ['--v', ['--version']],
  ])('of `%s`', async (line, found) => {
    expect(await complete(line)).toEqual(found);
  });
});
