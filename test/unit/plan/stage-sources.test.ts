import {expect, test} from 'vitest';

import type {PlanOptions} from '../../../src/plan/make-plan.ts';
import {goodPlan} from './plan-rig.ts';

const files = {
  Dockerfile: 'FROM python:3.12 AS build\nRUN make\nFROM busybox:1.36\nCOPY --from=build /x /y\n',
};

async function basesOf(contexts: string, options: Partial<PlanOptions> = {}) {
  const yaml = `images: {svc: {targets: {t: {dockerfile: T}, app: {contexts: ${contexts}}}}}`;
  const {plan} = await goodPlan({yaml, files: {...files, T: 'FROM scratch\n'}, options});
  return plan.targets.find(({id}) => id === 'svc/app')?.stages.map(({base}) => base);
}
const python = {kind: 'image', reference: 'python:3.12'};
const busybox = {kind: 'image', reference: 'busybox:1.36'};

test('a base that nothing replaces has no other source', async () => {
  expect(await basesOf('{}')).toEqual([python, busybox]);
});

test.each([
  ['"target:t"', 'svc/t'],
  ['"docker-image://quay.io/x:1"', 'quay.io/x:1'],
  ['"oci-layout://images:1"', 'oci-layout://images:1'],
])('a base that the context %s replaces is told as what it is', async (context, source) => {
  expect(await basesOf(`{"busybox:1.36": ${context}}`)).toEqual([
    python,
    {kind: 'context', name: 'busybox:1.36', source},
  ]);
});

test('a pushed target is told by its id, not by where it was pushed', async () => {
  const options: Partial<PlanOptions> = {output: {kind: 'push'}, registries: ['r.io']};
  expect(await basesOf('{"docker.io/library/busybox:1.36": "target:t"}', options)).toContainEqual({
    kind: 'context',
    name: 'busybox:1.36',
    source: 'svc/t',
  });
});

test('a base that comes from a mirror is told as there', async () => {
  expect(await basesOf('{}', {mirrors: {'docker.io': 'm.example'}})).toEqual([
    {...python, source: 'm.example/library/python:3.12'},
    {...busybox, source: 'm.example/library/busybox:1.36'},
  ]);
});

test('a stage that a context replaces has the context for its base', async () => {
  expect(await basesOf('{build: "docker-image://quay.io/x:1"}')).toEqual([
    {kind: 'context', name: 'build', source: 'quay.io/x:1'},
    busybox,
  ]);
});

test('a context that holds for one platform only is no source for all', async () => {
  expect(await basesOf('{"busybox:1.36::linux/arm64": "docker-image://quay.io/x:1"}')).toEqual([
    python,
    {kind: 'context', name: 'busybox:1.36'},
  ]);
});
