import {expect, test} from 'vitest';

import type {TagPublication} from '../../../src/plan/publication.ts';
import {releaseImages, versionMark} from '../../../src/release/release-images.ts';

function publication(more: Partial<TagPublication>): TagPublication {
  return {
    ...{kind: 'tags', of: 'app/cpu', repository: 'host:5000/app', through: 'digest', builder: null},
    ...{references: [], builds: ['app/cpu'], annotations: {}, commands: []},
    ...more,
  };
}

const mark = versionMark;

test('tags become templates around the version; tags without it are none of a release', () => {
  const images = releaseImages(
    [
      publication({
        references: [
          `host:5000/app:${mark}-cuda12.6`,
          `host:5000/app:v${mark}`,
          'host:5000/app:edge',
        ],
        builds: ['app/cpu@linux-amd64', 'app/cpu@linux-arm64'],
      }),
      publication({of: 'app/edge', references: ['host:5000/app:edge2'], builds: ['app/edge']}),
      publication({
        of: `app:${mark}-gpu`,
        references: [`host:5000/app:${mark}-gpu`],
        builds: ['app/cuda', 'app/jetson'],
        annotations: {'org.opencontainers.image.version': mark},
      }),
    ],
    '1.4.2',
  );
  expect(images).toMatchObject({
    ok: true,
    value: [
      {
        of: 'app/cpu',
        isIndex: false,
        targets: ['app/cpu'],
        templates: [
          {prefix: '', suffix: '-cuda12.6'},
          {prefix: 'v', suffix: ''},
        ],
      },
      {
        of: 'app:1.4.2-gpu',
        isIndex: true,
        targets: ['app/cuda', 'app/jetson'],
        annotations: {'org.opencontainers.image.version': '1.4.2'},
      },
    ],
  });
});

test('a tag that names the version twice is refused', () => {
  const references = [`host:5000/app:${mark}-${mark}`];
  expect(releaseImages([publication({references})], '1.4.2')).toEqual({
    ok: false,
    error: {
      message: 'the tag `{version}-{version}` of app/cpu names the version twice',
      suggestion: 'write `{version}` once in a tag',
    },
  });
});
