import {expect, test} from 'vitest';

import type {PlanOptions} from '../../../src/plan/plan-options.ts';
import {goodPlan, planFailure, planWarnings} from './plan-rig.ts';

const yaml = `registries: {a: {type: oci, url: http://localhost:5000}, b: {type: ghcr, owner: acme}}
defaults: {registries: [a, b]}
images:
  face:
    targets:
      cpu: {platforms: [linux/amd64, linux/arm64], tags: ["1", "1-cpu"]}
      cuda: {platforms: [linux/amd64], tags: ["1-cuda"]}
      jetson: {platforms: [linux/arm64], tags: []}
    indexes:
      1-gpu: {targets: [cuda, jetson], annotations: {org.example.by: "{version}"}}
`;
const push: Partial<PlanOptions> = {output: {kind: 'push'}, version: '1.0'};

test('tags and indexes are moved in every repository, after everything has been built', async () => {
  const {plan} = await goodPlan({yaml, options: push});
  expect(
    plan.publications.map((one) => (one.kind === 'tags' ? one.commands.map(({args}) => args) : [])),
  ).toEqual(
    ['localhost:5000/face', 'ghcr.io/acme/face']
      .flatMap((repository) => [
        {
          order: 0,
          args: [
            ...['buildx', 'imagetools', 'create', '--prefer-index=false'],
            ...['--tag', `${repository}:1`, '--tag', `${repository}:1-cpu`],
            `${repository}@{digest:face/cpu}`,
          ],
        },
        {
          order: 1,
          args: [
            ...['buildx', 'imagetools', 'create', '--prefer-index=false'],
            ...['--tag', `${repository}:1-cuda`, `${repository}@{digest:face/cuda}`],
          ],
        },
        {
          order: 2,
          args: [
            ...['buildx', 'imagetools', 'create', '--prefer-index=false'],
            ...['--annotation', 'index:org.example.by=1.0', '--tag', `${repository}:1-gpu`],
            `${repository}@{digest:face/cuda}`,
            `${repository}@{digest:face/jetson}`,
          ],
        },
      ])
      .toSorted((a, b) => a.order - b.order)
      .map(({args}) => [args]),
  );
});

test('a tag never loses a platform: what is incomplete stays as it is, and it is said', async () => {
  const options = {...push, platforms: ['arm64']};
  const {plan} = await goodPlan({yaml, options});
  expect(plan.publications).toEqual([]);
  expect((await planWarnings({yaml, options})).match(/^(?:warning|help): .*$/gmu)).toEqual([
    'warning: `face/cpu` is built without linux/amd64: it is pushed by digest, and its tags stay as they are',
    'help: build all of its platforms, or mean it: --set cpu.platforms=linux/arm64',
    'warning: the index `face:1-gpu` stays as it is: it also needs face/cuda',
    'help: build these too: cuda',
  ]);
});

test('targets of which none is in an index leave it alone, without a word', async () => {
  const options = {...push, selectors: ['cpu']};
  const {plan} = await goodPlan({yaml, options});
  expect(plan.publications.map(({of}) => of)).toEqual(['face/cpu', 'face/cpu']);
  expect(await planWarnings({yaml, options})).toBe('');
});

test('a builder with the docker driver keeps images, and docker pushes their tags', async () => {
  const made = await goodPlan({yaml, options: {...push, selectors: ['cpu']}});
  const routed = made.routed(() => ({builder: null, isApart: false, through: 'store'}));
  const {plan} = routed.ok ? routed.value : made;
  expect(plan.targets[0]?.command.args.slice(-4)).toEqual([
    ...['--tag', 'ghcr.io/acme/face:1-cpu', '--load', '.'],
  ]);
  expect(
    plan.publications.flatMap((one) =>
      one.kind === 'tags' ? one.commands.map(({args}) => args) : [],
    ),
  ).toEqual([
    ['push', '--quiet', 'localhost:5000/face:1'],
    ['push', '--quiet', 'localhost:5000/face:1-cpu'],
    ['push', '--quiet', 'ghcr.io/acme/face:1'],
    ['push', '--quiet', 'ghcr.io/acme/face:1-cpu'],
  ]);
});

test('an index of layouts is a layout of its own', async () => {
  const {plan} = await goodPlan({yaml, options: {version: '1.0'}});
  expect(plan.publications).toEqual([
    {
      kind: 'layout',
      of: 'face:1-gpu',
      tag: '1-gpu',
      folder: '.build-matrix/images/indexes/face/1-gpu',
      builds: [
        {id: 'face/cuda', folder: '.build-matrix/images/face/cuda'},
        {id: 'face/jetson', folder: '.build-matrix/images/face/jetson'},
      ],
      annotations: {'org.example.by': '1.0'},
    },
  ]);
});

test('an index joins images of one repository', async () => {
  const text = yaml.replace('tags: ["1-cuda"]', 'tags: ["1-cuda"], registries: [b]');
  expect(await planFailure({yaml: text, options: push})).toContain(
    'error: `face/cuda` goes to ghcr.io/acme/face, but `face/jetson` to localhost:5000/face, ghcr.io/acme/face',
  );
});
