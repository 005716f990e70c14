import {expect, test} from 'vitest';

import type {PlanOptions} from '../../../src/plan/make-plan.ts';
import {goodPlan, planFailure} from './plan-rig.ts';

const yaml = `
groups:
  gpu: [cuda, "jet*"]
  all: [gpu, face/cpu]
images:
  face:
    defaults: {platforms: [linux/amd64, linux/arm64]}
    targets:
      cpu: {}
      cuda: {matrix: {v: ["12.4", "12.6"]}, platforms: [linux/amd64]}
      jetson: {platforms: [linux/arm64], contexts: {base: "target:cpu"}}
  web:
    targets:
      cpu: {}
      edge: {contexts: {base: "target:face/cpu"}}
`;
const chosen = async (selectors: string[], options: Partial<PlanOptions> = {}) =>
  (await goodPlan({yaml, options: {selectors, ...options}})).plan.targets.map(({id}) => id);

test.each([
  [[], ['face/cpu', 'face/cuda-12.4', 'face/cuda-12.6', 'face/jetson', 'web/cpu', 'web/edge']],
  [['cpu'], ['face/cpu', 'web/cpu']],
  [['cuda'], ['face/cuda-12.4', 'face/cuda-12.6']],
  [['cuda-12.6'], ['face/cuda-12.6']],
  [['web'], ['face/cpu', 'web/cpu', 'web/edge']],
  [['face/cuda'], ['face/cuda-12.4', 'face/cuda-12.6']],
  [['cuda-*'], ['face/cuda-12.4', 'face/cuda-12.6']],
  [['face/{cpu,cuda-12.4}'], ['face/cpu', 'face/cuda-12.4']],
  [['gpu'], ['face/cpu', 'face/cuda-12.4', 'face/cuda-12.6', 'face/jetson']],
  [
    ['jetson', 'cuda-12.4'],
    ['face/cpu', 'face/cuda-12.4', 'face/jetson'],
  ],
])('%j means %j', async (selectors, ids) => {
  expect(await chosen(selectors)).toEqual(ids);
});

test('without words the group `default` is meant', async () => {
  const made = await goodPlan({yaml: yaml.replace('  all:', '  default:')});
  expect(made.plan.targets.map(({id}) => id)).toEqual([
    'face/cpu',
    'face/cuda-12.4',
    'face/cuda-12.6',
    'face/jetson',
  ]);
});

test('platforms are kept or dropped, also of what is built on', async () => {
  const made = await goodPlan({yaml, options: {selectors: ['face'], platforms: ['aarch64']}});
  expect(made.plan.targets.map(({id, platforms}) => [id, platforms])).toEqual([
    ['face/cpu', ['linux/arm64']],
    ['face/jetson', ['linux/arm64']],
  ]);
});

test.each([
  [{selectors: ['cdua']}, 'no target, image or group is called `cdua`\nhelp: did you mean `cuda`?'],
  [
    {selectors: ['x*']},
    'no target, image or group is called `x*`\nhelp: `build-matrix list` shows what there is',
  ],
  [
    {selectors: ['cuda'], platforms: ['arm64']},
    '--platform linux/arm64: no chosen target is built for it\nhelp: they are built for linux/amd64',
  ],
  [
    {platforms: ['amd46']},
    '--platform amd46: unknown platform `amd46`\nhelp: did you mean `linux/amd64`?',
  ],
])('%j is refused', async (options, message) => {
  expect(await planFailure({yaml, options})).toBe(message);
});

test('unknown members and circles of groups are located', async () => {
  expect(
    await planFailure({
      yaml: 'groups: {a: [b], b: [a, cqu]}\nimages: {face: {targets: {cpu: {}}}}',
    }),
  ).toBe(`error: groups go round in a circle: a -> b -> a
 --> matrix.yml:2:22
  |
2 | groups: {a: [b], b: [a, cqu]}
  |                      ^
error: no target, image or group is called \`cqu\`
 --> matrix.yml:2:25
  |
2 | groups: {a: [b], b: [a, cqu]}
  |                         ^^^
help: did you mean \`cpu\`?`);
});
