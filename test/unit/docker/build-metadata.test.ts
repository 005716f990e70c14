import {expect, test} from 'vitest';
import {parseBuildMetadata} from '../../../src/docker/build-metadata.ts';
import {recorded} from './recorded.ts';

function parsed(name: string) {
  const metadata = parseBuildMetadata(recorded(name));
  if (!metadata.ok) throw new Error(metadata.error);
  return metadata.value;
}

test('one platform: digests, names and build', () => {
  expect(parsed('metadata-one-platform.json')).toEqual({
    digest: 'sha256:57183d8b573787d32d842d07d1ba2c3b9a8bd0ec159d20a917dced14dbc46b7c',
    descriptor: {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: 'sha256:57183d8b573787d32d842d07d1ba2c3b9a8bd0ec159d20a917dced14dbc46b7c',
      size: 1798,
      platform: {architecture: 'arm64', os: 'linux'},
    },
    configDigest: 'sha256:105047179eea0a09a7450d80e02a5da09a797c11c6ae31a55fc03801f762a01c',
    names: ['localhost:5000/play/e:1'],
    buildRef: 'bm-one/bm-one-1/d9hy583cihtcgamsvx8ik8yhx',
  });
});

test('two platforms: the digest of the index', () => {
  const metadata = parsed('metadata-two-platforms.json');
  expect(metadata.digest).toBe(
    'sha256:5565290232f2d2a8517b68b83dea0313e949d4a4f41397f2e4159506f10a6510',
  );
});

test('two nodes: a digest and nothing else', () => {
  expect(parsed('metadata-two-nodes.json')).toEqual({
    digest: 'sha256:d76cbad65dd3b9391bacf6d227de650e27c1f7076abeae2cd4c685eeb29e3903',
    descriptor: null,
    configDigest: null,
    names: [],
    buildRef: null,
  });
});

test('several names are told apart', () => {
  const metadata = parseBuildMetadata(JSON.stringify({'image.name': 'a:1,b:1'}));
  expect(metadata.ok && metadata.value.names).toEqual(['a:1', 'b:1']);
});

test.each([
  ['{', 'it is not JSON'],
  ['', 'it is not JSON'],
  ['[]', 'Invalid input: expected object, received array'],
  [
    '{"containerimage.digest": 7}',
    'containerimage.digest: Invalid input: expected string, received number',
  ],
])('%s: %s', (text, error) => {
  expect(parseBuildMetadata(text)).toEqual({ok: false, error});
});
