import fc from 'fast-check';
import {expect, test} from 'vitest';

import {defaultName, targetName} from '../../../src/plan/target-names.ts';
import {goodPlan, planFailure, sampleGit} from './plan-rig.ts';

const idsOf = async (yaml: string) => (await goodPlan({yaml})).plan.targets.map(({id}) => id);

test('axis values that fit into a tag become part of the name', async () => {
  expect(
    await idsOf(`
images:
  face:
    targets:
      cuda: {matrix: {cuda: ["12.4", "12.6"], py: [3, 4], exclude: [{cuda: "12.4", py: 4}]}}
      jetson: {matrix: {include: [{jetpack: "6", base: "dustynv/l4t:r36"}]}}
`),
  ).toEqual(['face/cuda-12.4-3', 'face/cuda-12.6-3', 'face/cuda-12.6-4', 'face/jetson-6']);
});

test('a name template is expanded', async () => {
  expect(
    await idsOf(
      'images: {face: {targets: {cuda: {name: "gpu{matrix.v}-{accelerator}", accelerator: cuda, matrix: {v: [1, 2]}}}}}',
    ),
  ).toEqual(['face/gpu1-cuda', 'face/gpu2-cuda']);
});

test('names are made of name characters whatever the values are', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), {maxLength: 3}), (values) => {
      const cell = new Map(values.map((value, index) => [String(index), value]));
      expect(defaultName('key', cell)).toMatch(/^key(-[A-Za-z0-9_.-]{1,32})*$/);
      expect(targetName.test(defaultName('k', cell).slice(0, 100))).toBe(true);
    }),
  );
});

test('names that are not unique propose a template', async () => {
  const yaml = `images:
  face:
    targets:
      jetson:
        tags: ["{matrix.n}"]
        matrix: {include: [{n: 1, base: a/b}, {n: 1, base: c/d}]}
`;
  expect(await planFailure({yaml}))
    .toBe(`error: several combinations of \`jetson\` are called \`jetson-1\`
 --> matrix.yml:5:7
  |
5 |       jetson:
  |       ^^^^^^
help: give each combination a short value of its own, say \`id\`, and write \`name: "jetson-{matrix.id}"\``);
});

test('without tags a target is tagged by version and name', async () => {
  const made = await goodPlan({yaml: 'images: {face: {targets: {cpu: {}}}}', git: sampleGit});
  expect(made.plan.targets[0]?.tags).toEqual(['face:1.4.2-cpu']);
});

test.each([
  [{version: '2.0.0'}, '2.0.0'],
  [{}, '1.4.2'],
])('the version is the option, or else the tag of the commit: %j', async (options, version) => {
  const made = await goodPlan({
    yaml: 'images: {face: {targets: {cpu: {}}}}',
    git: sampleGit,
    options,
  });
  expect(made.plan.version).toBe(version);
});

test.each([
  ['{type: docker-hub, namespace: acme}', 'docker.io/acme/face:1'],
  [
    '{type: ecr, account: "123456789012", region: eu-west-1}',
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com/face:1',
  ],
  [
    '{type: ecr, account: "123456789012", region: cn-north-1, namespace: a/b}',
    '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/a/b/face:1',
  ],
  ['{type: ecr-public, alias: x1}', 'public.ecr.aws/x1/face:1'],
  ['{type: ghcr, owner: acme}', 'ghcr.io/acme/face:1'],
  [
    '{type: oci, url: "http://localhost:5000/", namespace: "{vars.team}"}',
    'localhost:5000/vision/face:1',
  ],
])('registry %s', async (registry, reference) => {
  const made = await goodPlan({
    yaml: `vars: {team: vision}\nregistries: {r: ${registry}}\nimages: {f: {repository: face, targets: {cpu: {tags: ["1"], registries: [r]}}}}`,
  });
  expect(made.plan.targets[0]?.tags).toEqual([reference]);
});

test('registries of the command line replace those of the file', async () => {
  const yaml =
    'registries: {hub: {type: docker-hub, namespace: acme}, g: {type: ghcr, owner: acme}}\nimages: {face: {targets: {cpu: {tags: ["1"], registries: [hub]}}}}';
  const made = await goodPlan({yaml, options: {registries: ['g', 'localhost:5000/team/']}});
  expect(made.plan.targets[0]?.tags).toEqual(['ghcr.io/acme/face:1', 'localhost:5000/team/face:1']);
  expect(await planFailure({yaml, options: {registries: ['hib']}})).toBe(
    '--registry hib: no registry of this name, and not a host\nhelp: did you mean `hub`?',
  );
});

test('invalid and doubly claimed tags, and unknown registries, are located', async () => {
  const failure = await planFailure({
    yaml: `registries: {hub: {type: docker-hub, namespace: acme}}
images:
  face:
    targets:
      cpu: {tags: ["{version}", "{git.branch}-{target}-${'x'.repeat(120)}"]}
      cuda: {tags: ["1.4.2"], registries: []}
      jetson: {tags: ["{matrix.base}"], registries: [hubb], matrix: {base: [a/b]}}
`,
    git: sampleGit,
  });
  expect(failure).toContain(
    'error: tag `feature-fast-small-cpu-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…` has 143 characters\n',
  );
  expect(failure).toContain(`error: \`face/cpu\` and \`face/cuda\` both claim the tag \`face:1.4.2\`
 --> matrix.yml:7:21`);
  expect(failure).toContain('error: invalid tag `a/b`\n --> matrix.yml:8:23');
  expect(failure).toContain('error: no registry is called `hubb`\n --> matrix.yml:8:54');
});
