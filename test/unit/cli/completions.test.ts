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
