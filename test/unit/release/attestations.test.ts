import {expect, test} from 'vitest';

import type {PlatformImage} from '../../../src/docker/read-image.ts';
import {
  baseImagesIn,
  findAttestations,
  readAttestation,
} from '../../../src/release/attestations.ts';
import {createFakeImages} from '../../fakes/fake-images.ts';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

test('SBOM and provenance are found beside an image, by their predicate types', async () => {
  const images = createFakeImages();
  const layer = (letter: string, type: string) => ({
    ...{digest: digest(letter), size: 7},
    annotations: {'in-toto.io/predicate-type': type},
  });
  images.put(`host/app@${digest('0')}`, {
    ...{digest: digest('0'), mediaType: ''},
    json: {
      layers: [
        layer('1', 'https://spdx.dev/Document'),
        layer('2', 'https://slsa.dev/provenance/v1'),
        layer('3', 'https://example.com/other'),
        {...layer('4', 'https://spdx.dev/Document'), size: 1e9},
      ],
    },
  });
  images.putBlob(`host/app@${digest('2')}`, bytes({a: 1}));
  const image = {attestation: {mediaType: '', digest: digest('0'), size: 1}} as PlatformImage;
  const found = await findAttestations(images, 'host/app', image);
  expect(found).toEqual({
    ok: true,
    value: [
      {kind: 'sbom', repository: 'host/app', digest: digest('1'), size: 7},
      {kind: 'provenance', repository: 'host/app', digest: digest('2'), size: 7},
    ],
  });
  const [, provenance] = found.ok ? found.value : [];
  if (provenance === undefined) throw new Error('none');
  expect(await readAttestation(images, provenance)).toEqual({
    ok: true,
    value: Buffer.from('{"a":1}'),
  });
  expect(await findAttestations(images, 'host/app', {...image, attestation: null})).toEqual({
    ok: true,
    value: [],
  });
});

const material = {
  uri: 'pkg:docker/localhost%3A5000/base@3.12-slim?platform=linux%2Famd64',
  digest: {sha256: 'a'.repeat(64)},
};

test.for([
  {predicate: {materials: [material, {uri: 'https://example.com/x.git', digest: {sha1: 'b'}}]}},
  {predicate: {buildDefinition: {resolvedDependencies: [material]}}},
])('base images are read from provenance of both versions of SLSA', (statement) => {
  expect(baseImagesIn(bytes(statement))).toEqual([
    {reference: 'localhost:5000/base:3.12-slim', digest: digest('a')},
  ]);
});

test('what is no provenance names no base images', () => {
  expect(baseImagesIn(bytes({}))).toEqual([]);
  expect(baseImagesIn(new Uint8Array([1, 2]))).toEqual([]);
});
