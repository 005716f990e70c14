import {expect, test} from 'vitest';

import type {Assign} from '../../../src/plan/assign-builders.ts';
import type {MadePlan} from '../../../src/plan/make-plan.ts';
import {goodPlan, optionValues, type PlanCase} from './plan-rig.ts';

const twoBuilders = {
  files: {Dockerfile: 'FROM scratch AS base\nFROM base\n'},
  yaml: `registries: {local: {type: oci, url: localhost:5000}}
builders: [{platform: linux/arm64, builder: arm}, {builder: fast}]
images:
  face:
    defaults: {platforms: [linux/amd64, linux/386, linux/arm64]}
    targets:
      base: {registries: [local], cache: {type: registry}, annotations: {"index,manifest:a": x, "index:b": y}}
      app: {platforms: [linux/arm64], contexts: {base: "target:base"}}
      all: {platforms: [arm64, amd64], contexts: {base: "target:base"}}
`,
};

const partsOf = async (planCase: PlanCase) =>
  (await goodPlan(planCase)).plan.targets.map(({id, part, platforms, builder, dependsOn}) => ({
    ...{id, part, platforms, builder, dependsOn},
  }));

test('the platforms of a target go to the builders of their routes, one build each', async () => {
  expect(await partsOf({...twoBuilders})).toEqual([
    {
      ...{id: 'face/base@linux-amd64', part: 'linux/amd64', builder: 'fast', dependsOn: []},
      platforms: ['linux/amd64', 'linux/386'],
    },
    {
      ...{id: 'face/base@linux-arm64', part: 'linux/arm64', builder: 'arm', dependsOn: []},
      platforms: ['linux/arm64'],
    },
    {
      ...{id: 'face/app', part: null, platforms: ['linux/arm64'], builder: 'arm'},
      dependsOn: ['face/base@linux-arm64'],
    },
    {
      ...{id: 'face/all@linux-arm64', part: 'linux/arm64', builder: 'arm'},
      ...{platforms: ['linux/arm64'], dependsOn: ['face/base@linux-arm64']},
    },
    {
      ...{id: 'face/all@linux-amd64', part: 'linux/amd64', builder: 'fast'},
      ...{platforms: ['linux/amd64'], dependsOn: ['face/base@linux-amd64']},
    },
  ]);
});

test('--builder overrules every route, and one chosen platform is a whole build', async () => {
  const one = await partsOf({...twoBuilders, options: {builder: 'mine'}});
  expect(one.map(({id, builder}) => `${id} ${builder}`)).toEqual([
    'face/base mine',
    'face/app mine',
    'face/all mine',
  ]);
  const arm = await partsOf({...twoBuilders, options: {platforms: ['arm64']}});
  expect(arm.map(({id, builder}) => `${id} ${builder}`)).toEqual([
    'face/base arm',
    'face/app arm',
    'face/all arm',
  ]);
});

test('a part has files, a layout and caches of its own, and reads the cache of the whole', async () => {
  const made = await goodPlan({...twoBuilders});
  const [amd, arm, app] = made.plan.targets;
  expect(arm?.metadataFile).toBe('.build-matrix/work/face/base@linux-arm64.json');
  expect([amd?.layouts, arm?.layouts]).toEqual([
    ['.build-matrix/images/face/base+linux-amd64'],
    ['.build-matrix/images/face/base+linux-arm64'],
  ]);
  expect(optionValues(made, app?.id ?? '', '--build-context')).toEqual([
    'base=oci-layout://.build-matrix/images/face/base+linux-arm64:dev-base',
  ]);
  const cache = 'type=registry,ref=localhost:5000/face:cache-base';
  expect(optionValues(made, 'face/base@linux-arm64', '--cache-from')).toEqual([
    `${cache}-linux-arm64`,
    cache,
  ]);
  const local = {...twoBuilders, yaml: twoBuilders.yaml.replace('type: registry', 'type: local')};
  expect(optionValues(await goodPlan(local), 'face/base@linux-arm64', '--cache-to')).toEqual([
    'type=local,dest=.build-matrix/cache/face/base-linux-arm64,ignore-error=true',
  ]);
});

