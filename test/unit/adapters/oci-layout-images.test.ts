import {mkdtemp, mkdir, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {nodeFiles} from '../../../src/adapters/node-files.ts';
import {createLayoutImages} from '../../../src/adapters/oci-layout-images.ts';
import type {Result} from '../../../src/model/result.ts';
import type {ImageReadFailure} from '../../../src/ports/images.ts';
import {createFakeFiles} from '../../fakes/fake-files.ts';
import {digestOf, imagesContract} from './images.contract.ts';

imagesContract('an OCI layout on disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'layout-'));
  const blobs = join(folder, 'blobs', 'sha256');
  await mkdir(blobs, {recursive: true});
  const put = (bytes: Uint8Array, digest: string): Promise<void> =>
    writeFile(join(blobs, digest.slice('sha256:'.length)), bytes);
  return {
    images: createLayoutImages(nodeFiles),
    repository: folder,
    async put(bytes, tag) {
      const digest = digestOf(bytes);
      await put(bytes, digest);
      if (tag === undefined) return;
      const annotations = {'org.opencontainers.image.ref.name': tag};
      const index = {manifests: [{digest, size: bytes.length, annotations}]};
      await writeFile(join(folder, 'index.json'), JSON.stringify(index));
    },
    putCorrupt: put,
    close: () => rm(folder, {recursive: true}),
  };
});

describe('an OCI layout', () => {
  const named = (digest: string, name: string) => ({
    digest,
    annotations: {'org.opencontainers.image.ref.name': name},
  });
  const digest = digestOf(new TextEncoder().encode('{"a":1}'));
  const blob = `out/blobs/sha256/${digest.slice(7)}`;
  const read = (reference: string, texts: Record<string, string>) =>
    createLayoutImages(createFakeFiles(texts)).manifest('out', reference);

  test('of two entries with one name the newer one counts', async () => {
    const index = {manifests: [named(`sha256:${'0'.repeat(64)}`, '1'), named(digest, '1')]};
    const answer = await read('1', {'out/index.json': JSON.stringify(index), [blob]: '{"a":1}'});
    expect(answer).toMatchObject({ok: true, value: {digest}});
  });

  test.each<[string, string, Record<string, string>, string]>([
    ['1', 'not-found', {}, 'out holds no OCI layout: it has no index.json'],
    ['1', 'invalid', {'out/index.json': '{'}, 'out/index.json is not an OCI index'],
    ['1', 'invalid', {'out/index.json': '{"manifests":7}'}, 'out/index.json is not an OCI index'],
    [
      '1',
      'not-found',
      {'out/index.json': '{"manifests":[]}'},
      'out:1 is not there: the layout has no such name',
    ],
    [
      '1',
      'invalid',
      {'out/index.json': JSON.stringify({manifests: [named('../../etc', '1')]})},
      'out:1: ../../etc is no digest',
    ],
    ['../x', 'invalid', {}, 'out:../x is neither a tag nor a digest'],
    [digest, 'not-found', {}, `out@${digest} is not there: ${blob} does not exist`],
    [
      digest,
      'invalid',
      {[blob]: 'x'},
      `out@${digest} holds other bytes than its digest says: they are ${digestOf(new TextEncoder().encode('x'))}`,
    ],
  ])('%s: %s', async (reference, kind, texts, message) => {
    expect(await read(reference, texts)).toEqual({ok: false, error: {kind, message}});
  });

  test('a blob that is no JSON is no manifest', async () => {
    const bytes = new TextEncoder().encode('text');
    const of = digestOf(bytes);
    const answer = await read(of, {[`out/blobs/sha256/${of.slice(7)}`]: 'text'});
    expect(answer).toEqual({ok: false, error: {kind: 'invalid', message: `out@${of} is not JSON`}});
  });

  test('what cannot be read is told in the words of the system', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'layout-'));
    const path = join(folder, 'blobs/sha256', digest.slice(7));
    await mkdir(path, {recursive: true});
    await mkdir(join(folder, 'index.json'));
    // A loop of links cannot be opened even by the administrator.
    const loop = digestOf(Buffer.of(1));
    await symlink(loop.slice(7), join(folder, 'blobs/sha256', loop.slice(7)));
    const images = createLayoutImages(nodeFiles);
    const told = async (answer: Promise<Result<unknown, ImageReadFailure>>): Promise<string> => {
      const {error} = (await answer) as {error: ImageReadFailure};
      expect(error.kind).toBe('unreachable');
      return error.message.replaceAll(folder, 'out');
    };
    expect(await told(images.manifest(folder, digest))).toBe(
      `${blob} cannot be read: EISDIR: illegal operation on a directory, read`,
    );
    expect(await told(images.manifest(folder, '1'))).toBe(
      'out/index.json cannot be read: EISDIR: illegal operation on a directory, read',
    );
    expect(await told(images.blob(folder, loop))).toMatch(
      /^out\/blobs\/sha256\/4b\w+ cannot be read: ELOOP: /u,
    );
    await rm(folder, {recursive: true});
  });
});
