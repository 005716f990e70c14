import {beforeEach, describe, expect, test} from 'vitest';
import {readImage} from '../../../src/docker/read-image.ts';
import {createFakeImages, type FakeImages} from '../../fakes/fake-images.ts';

let images: FakeImages;
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const layer = (letter: string, size: number) => ({
  mediaType: 'layer',
  digest: digest(letter),
  size,
});
const config = {mediaType: 'config', digest: digest('c'), size: 10};

function put(of: string, json: unknown): void {
  images.put(`r.io/x@${of}`, {digest: of, mediaType: '', json});
}

const read = (reference: string, ...platforms: string[]) =>
  readImage({images, repository: 'r.io/x', reference, platforms});

beforeEach(() => {
  images = createFakeImages();
  put(digest('c'), {
    config: {Labels: {revision: 'x'}},
    rootfs: {type: 'layers', diff_ids: ['sha256:x', 'sha256:y']},
    history: [
      {created_by: 'COPY a b', comment: 'x'},
      {created_by: 'ENV A=1', empty_layer: true},
    ],
  });
  put(digest('1'), {config, layers: [layer('a', 100), layer('b', 23)]});
  put(digest('2'), {config, layers: [layer('a', 50)]});
  put(digest('0'), {
    manifests: [
      {
        mediaType: 'm',
        digest: digest('1'),
        size: 1,
        platform: {os: 'linux', architecture: 'amd64'},
      },
      {
        mediaType: 'm',
        digest: digest('2'),
        size: 1,
        platform: {os: 'linux', architecture: 'arm64', variant: 'v8'},
      },
      {
        mediaType: 'm',
        digest: digest('9'),
        size: 5,
        platform: {os: 'unknown', architecture: 'unknown'},
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': digest('2'),
        },
      },
    ],
  });
});

test('an index: its platforms as asked, sums of their layers, histories, attestations apart', async () => {
  const history = {
    ok: true,
    value: [
      {createdBy: 'COPY a b', comment: 'x', empty: false},
      {createdBy: 'ENV A=1', comment: '', empty: true},
    ],
  };
  expect(await read(digest('0'), 'linux/arm64', 'linux/amd64')).toEqual({
    ok: true,
    value: {
      digest: digest('0'),
      platforms: [
        {
          platform: 'linux/arm64',
          digest: digest('2'),
          config,
          layers: [layer('a', 50)],
          history,
          diffIds: {
            ok: false,
            error: 'the image configuration does not name the diff ids of its layers',
          },
          labels: {revision: 'x'},
          compressedBytes: 50,
          attestation: expect.objectContaining({digest: digest('9'), size: 5}) as unknown,
        },
        {
          platform: 'linux/amd64',
          digest: digest('1'),
          config,
          layers: [layer('a', 100), layer('b', 23)],
          history,
          diffIds: {ok: true, value: ['sha256:x', 'sha256:y']},
          labels: {revision: 'x'},
          compressedBytes: 123,
          attestation: null,
        },
      ],
      held: ['linux/amd64', 'linux/arm64'],
    },
  });
});

test('a manifest without an index is the one platform that was built', async () => {
  expect(await read(digest('1'), 'linux/arm/v7')).toMatchObject({
    ok: true,
    value: {digest: digest('1'), platforms: [{platform: 'linux/arm/v7', compressedBytes: 123}]},
  });
});

test('a configuration that cannot be read leaves only what it tells unknown', async () => {
  images.fail(`r.io/x@${digest('c')}`, {kind: 'unreachable', message: 'r.io is gone'});
  const gone = {ok: false, error: 'r.io is gone'};
  expect(await read(digest('1'), 'linux/amd64')).toMatchObject({
    ok: true,
    value: {platforms: [{compressedBytes: 123, history: gone, diffIds: gone}]},
  });
});

describe('fails when', () => {
  const invalid = (message: string) => ({ok: false, error: {kind: 'invalid', message}});

  test('a platform is missing', async () => {
    expect(await read(digest('0'), 'linux/amd64', 'linux/arm/v7', 'linux/s390x')).toEqual(
      invalid(`${digest('0')} holds linux/amd64, linux/arm64, but not linux/arm/v7, linux/s390x`),
    );
  });

  test('one manifest stands for several platforms', async () => {
    expect(await read(digest('1'), 'linux/amd64', 'linux/arm64')).toEqual(
      invalid(
        `${digest('1')} is no index of several platforms, but linux/amd64, linux/arm64 were built`,
      ),
    );
  });

  test('an index that holds attestations only, or nothing', async () => {
    const platform = {os: 'unknown', architecture: 'unknown'};
    for (const manifests of [[], [{mediaType: '', digest: digest('2'), size: 1, platform}]]) {
      put(digest('0'), {manifests});
      expect(await read(digest('0'), 'linux/amd64')).toEqual(
        invalid(`${digest('0')} is an index without images`),
      );
    }
  });

  test("a manifest of docker's schema 1", async () => {
    put(digest('1'), {schemaVersion: 1, fsLayers: [{blobSum: digest('2')}]});
    expect(await read(digest('1'), 'linux/amd64')).toEqual(
      invalid(
        `${digest('1')} (linux/amd64) is a manifest of docker's schema 1, which names no sizes: pull the image and push it again`,
      ),
    );
  });

  test('a manifest of the index is something else', async () => {
    put(digest('2'), {manifests: []});
    expect(await read(digest('0'), 'linux/amd64', 'linux/arm64')).toEqual(
      invalid(`${digest('2')} (linux/arm64) is not an image manifest`),
    );
  });

  test.each([null, 7, [], {}, {config, layers: [{digest: 'x', size: -1}]}, {manifests: 'x'}])(
    'the document is no manifest: %j',
    async (json) => {
      put(digest('1'), json);
      expect(await read(digest('1'), 'linux/amd64')).toEqual(
        invalid(`${digest('1')} (linux/amd64) is not an image manifest`),
      );
    },
  );

  test('anything cannot be read', async () => {
    const failure = {kind: 'unreachable', message: 'gone'} as const;
    images.fail(`r.io/x@${digest('2')}`, failure);
    expect(await read(digest('0'), 'linux/amd64', 'linux/arm64')).toEqual({
      ok: false,
      error: failure,
    });
    expect(await read(digest('7'), 'linux/amd64')).toMatchObject({error: {kind: 'not-found'}});
  });
});