test('annotations of the index are left to the index that joins the parts', async () => {
  const made = await goodPlan({...twoBuilders});
  expect(optionValues(made, 'face/base@linux-arm64', '--annotation')).toEqual(['manifest:a=x']);
  const whole = await goodPlan({...twoBuilders, options: {builder: 'mine'}});
  expect(optionValues(whole, 'face/base', '--annotation')).toEqual([
    'index,manifest:a=x',
    'index:b=y',
  ]);
});

test('parts that are loaded have tags of their own', async () => {
  const made = await goodPlan({...twoBuilders, options: {output: {kind: 'load'}}});
  expect(made.plan.targets.map(({tags}) => tags[0])).toEqual([
    'localhost:5000/face:dev-base-linux-amd64',
    'localhost:5000/face:dev-base-linux-arm64',
    'face:dev-app',
    'face:dev-all-linux-arm64',
    'face:dev-all-linux-amd64',
  ]);
});

const routed = (made: MadePlan, assign: Assign) => {
  const again = made.routed(assign);
  if (!again.ok) throw new Error(again.error.diagnostics.map(({message}) => message).join());
  return again.value;
};

test('a plan can be routed anew: split further, or for bake without parts', async () => {
  const made = await goodPlan({...twoBuilders});
  const split = routed(made, (platform) =>
    platform === 'linux/386' ? undefined : {builder: 'nodes', isApart: true, through: 'digest'},
  );
  expect(split.plan.targets.map(({id, platforms}) => [id, ...platforms])).toEqual([
    ['face/base@linux-amd64', 'linux/amd64'],
    ['face/base@linux-arm64', 'linux/arm64'],
    ['face/app', 'linux/arm64'],
    ['face/all@linux-arm64', 'linux/arm64'],
    ['face/all@linux-amd64', 'linux/amd64'],
  ]);
  expect(split.plan.fingerprint).not.toBe(made.plan.fingerprint);
});

const push = {output: {kind: 'push'}, registries: ['localhost:5000']} as const;

test('tags of a target of several builds are one index of them, with its annotations', async () => {
  const {plan} = await goodPlan({...twoBuilders, options: {...push, selectors: ['base']}});
  expect(plan.publications.map((one) => one.kind === 'tags' && one.commands[0]?.args)).toEqual([
    [
      ...['buildx', 'imagetools', 'create', '--builder=fast', '--prefer-index=false'],
      ...['--annotation', 'index:a=x', '--annotation', 'index:b=y'],
      ...['--tag', 'localhost:5000/face:dev-base'],
      'localhost:5000/face@{digest:face/base@linux-amd64}',
      'localhost:5000/face@{digest:face/base@linux-arm64}',
    ],
  ]);
});

test('layouts of a target of several builds are joined to one', async () => {
  const {plan} = await goodPlan({...twoBuilders, options: {selectors: ['base']}});
  expect(plan.publications).toEqual([
    {
      ...{kind: 'layout', of: 'face/base', tag: 'dev-base', annotations: {a: 'x', b: 'y'}},
      folder: '.build-matrix/images/face/base',
      builds: [
        {id: 'face/base@linux-amd64', folder: '.build-matrix/images/face/base+linux-amd64'},
        {id: 'face/base@linux-arm64', folder: '.build-matrix/images/face/base+linux-arm64'},
      ],
    },
  ]);
});

test('the docker driver cannot push a part', async () => {
  const made = await goodPlan({...twoBuilders, options: push});
  const again = made.routed((platform) => ({
    ...{builder: platform, isApart: false},
    through: platform === 'linux/arm64' ? 'store' : 'digest',
  }));
  expect(again.ok ? [] : again.error.diagnostics.map(({message}) => message)).toEqual([
    '`face/base@linux-arm64` is built by the docker driver, which cannot push a part of an image',
    '`face/all@linux-arm64` is built by the docker driver, which cannot push a part of an image',
  ]);
});

test('a platform that nobody builds leaves the tags of its targets where they are', async () => {
  const made = await goodPlan({...twoBuilders, options: push});
  const {plan, warnings} = routed(made, (platform) =>
    platform === 'linux/386' ? undefined : {builder: null, isApart: false, through: 'digest'},
  );
  expect(plan.publications.map(({of}) => of)).toEqual(['face/app', 'face/all']);
  expect(warnings.map(({message}) => message)).toEqual([
    '`face/base` is built without linux/386: it is pushed by digest, and its tags stay as they are',
  ]);
});
