import {afterAll, afterEach, beforeAll, beforeEach, expect, test} from 'vitest';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import type {BuildRecord} from '../../src/records/build-record.ts';
import {killSecondNode, reviveNodes} from '../rig/buildkit-node.ts';
import {realCommand, type RealCommand} from '../rig/real-command.ts';

let command: RealCommand;
let salt = '';
beforeAll(async () => {
  command = await realCommand({
    Dockerfile: 'FROM busybox:1.36\nARG SALT\nRUN echo $SALT; sleep 6; echo $SALT > /salt\n',
    Quick: 'FROM busybox:1.36\nARG SALT\nRUN echo $SALT > /quick\n',
  });
});
beforeEach(() => {
  salt = String(Date.now());
});
afterEach(reviveNodes);
afterAll(() => command.close());

const buildOn = async (builders: string, args: readonly string[] = []) => {
  await writeFile(
    join(command.folder, 'matrix.yml'),
    `version: 1
builders: [${builders}]
defaults: {args: {SALT: "${salt}"}}
images: {face: {targets: {slow: {}, quick: {dockerfile: Quick}, other: {dockerfile: Quick, contexts: {"busybox:1.36": "target:slow"}}}}}
`,
  );
  return command.run(['build', '--verbose', ...args]);
};

/** Waits until a step of the newest run has begun to wait. */
const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1000));

const outcomes = ({targets}: BuildRecord) =>
  targets.map(({id, builder, outcome}) => `${id} ${builder} ${outcome}`);

test('a builder that dies costs its running builds, which another one takes over', async () => {
  const ending = buildOn(
    '{platform: linux/amd64, builder: bm-two}, {platform: linux/amd64, builder: bm-one}',
  );
  await seconds(5);
  await killSecondNode();
  const ended = await ending;
  expect(ended.stderr).toContain('builder bm-two was lost, builder bm-one takes over');
  expect(ended.exitCode).toBe(0);
  expect(outcomes(await command.record())).toEqual([
    'face/slow bm-one succeeded',
    'face/quick bm-two succeeded',
    'face/other bm-one succeeded',
  ]);
});

test('a builder that comes back goes on with what it was building', async () => {
  const ending = buildOn('{platform: linux/amd64, builder: bm-two}', ['slow']);
  await seconds(5);
  await killSecondNode();
  await seconds(2);
  await reviveNodes();
  const ended = await ending;
  expect(ended.stderr).toMatch(/builder bm-two was lost; next try in \d+ s \(2 of 6\)/u);
  expect(ended.exitCode).toBe(0);
  expect(outcomes(await command.record())).toEqual(['face/slow bm-two succeeded']);
});

test('a builder that is dead before the run is told by name, or replaced', async () => {
  await killSecondNode();
  const refused = await buildOn('{platform: linux/amd64, builder: bm-two}', ['quick']);
  expect(refused).toMatchObject({
    exitCode: 3,
    stderr:
      'error: builder bm-two cannot be reached: it does not answer\nhelp: look at `docker buildx inspect bm-two --bootstrap`\n',
  });
  const replaced = await buildOn('{platform: linux/amd64, builder: bm-two, fallback: emulate}', [
    'quick',
  ]);
  expect(replaced.exitCode).toBe(0);
  expect(replaced.stderr).toContain('builder bm-two cannot be reached: it does not answer');
});
