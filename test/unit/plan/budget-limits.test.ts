import {expect, test} from 'vitest';

import {goodPlan, planFailure} from './plan-rig.ts';

const dockerfile = 'FROM scratch AS base\nFROM base AS runtime\nCOPY a /\n';

const limitsOf = async (yaml: string, set: readonly string[] = []) => {
  const {plan} = await goodPlan({
    yaml,
    files: {Dockerfile: dockerfile},
    options: {set: [...set]},
  });
  return plan.targets.map(({budget}) => budget);
};

test('limits one by one in bytes, each with its place in matrix.yml', async () => {
  const [limits] = await limitsOf(`images:
  svc:
    targets:
      cpu:
        budget:
          compressed: 1.5GB
          growth: 5%
          stages:
            runtime: {unpacked: 2048, growth: 1MiB}
`);
  expect(limits?.map(({range, ...limit}) => ({...limit, line: range?.line}))).toEqual([
    {stage: null, limit: {of: 'compressed', bytes: 1_500_000_000}, written: '1.5GB', line: 7},
    {
      ...{stage: null, written: '5%', line: 8},
      limit: {of: 'growth', most: {kind: 'share', share: 0.05}},
    },
    {stage: 'runtime', limit: {of: 'unpacked', bytes: 2048}, written: '2048', line: 10},
    {
      ...{stage: 'runtime', written: '1MiB', line: 10},
      limit: {of: 'growth', most: {kind: 'bytes', bytes: 1_048_576}},
    },
  ]);
});

test('a target’s own budget replaces that of the defaults; placeholders are filled in', async () => {
  const yaml = `vars: {limit: 3GB}
defaults: {budget: {compressed: 1GB, unpacked: 2GB}}
images: {svc: {targets: {cpu: {}, cuda: {budget: {compressed: "{vars.limit}"}}}}}
`;
  expect((await limitsOf(yaml)).map((limits) => limits.map(({written}) => written))).toEqual([
    ['1GB', '2GB'],
    ['3GB'],
  ]);
});

test('a placeholder that makes no size is a problem at its place', async () => {
  expect(
    await planFailure({
      yaml: `vars: {limit: big}
images: {svc: {targets: {cpu: {budget: {compressed: "{vars.limit}"}}}}}
`,
    }),
  ).toBe(`error: \`big\` is not a size
 --> matrix.yml:3:53
  |
3 | images: {svc: {targets: {cpu: {budget: {compressed: "{vars.limit}"}}}}}
  |                                                     ^^^^^^^^^^^^^^
help: write a size such as \`3.5GB\` (powers of 1000) or \`512MiB\` (powers of 1024)`);
});

test('a target without a budget has no limits', async () => {
  expect(await limitsOf('images: {svc: {targets: {cpu: {}}}}\n')).toEqual([[]]);
});
