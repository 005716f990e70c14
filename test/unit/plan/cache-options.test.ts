import {expect, test} from 'vitest';

import type {PlanOptions} from '../../../src/plan/plan-options.ts';
import {goodPlan, optionValues, planWarnings} from './plan-rig.ts';

const registries = 'registries: {local: {type: oci, url: localhost:5000}}\n';
const yamlOf = (cache: string, more = 'registries: [local]') =>
  `${registries}images: {face: {targets: {cuda: {tags: ["1"], matrix: {v: ["12.6"]}, ${more}, cache: ${cache}}}}}`;

async function cachesOf(
  cache: string,
  more?: string,
  output: PlanOptions['output'] = {kind: 'push'},
) {
  const made = await goodPlan({
    yaml: yamlOf(cache, more),
    options: {matrixFile: 'ci/matrix.yml', output},
    files: {'ci/Dockerfile': 'FROM scratch\n'},
  });
  return {
    from: optionValues(made, 'face/cuda-12.6', '--cache-from'),
    to: optionValues(made, 'face/cuda-12.6', '--cache-to'),
  };
}

test.each([
  [
    '{type: registry, mode: max}',
    ['type=registry,ref=localhost:5000/face:cache-cuda-12.6'],
    ['type=registry,ref=localhost:5000/face:cache-cuda-12.6,mode=max,ignore-error=true'],
  ],
  [
    '{type: registry, ref: "r/c:{target}", readOnly: true}',
    ['type=registry,ref=r/c:cuda-12.6'],
    [],
  ],
  [
    '{type: local}',
    ['type=local,src=ci/.build-matrix/cache/face/cuda-12.6'],
    ['type=local,dest=ci/.build-matrix/cache/face/cuda-12.6,ignore-error=true'],
  ],
  [
    '{type: gha, mode: min}',
    ['type=gha,scope=face-cuda-12.6'],
    ['type=gha,scope=face-cuda-12.6,mode=min,ignore-error=true'],
  ],
  ['{type: inline}', ['type=registry,ref=localhost:5000/face:1'], ['type=inline']],
  [
    '[{type: gha, scope: s}, {type: inline}]',
    ['type=gha,scope=s', 'type=registry,ref=localhost:5000/face:1'],
    ['type=gha,scope=s,ignore-error=true', 'type=inline'],
  ],
])('%s', async (cache, from, to) => {
  expect(await cachesOf(cache)).toEqual({from, to});
});

test.each([{kind: 'oci', folder: 'out'}, {kind: 'load'}] as const)(
  'a run for $kind writes no registry cache, and reads it',
  async (output) => {
    const place = 'type=registry,ref=localhost:5000/face:cache-cuda-12.6';
    expect(await cachesOf('{type: registry}', undefined, output)).toEqual({from: [place], to: []});
    expect(await cachesOf('{type: registry, ref: "r/c"}', undefined, output)).toEqual({
      from: ['type=registry,ref=r/c'],
      to: [],
    });
    const {to} = await cachesOf('[{type: gha}, {type: local}, {type: inline}]', undefined, output);
    expect(to.map((cache) => cache.split(',')[0])).toEqual([
      'type=gha',
      'type=local',
      'type=inline',
    ]);
  },
);

test('a registry cache without a registry is left out, and said', async () => {
  const yaml = yamlOf('{type: registry}', 'registries: []');
  expect(optionValues(await goodPlan({yaml}), 'face/cuda-12.6', '--cache-to')).toEqual([]);
  expect(await planWarnings({yaml})).toContain(
    'warning: the registry cache of `face/cuda-12.6` has no place: the image goes to no registry\n',
  );
});

test('a cache that several targets write is pointed out', async () => {
  const yaml =
    'images: {face: {targets: {a: {}, b: {}}, defaults: {cache: [{type: gha, scope: x}, {type: inline}]}}}';
  expect(await planWarnings({yaml})).toContain(
    'warning: `face/a` and `face/b` write the same cache, of which the last one stays\n --> matrix.yml:2:61\n',
  );
  const own = yaml.replace('scope: x', 'scope: "x-{target}"');
  expect(await planWarnings({yaml: own})).toBe('');
});

test('an inline cache that is also named on its own is read once', async () => {
  const {from} = await cachesOf(
    '[{type: registry, ref: "localhost:5000/face:1", readOnly: true}, {type: inline}]',
  );
  expect(from).toEqual(['type=registry,ref=localhost:5000/face:1']);
});

test.each([
  ['{type: registry, ref: "r/c", mode: max}', 'type=registry,ref=r/c:latest-linux-arm64,mode=max'],
  ['{type: registry, ref: "h:5/c:{target}"}', 'type=registry,ref=h:5/c:cuda-12.6-linux-arm64'],
  ['{type: local}', 'type=local,dest=ci/.build-matrix/cache/face/cuda-12.6-linux-arm64'],
  ['{type: gha, scope: s}', 'type=gha,scope=s-linux-arm64'],
])('%s of some platforms only has a place of its own', async (cache, to) => {
  const made = await goodPlan({
    yaml: yamlOf(cache, 'registries: [local], platforms: [linux/amd64, linux/arm64]'),
    options: {matrixFile: 'ci/matrix.yml', platforms: ['linux/arm64'], output: {kind: 'push'}},
    files: {'ci/Dockerfile': 'FROM scratch\n'},
  });
  expect(optionValues(made, 'face/cuda-12.6', '--cache-to')).toEqual([`${to},ignore-error=true`]);
  expect(optionValues(made, 'face/cuda-12.6', '--cache-from')).toHaveLength(2);
});
