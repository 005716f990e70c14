import {expect, test} from 'vitest';

import type {PlannedTarget} from '../../../src/plan/build-plan.ts';
import {whyNotExported} from '../../../src/plan/stage-exports.ts';
import {goodPlan} from './plan-rig.ts';

async function targetOf(dockerfile: string, settings = '{}'): Promise<PlannedTarget> {
  const yaml = `images: {svc: {targets: {cpu: ${settings}}}}`;
  const {plan} = await goodPlan({yaml, files: {Dockerfile: dockerfile}});
  const [target] = plan.targets;
  if (target === undefined) throw new Error('no target');
  return target;
}

const exportsOf = ({stageExports}: PlannedTarget) =>
  stageExports.map(({stage, index, platforms}) => [stage, index, ...platforms]);

const dockerfile = `FROM a AS base
FROM base AS libs
RUN libs
FROM libs AS builder
RUN make
FROM a AS tools
FROM a AS tests
COPY --from=builder / /
FROM base
COPY --from=builder /x /x
COPY --from=libs /y /y
COPY --from=tools /z /z
`;

test('one for each stage that is used and not shipped, but not for what such a stage starts from', async () => {
  const target = await targetOf(dockerfile);
  expect(exportsOf(target)).toEqual([
    ['builder', 2, 'linux/amd64'],
    ['tools', 3, 'linux/amd64'],
  ]);
  expect(target.stageExports[0]).toMatchObject({
    metadataFile: '.build-matrix/work/svc/cpu.stage-2.metadata',
    command: {program: 'docker'},
  });
  expect(target.stageExports[0]?.command.args).toEqual([
    ...['buildx', 'build', '--progress=rawjson'],
    '--metadata-file=.build-matrix/work/svc/cpu.stage-2.metadata',
    ...['--file=Dockerfile', '--target=builder', '--platform=linux/amd64', '--provenance=false'],
    ...['--output', 'type=image,push=false,store=false', '.'],
  ]);
  expect(target.noStageExports).toBeNull();
});

test('only for the platforms that use the stage', async () => {
  const text =
    'FROM a AS one\nFROM a AS two\nFROM a AS base-amd64\nCOPY --from=one / /\nFROM a AS base-arm64\nCOPY --from=one / /\nCOPY --from=two / /\nFROM base-$TARGETARCH\n';
  const target = await targetOf(text, '{platforms: [linux/amd64, linux/arm64]}');
  expect(exportsOf(target)).toEqual([
    ['one', 0, 'linux/amd64', 'linux/arm64'],
    ['two', 1, 'linux/arm64'],
  ]);
});

test('none for a build without the cache, and why', async () => {
  const noStageExports =
    'it was built without the cache, so that what the cache holds need not be what the image was made from';
  for (const settings of ['{noCache: true}', '{noCacheStages: [builder]}']) {
    expect(await targetOf(dockerfile, settings)).toMatchObject({stageExports: [], noStageExports});
  }
  // Where there would be none anyway there is nothing to be said.
  expect(await targetOf('FROM a\n', '{noCache: true}')).toMatchObject({
    ...{stageExports: [], noStageExports: null},
  });
});

test('none for a stage that docker cannot be asked for', async () => {
  const text =
    'FROM a\nFROM a AS X\nFROM a AS x\nFROM a AS own\nFROM a AS unused\nFROM a\nCOPY --from=0 / /\nCOPY --from=1 / /\nCOPY --from=2 / /\nCOPY --from=own / /\n';
  const target = await targetOf(text, '{contexts: {own: "docker-image://b"}}');
  expect(exportsOf(target)).toEqual([['x', 2, 'linux/amd64']]);
  expect(target.stages.map((stage) => whyNotExported(stage, target.stages))).toEqual([
    'docker builds a stage by its name, and it has none: write `FROM … AS NAME`',
    'a later stage has the same name',
    null,
    'the named context `own` takes its place',
    'the build does not use it',
    'it is part of the image',
  ]);
});
