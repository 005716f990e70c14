import {expect, test} from 'vitest';
import {createBuildRecordImages} from '../../../src/adapters/build-record-images.ts';
import {createFakeProcesses} from '../../fakes/fake-processes.ts';
import {collect, digestOf} from './images.contract.ts';

const text = '{"mediaType": "m"}\n';
const digest = digestOf(new TextEncoder().encode(text));

test('is asked of the builder that made it', async () => {
  const processes = createFakeProcesses();
  processes.on('docker', {stdout: [text.trimEnd()]});
  const images = createBuildRecordImages(processes);
  expect(await images.manifest('bm-one/bm-one-1/abc', digest)).toEqual({
    ok: true,
    value: {digest, mediaType: 'm', json: {mediaType: 'm'}},
  });
  // The second where the first does not get through, as here.
  expect(processes.requests.map(({args}) => args.join(' '))).toEqual([
    'buildx dial-stdio --builder=bm-one',
    `buildx history inspect attachment --builder bm-one abc ${digest}`,
  ]);
});

test.each<[string, string[], string, string]>([
  [
    'a/b/c',
    ['ERROR: no record found for ref "c"'],
    'not-found',
    `${digest} of build a/b/c: no record found for ref "c"`,
  ],
  [
    'a/b/c',
    ['ERROR: unknown command: docker buildx history'],
    'unreachable',
    `${digest} of build a/b/c: unknown command: docker buildx history`,
  ],
  ['', [], 'invalid', ' is not a build'],
])('fails for %j when docker says %j', async (buildRef, stderr, kind, message) => {
  const processes = createFakeProcesses();
  processes.on('docker', {stderr, exitCode: 1});
  const images = createBuildRecordImages(processes);
  expect(await images.config(buildRef, digest)).toEqual({ok: false, error: {kind, message}});
});

test('without docker it is unreachable', async () => {
  const processes = createFakeProcesses();
  processes.on('docker', {failure: {kind: 'not-found', command: 'docker'}});
  expect(await createBuildRecordImages(processes).manifest('a/b/c', digest)).toEqual({
    ok: false,
    error: {kind: 'unreachable', message: `${digest} of build a/b/c: docker was not-found`},
  });
});

test('a blob comes as docker prints it', async () => {
  const processes = createFakeProcesses();
  processes.on('docker', {stdout: [text.trimEnd()]});
  const blob = await createBuildRecordImages(processes).blob('a/b/c', digest);
  const bytes = blob.ok ? await collect(blob.value) : Buffer.of();
  expect(bytes.toString()).toBe(text);
});

test('a blob that docker does not have is not found', async () => {
  const processes = createFakeProcesses();
  processes.on('docker', {stderr: ['ERROR: no record found for ref "c"'], exitCode: 1});
  expect(await createBuildRecordImages(processes).blob('a/b/c', digest)).toMatchObject({
    ok: false,
    error: {kind: 'not-found'},
  });
});

test('a blob that breaks off throws while it is read', async () => {
  const processes = createFakeProcesses();
  processes.on('docker', {stdout: ['half'], stderr: ['ERROR: EOF'], exitCode: 1});
  const blob = await createBuildRecordImages(processes).blob('a/b/c', digest);
  const reading = blob.ok ? collect(blob.value) : Promise.resolve(Buffer.of());
  await expect(reading).rejects.toThrow(`${digest} of build a/b/c: EOF`);
});
