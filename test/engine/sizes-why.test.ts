import {afterEach, expect, test} from 'vitest';

import type {WhyReport} from '../../src/sizes/why-report.ts';
import {engineVariable} from '../rig/engine-variable.ts';
import {realCommand, type RealCommand} from '../rig/real-command.ts';

const registry = engineVariable('BUILD_MATRIX_ENGINE_REGISTRY');
const opened: RealCommand[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

const dockerfile = `FROM busybox:1.36 AS builder
RUN mkdir -p /v/.git && head -c 70000 /dev/urandom > /v/.git/pack
FROM busybox:1.36 AS base
RUN mkdir -p /var/lib/apt/lists /root/.cache/pip \\
 && head -c 300000 /dev/urandom > /var/lib/apt/lists/main \\
 && head -c 90000 /dev/urandom > /root/.cache/pip/wheel
FROM base AS install
COPY src /srv
RUN rm -rf /var/lib/apt/lists && mkdir -p /usr/lib/a /usr/lib/b \\
 && head -c 80000 /dev/urandom > /usr/lib/a/libcudnn.so.9 \\
 && cp /usr/lib/a/libcudnn.so.9 /usr/lib/b/
FROM install AS runtime
RUN chown -R 10001 /srv
COPY --from=builder /v /opt/tool
`;
const matrix = `version: 1
images:
  app:
    targets:
      main: {platforms: [linux/amd64, linux/arm64]}
`;

/**
 * What is to be found in an image of this Dockerfile, wherever it is: [kind, bytes, path, line, line that
 * hides it, or line of the other stage that made it].
 */
const expected = [
  ['deleted-later', 300_000, '/var/lib/apt/lists/main', 4, 9],
  ['overwritten-later', 200_000, '/srv/.git/pack', 8, 13],
  ['git-folders', 200_000, '/srv/.git', 8, undefined],
  ['pip-cache', 90_000, '/root/.cache/pip', 4, undefined],
  ['copied-library', 80_000, '/usr/lib/b/libcudnn.so.9', 9, undefined],
  ['git-folders', 70_000, '/opt/tool/.git', 14, 2],
];

test(
  '--why finds in a real image what its Dockerfile leaves there: in a registry, in docker, in a layout',
  {timeout: 300_000},
  async () => {
    const command = await realCommand({
      Dockerfile: dockerfile,
      'src/.git/pack': 'x'.repeat(200_000),
      'matrix.yml': matrix,
    });
    opened.push(command);
    for (const output of [
      ['--push', '--registry', `${registry}/why`],
      ['--load', '--builder', 'default'],
      [],
    ]) {
      expect(await command.run(['build', ...output])).toMatchObject({exitCode: 0});
      const why = await command.run(['sizes', 'main', '--why', '--json']);
      expect(why).toMatchObject({exitCode: 0, stderr: ''});
      const {images} = JSON.parse(why.stdout) as WhyReport;
      expect(images.map(({platform}) => platform)).toEqual(['linux/amd64', 'linux/arm64']);
      for (const {stages, findings} of images) {
        expect(stages.map(({origin, stage}) => stage ?? origin)).toEqual([
          'base',
          'base',
          'install',
          'runtime',
        ]);
        expect(
          findings.map(({kind, bytes, path, place, hiddenBy, madeBy}) => [
            ...[kind, bytes, path],
            ...[place.line, (hiddenBy ?? madeBy?.[0]?.place)?.line ?? undefined],
          ]),
        ).toEqual(expected);
      }
    }
  },
);
