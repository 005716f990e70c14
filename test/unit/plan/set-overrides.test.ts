import {expect, test} from 'vitest';

import {settingStarts} from '../../../src/plan/set-overrides.ts';
import {optionValues, goodPlan, planFailure} from './plan-rig.ts';

const yaml = `
vars: {team: vision}
images:
  face:
    targets:
      cpu:
        args: {TEAM: "{vars.team}", A: "1"}
        tags: [one]
      cuda:
        matrix: {cuda: ["12.4", "12.6"]}
        tags: ["two-{matrix.cuda}"]
`;
const files = {Dockerfile: 'ARG TEAM A B\nFROM scratch AS slim\nFROM slim AS last\n'};
const plan = (...set: string[]) => goodPlan({yaml, files, options: {set}});
const failure = (...set: string[]) => planFailure({yaml, files, options: {set}});

test('a map entry is set for the targets that the pattern names', async () => {
  const made = await plan('cuda-*.args.B=x=y', 'face/cuda-12.6.args.A=2');
  expect(optionValues(made, 'face/cpu', '--build-arg')).toEqual(['TEAM=vision', 'A=1']);
  expect(optionValues(made, 'face/cuda-12.4', '--build-arg')).toEqual(['B=x=y']);
  expect(optionValues(made, 'face/cuda-12.6', '--build-arg')).toEqual(['B=x=y', 'A=2']);
});

test('a name with dots ends where a key begins, and an entry may have dots', async () => {
  const made = await plan('cuda-12.6.labels.org.example.key=v');
  expect(optionValues(made, 'face/cuda-12.6', '--label')).toContain('org.example.key=v');
});

test('lists are replaced, collected and appended to', async () => {
  const tags = async (...set: string[]) => (await plan(...set)).plan.targets[0]?.tags;
  expect(await tags('cpu.tags=a,b')).toEqual(['face:a', 'face:b']);
  expect(await tags('cpu.tags=a', 'cpu.tags=b')).toEqual(['face:a', 'face:b']);
  expect(await tags('cpu.tags+=a')).toEqual(['face:one', 'face:a']);
});

test('switches and choices are read as such', async () => {
  const made = await plan(
    'cpu.noCache=true',
    'cpu.stage=slim',
    'cpu.provenance=max',
    'cpu.sbom=false',
    'cpu.network=none',
  );
  const args = made.plan.targets[0]?.command.args;
  expect(args).toEqual(
    expect.arrayContaining([
      '--no-cache',
      '--target=slim',
      '--provenance=mode=max',
      '--sbom=false',
      '--network=none',
    ]),
  );
});

test('a variable is set everywhere', async () => {
  const made = await plan('vars.team=audio');
  expect(optionValues(made, 'face/cpu', '--build-arg')).toEqual(['TEAM=audio', 'A=1']);
});

test('values are expanded like those of the file', async () => {
  const made = await plan('face.tags={version}-{target}');
  expect(made.plan.targets.map(({tags}) => tags)).toEqual([
    ['face:dev-cpu'],
    ['face:dev-cuda-12.4'],
    ['face:dev-cuda-12.6'],
  ]);
});

test.each([
  [
    'cpu',
    '--set cpu: not of the form TARGET.KEY=VALUE\nhelp: for example `--set cuda.args.CUDA_VERSION=12.6`',
  ],
  [
    'cpu=1',
    '--set cpu=1: not of the form TARGET.KEY=VALUE\nhelp: for example `--set cuda.args.CUDA_VERSION=12.6`',
  ],
  [
    '.args.A=1',
    '--set .args.A=1: not of the form TARGET.KEY=VALUE\nhelp: for example `--set cuda.args.CUDA_VERSION=12.6`',
  ],
  ['cpu.tag=1', '--set cpu.tag=1: unknown key `tag`\nhelp: did you mean `tags`?'],
  ['cpu.args=1', '--set cpu.args=1: which entry of `args`?\nhelp: write TARGET.args.NAME=VALUE'],
  [
    'cpu.args.A B=1',
    '--set cpu.args.A B=1: invalid name `A B`\nhelp: a build argument has a name without `=`, blanks and control characters',
  ],
  ['cpu.tags.x=1', '--set cpu.tags.x=1: `tags` has no entries\nhelp: write TARGET.tags=VALUE'],
  ['cpu.args.A+=1', '--set cpu.args.A+=1: `+=` is for lists\nhelp: write `=`'],
  [
    'cpu.cache=x',
    `--set cpu.cache=x: \`cache\` cannot be set here\nhelp: write it into matrix.yml; keys are ${settingStarts.map((start) => start.slice(0, -1)).join(', ')}`,
  ],
  ['cpu.pull=maybe', '--set cpu.pull=maybe: `maybe` is not possible\nhelp: write true, false'],
  [
    'cpu.network=lan',
    '--set cpu.network=lan: `lan` is not possible\nhelp: write default, host, none',
  ],
  ['cqu.pull=true', '--set cqu.pull=true: no target is called `cqu`\nhelp: did you mean `cpu`?'],
  ['vars.taem=x', '--set vars.taem=x: no variable is called `taem`\nhelp: did you mean `team`?'],
])('%s is refused', async (set, message) => {
  expect(await failure(set)).toBe(message);
});

test('a value that cannot be is reported without a place', async () => {
  expect(await failure('cpu.platforms=linux/amd46')).toBe(
    'error: unknown platform `linux/amd46`\nhelp: did you mean `linux/amd64`?',
  );
});
