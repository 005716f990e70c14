import {expect, test} from 'vitest';

import {planFailure} from './plan-rig.ts';

/** The first line of each error. */
const errorsOf = async (yaml: string): Promise<readonly string[]> => {
  const files = {'base.Dockerfile': 'ARG BASE\nFROM $BASE\n'};
  const text = await planFailure({yaml, files: {...files, Dockerfile: 'FROM x\n'}});
  return text.split('\n').filter((line) => line.startsWith('error: '));
};

test('nothing is said of a Dockerfile, a platform or an index that follows from an unknown template', async () => {
  expect(
    await errorsOf(`images:
  app:
    targets:
      a: {extends: gpuu, dockerfile: none, platforms: [linux/arm64], accelerator: cpu}
      b: {contexts: {x: "target:c"}, platforms: [linux/arm64]}
      c: {extends: gpuu}
      d: {dockerfile: base.Dockerfile, args: {BASE: "{vars.no}"}}
      e: {}
    indexes: {all: [c, e]}
`),
  ).toEqual([
    'error: `gpuu` is neither a template nor a target of image `app`',
    'error: `gpuu` is neither a template nor a target of image `app`',
    'error: unknown placeholder `{vars.no}`',
  ]);
});

test('a target that could not be named is not missed elsewhere', async () => {
  expect(
    await errorsOf(`groups: {g: [a]}
images:
  app:
    targets:
      a: {matrix: {v: [1], exclude: [{v: 1}]}}
      b: {contexts: {x: "target:c-1"}}
      c: {matrix: {v: [1]}, name: "c {matrix.v}"}
    indexes: {all: [b, c]}
`),
  ).toEqual([
    'error: every combination of the matrix is excluded, so that nothing would be built',
    'error: `c 1` cannot be the name of a target',
  ]);
});

test('errors in what decides nothing keep those of the Dockerfile company', async () => {
  expect(
    await errorsOf(
      'images: {app: {targets: {a: {tags: ["{who}"], stage: no, labels: {x: "{y}"}}}}}',
    ),
  ).toEqual([
    'error: unknown placeholder `{who}`',
    'error: Dockerfile has no stage `no`',
    'error: unknown placeholder `{y}`',
  ]);
});

test('a number for what has a form of its own is not only put into quotes', async () => {
  expect(
    await planFailure({yaml: 'images: {app: {targets: {a: {budget: {growth: 5}}}}}'}),
  ).toContain('error: `growth` must be text, found `5`\n --> matrix.yml:2:47\n');
  expect(
    await planFailure({yaml: 'images: {app: {targets: {a: {budget: {growth: 5}}}}}'}),
  ).toContain('help: write a share such as `5%`, or a size such as `200MB`');
});
