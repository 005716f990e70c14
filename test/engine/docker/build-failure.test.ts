import {rm} from 'node:fs/promises';
import {expect, test} from 'vitest';
import {explainBuildFailure} from '../../../src/docker/build-failure.ts';
import {build, folderWith} from './real-builds.ts';

async function failureOf(dockerfile: string, builder: string, ...args: readonly string[]) {
  const platforms = ['linux/arm64'];
  const folder = await folderWith({Dockerfile: dockerfile});
  const {exit, progress} = await build(folder, platforms, '--builder', builder, ...args);
  await rm(folder, {recursive: true});
  expect(exit.exitCode).toBe(1);
  const {failure} = explainBuildFailure({
    target: 'test/engine',
    platforms,
    dockerfile: {path: 'Dockerfile', text: dockerfile},
    progress,
    exit,
    logFile: 'log',
  });
  return failure;
}

test.each(['bm-one', 'default'])('%s: a failing step is located', async (builder) => {
  const dockerfile = 'FROM busybox:1.36 AS base\nRUN true\nRUN echo why && exit 7\n';
  expect(await failureOf(dockerfile, builder)).toMatchObject({
    message: 'process "/bin/sh -c echo why && exit 7" did not complete successfully: exit code: 7',
    platform: 'linux/arm64',
    stage: 'base',
    step: 'RUN echo why && exit 7',
    range: {line: 3, column: 1, text: 'RUN echo why && exit 7'},
    logTail: ['why'],
  });
});

test.each(['bm-one', 'default'])('%s: a missing file is explained', async (builder) => {
  expect(await failureOf('FROM busybox:1.36 AS base\nCOPY nothing /\n', builder)).toMatchObject({
    range: {line: 2},
    hint: 'nothing is not in the build context: check the path, and that .dockerignore does not exclude it',
  });
});
