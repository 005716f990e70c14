import {readdirSync, readFileSync} from 'node:fs';

import fc from 'fast-check';
import {expect, test} from 'vitest';

import {fingerprint} from '../../../src/plan/fingerprint.ts';
import {goodPlan, planOf, planFailure, sampleGit} from './plan-rig.ts';
import {samplePlan} from './sample.ts';

test('the sample’s plan, to the letter', async () => {
  const {plan} = await goodPlan(samplePlan);
  await expect(`${JSON.stringify(plan, null, 2)}\n`).toMatchFileSnapshot('sample-plan.golden');
});

test('the same input gives the same bytes', async () => {
  const [one, two] = [await goodPlan(samplePlan), await goodPlan(samplePlan)];
  expect(JSON.stringify(one)).toBe(JSON.stringify(two));
});

test('the fingerprint is over everything else in the plan', async () => {
  const {plan} = await goodPlan(samplePlan);
  const {fingerprint: own, ...rest} = plan;
  expect(own).toBe(fingerprint(rest));
  expect(own).toMatch(/^sha256:[0-9a-f]{64}$/);
  const {plan: other} = await goodPlan({
    ...samplePlan,
    options: {...samplePlan.options, pull: true},
  });
  expect(other.fingerprint).not.toBe(own);
});

test('paths are relative to the working directory, wherever matrix.yml is', async () => {
  const files = Object.fromEntries(
    Object.entries(samplePlan.files ?? {}).map(([path, text]) => [`sub/dir/${path}`, text]),
  );
  const {plan} = await goodPlan({
    ...samplePlan,
    files,
    options: {matrixFile: 'sub/dir/matrix.yml'},
  });
  const [cpu, , , debug] = plan.targets;
  expect([cpu?.context, cpu?.dockerfile, cpu?.metadataFile]).toEqual([
    'sub/dir/app',
    'sub/dir/app/Dockerfile.cpu',
    '.build-matrix/work/face-service/cpu.json',
  ]);
  expect(cpu?.command.args).toContain('id=pip,src=sub/dir/pip.conf');
  expect(debug?.command.args).toContain('data=sub/dir/data');
});

test('the builder is the option, or else the one that the file names for every platform', async () => {
  const yaml =
    'builders: [{builder: arm, platform: linux/arm64}, {builder: fast}]\nimages: {face: {targets: {cpu: {}}}}';
  const builderOf = async (builder: string | null) =>
    (await goodPlan({yaml, options: {builder}})).plan.targets[0]?.builder;
  expect(await builderOf(null)).toBe('fast');
  expect(await builderOf('mine')).toBe('mine');
});

test('a remote context is taken as it is, and nothing is known of its stages', async () => {
  const {plan} = await goodPlan({
    yaml: 'images: {face: {targets: {cpu: {context: "https://github.com/acme/x.git#main", dockerfile: a/Dockerfile}}}}',
  });
  expect(plan.targets[0]).toMatchObject({
    context: 'https://github.com/acme/x.git#main',
    dockerfile: 'a/Dockerfile',
    stages: [],
  });
});

test('a Dockerfile that cannot be read is located', async () => {
  const failure = await planFailure({
    yaml: 'images: {face: {targets: {cpu: {dockerfile: sub}}}}',
    files: {'sub/x': ''},
  });
  expect(failure).toContain('error: the Dockerfile `sub` ');
  expect(failure).toContain('--> matrix.yml:2:45');
});

test('no value of a secret is in the plan', async () => {
  const {plan} = await goodPlan(samplePlan);
  expect(plan.targets[0]?.command.args.filter((arg) => arg.startsWith('id='))).toEqual([
    'id=pip,src=pip.conf',
    'id=token,env=TOKEN',
  ]);
});

test('the repository’s own matrix.yml has a plan', async () => {
  const text = readFileSync('matrix.yml', 'utf8').replace(/^version: 1$/m, '');
  const names = readdirSync('dockerfiles', {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map(({parentPath, name}) => `${parentPath}/${name}`);
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(name, 'utf8')]));
  const {plan, warnings} = await goodPlan({yaml: text, files, git: sampleGit});
  expect(plan.targets.map(({name}) => name)).toEqual(['cpu', 'cuda', 'jetson-5', 'jetson-6']);
  expect(warnings).toEqual([]);
});

test('a thousand targets of one Dockerfile are planned', async () => {
  const values = Array.from({length: 1000}, (_, index) => index);
  const {plan} = await goodPlan({
    yaml: `images: {face: {targets: {cpu: {matrix: {n: [${values.join(', ')}]}}}}}`,
  });
  expect(plan.targets).toHaveLength(1000);
  expect(new Set(plan.targets.flatMap(({tags}) => tags)).size).toBe(1000);
});

test(
  'whatever is changed in the file, there is a plan or a failure',
  {timeout: 20_000},
  async () => {
    const lines = samplePlan.yaml.split('\n');
    const pieces = fc.constantFrom(
      ...[
        '{version}',
        '{',
        '}}',
        '{matrix.cuda}',
        '{git.tag}',
        'target:cpu',
        'target:cuda',
        'gpu',
        'cpu',
      ],
      ...[
        'linux/arm64',
        '..',
        '/',
        '-',
        '*',
        '__proto__',
        'constructor',
        '""',
        'null',
        '[]',
        '{}',
        'app',
      ],
    );
    await fc.assert(
      fc.asyncProperty(
        fc.nat(lines.length - 1),
        fc.nat(60),
        fc.nat(12),
        pieces,
        async (row, at, cut, piece) => {
          const line = lines[row] ?? '';
          const changed = lines.with(row, line.slice(0, at) + piece + line.slice(at + cut));
          const made = await planOf({...samplePlan, yaml: changed.join('\n')});
          const sound = made.ok
            ? made.value.plan.targets.length > 0
            : ['invalid-matrix', 'invalid-usage'].includes(made.error.reason);
          expect(sound).toBe(true);
        },
      ),
      {numRuns: 200},
    );
  },
);
