import {expect, test} from 'vitest';

import type {PlanOptions} from '../../../src/plan/make-plan.ts';
import {goodPlan, optionValues, planFailure, type PlanCase} from './plan-rig.ts';

const yaml = `
registries: {local: {type: oci, url: localhost:5000}}
images:
  face:
    targets:
      app: {contexts: {base: "target:base"}, tags: [app]}
      base: {tags: [one, two]}
`;
const plan = (options: Partial<PlanOptions>) => goodPlan({yaml, options});

test('what is built on comes first and is read from its OCI layout', async () => {
  const made = await plan({});
  expect(made.plan.targets.map(({id, dependsOn, layouts}) => ({id, dependsOn, layouts}))).toEqual([
    {id: 'face/base', dependsOn: [], layouts: ['.build-matrix/images/face/base']},
    {id: 'face/app', dependsOn: ['face/base'], layouts: ['.build-matrix/images/face/app']},
  ]);
  expect(optionValues(made, 'face/app', '--build-context')).toEqual([
    'base=oci-layout://.build-matrix/images/face/base:one',
  ]);
});

test('what is loaded gets a layout beside, for the targets that need it', async () => {
  const made = await plan({output: {kind: 'load'}});
  expect(optionValues(made, 'face/base', '--output')).toEqual([
    'type=oci,tar=false,dest=.build-matrix/linked/face/base',
  ]);
  expect(made.plan.targets.map(({command}) => command.args.includes('--load'))).toEqual([
    true,
    true,
  ]);
  expect(made.plan.targets.map(({output}) => output)).toEqual([{kind: 'load'}, {kind: 'load'}]);
  expect(made.plan.targets[1]?.layouts).toEqual([]);
  expect(optionValues(made, 'face/app', '--build-context')).toEqual([
    'base=oci-layout://.build-matrix/linked/face/base:one',
  ]);
});

test('what is pushed is read from its registry, which works on every builder', async () => {
  const made = await plan({output: {kind: 'push'}, registries: ['local']});
  expect(optionValues(made, 'face/app', '--build-context')).toEqual([
    'base=docker-image://localhost:5000/face@{digest:face/base}',
  ]);
  expect(optionValues(made, 'face/base', '--output')).toEqual([
    'type=image,name=localhost:5000/face,push=true,push-by-digest=true,name-canonical=true',
  ]);
  expect(optionValues(made, 'face/base', '--tag')).toEqual([]);
});

test('a push needs a registry and a tag', async () => {
  expect(await planFailure({yaml, options: {output: {kind: 'push'}}})).toBe(
    '--push: `face/base` goes to no registry\nhelp: name one with --registry, or with `registries` in matrix.yml',
  );
  expect(
    await planFailure({
      yaml: 'images: {face: {targets: {cpu: {tags: []}}}}',
      options: {output: {kind: 'push'}, registries: ['localhost:1']},
    }),
  ).toContain('error: `face/cpu` has no tag to be pushed under\n --> matrix.yml:2:32');
});

const helper: PlanCase = {
  yaml: `
images:
  face:
    targets:
      app: {contexts: {base: "target:base"}, tags: ["{version}"]}
      base: {tags: []}
    indexes: {}
`,
  options: {output: {kind: 'push'}, registries: ['localhost:1', 'localhost:2']},
};

test('what only another target needs has no tag, and is pushed by digest', async () => {
  const made = await goodPlan(helper);
  expect(optionValues(made, 'face/base', '--output')).toEqual([
    'type=image,"name=localhost:1/face,localhost:2/face",push=true,push-by-digest=true,name-canonical=true',
  ]);
  expect(optionValues(made, 'face/app', '--build-context')).toEqual([
    'base=docker-image://localhost:1/face@{digest:face/base}',
  ]);
  expect(made.plan.publications.map(({of}) => of)).toEqual(['face/app', 'face/app']);
  expect(
    await planFailure({...helper, options: {...helper.options, selectors: ['base']}}),
  ).toContain('help: give it `tags`: nothing that is built here builds on it or joins it');
});

test('docker keeps no image without a tag: there it is a layout, which no index can have', async () => {
  const stored = () => ({builder: null, isApart: false, through: 'store' as const});
  const routed = (await goodPlan(helper)).routed(stored);
  const [base, app] = routed.ok ? routed.value.plan.targets : [];
  expect(base?.output).toEqual({kind: 'oci', folder: '.build-matrix/linked/face/base'});
  expect(base?.command.args.includes('--load')).toBe(false);
  expect(app?.command.args).toContain('base=oci-layout://.build-matrix/linked/face/base:latest');

  const joined = helper.yaml.replace('indexes: {}', 'indexes: {all: [base]}');
  const refused = (await goodPlan({...helper, yaml: joined})).routed(stored);
  const errors = refused.ok ? [] : refused.error.diagnostics;
  expect(errors.filter(({severity}) => severity === 'error')).toMatchObject([
    {suggestion: 'give it `tags`: the docker driver pushes nothing without'},
  ]);
});

test('unknown targets, missing platforms and circles are located', async () => {
  expect(
    await planFailure({
      files: {Dockerfile: 'FROM x\n'},
      yaml: `images:
  face:
    targets:
      a: {contexts: {x: "target:b"}, platforms: [linux/amd64, linux/arm64]}
      b: {contexts: {x: "target:a"}, platforms: [linux/amd64]}
      c: {contexts: {x: "target:cdua"}}
      d: {contexts: {x: "target:cuda"}}
      cuda: {matrix: {v: [1, 2]}}
`,
    }),
  ).toBe(`error: \`face/a\` builds on \`face/b\`, which is not built for linux/arm64
 --> matrix.yml:5:25
  |
5 |       a: {contexts: {x: "target:b"}, platforms: [linux/amd64, linux/arm64]}
  |                         ^^^^^^^^^^
help: add linux/arm64 to the platforms of \`face/b\`
error: targets build on each other in a circle: face/a -> face/b -> face/a
 --> matrix.yml:5:25
  |
5 |       a: {contexts: {x: "target:b"}, platforms: [linux/amd64, linux/arm64]}
  |                         ^^^^^^^^^^
help: drop one of these contexts
error: no target is called \`cdua\`
 --> matrix.yml:7:33
  |
7 |       c: {contexts: {x: "target:cdua"}}
  |                                 ^^^^
help: write NAME for a target of the same image, or IMAGE/NAME
error: \`cuda\` is 2 targets, and a context is one
 --> matrix.yml:8:33
  |
8 |       d: {contexts: {x: "target:cuda"}}
  |                                 ^^^^
help: write one of them: cuda-1, cuda-2`);
});
