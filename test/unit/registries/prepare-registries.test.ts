import {beforeEach, describe, expect, test} from 'vitest';

import type {RegistrySpec} from '../../../src/config/matrix-file-parts.ts';
import type {EcrAddress} from '../../../src/model/ecr-address.ts';
import {everyTagMoves} from '../../../src/model/tag-mutability.ts';
import {
  prepareRegistries,
  type RegistryPreparation,
} from '../../../src/registries/prepare-registries.ts';
import {createFakeClock} from '../../fakes/fake-clock.ts';
import {createFakeEcr, type FakeEcr} from '../../fakes/fake-ecr.ts';
import {createFakeFiles, type FakeFiles} from '../../fakes/fake-files.ts';
import {createFakeImages, type FakeImages} from '../../fakes/fake-images.ts';
import {createFakeProcesses} from '../../fakes/fake-processes.ts';
import {createFakeRegistryCheck} from '../../fakes/fake-registry-check.ts';

const address: EcrAddress = {kind: 'private', account: '123456789012', region: 'eu-west-1'};
const host = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const repository = `${host}/team/face`;
const digest = `sha256:${'a'.repeat(64)}`;
const plain = {tags: everyTagMoves, scanOnPush: false, lifecyclePolicy: null};

let ecr: FakeEcr;
let images: FakeImages;
let files: FakeFiles;

beforeEach(() => {
  ecr = createFakeEcr();
  images = createFakeImages();
  files = createFakeFiles();
});

function prepare(
  settings: Partial<Extract<RegistrySpec, {type: 'ecr'}>> = {},
  changes: Partial<RegistryPreparation> = {},
) {
  return prepareRegistries({
    references: [repository, `${repository}:1.0`],
    copiedTo: new Set(),
    registries: {
      aws: {type: 'ecr', account: '123456789012', region: 'eu-west-1', ...settings},
    },
    locate: (path) => ({
      ...{file: 'matrix.yml', line: path.length, column: 1, length: 1},
      text: path.join('.'),
    }),
    folder: 'project',
    buildx: '0.29.1',
    ports: {
      ...{ecr, images, files},
      check: createFakeRegistryCheck(),
      processes: createFakeProcesses(),
      clock: createFakeClock(),
    },
    signal: new AbortController().signal,
    ...changes,
  });
}

/** What was said, each with the key of matrix.yml where it was. */
async function saidOf(prepared: ReturnType<typeof prepare>) {
  const result = await prepared;
  const found = result.ok ? result.value.notices : result.error.diagnostics;
  return found.map(({severity, message, suggestion, range}) => [
    ...[severity, range?.text, message],
    suggestion,
  ]);
}

describe('a repository that does not exist', () => {
  test('is told at its registry, with what to do', async () => {
    expect(await saidOf(prepare())).toEqual([
      [
        'error',
        'registries.aws',
        `the repository ${repository} does not exist`,
        'write `createRepository: true` here, or create it with `aws ecr create-repository --region eu-west-1 --repository-name team/face`',
      ],
    ]);
    expect(ecr.calls).not.toContain('create eu-west-1 team/face');
  });

  test('is left to a creation template', async () => {
    ecr.createOnPush('team/');
    expect(await saidOf(prepare())).toEqual([]);
  });

  test('is created as matrix.yml wants it', async () => {
    files.put('project/policy.json', '{"rules": []}');
    const said = await saidOf(
      prepare({
        ...{createRepository: true, immutableTags: {except: ['latest']}, scanOnPush: true},
        lifecyclePolicy: 'policy.json',
      }),
    );
    expect(said).toEqual([]);
    expect(await ecr.repository(address, 'team/face')).toEqual({
      ok: true,
      value: {tags: {immutable: true, except: ['latest']}, scanOnPush: true},
    });
    expect(await ecr.lifecyclePolicy(address, 'team/face')).toEqual({
      ok: true,
      value: '{"rules": []}',
    });
  });

  test('is not created when another cannot be used', async () => {
    const other = '123456789012.dkr.ecr.us-west-2.amazonaws.com/face:1';
    const result = await prepare(
      {createRepository: true},
      {references: [`${repository}:1`, other]},
    );
    expect(result.ok).toBe(false);
    expect(ecr.calls.filter((call) => call.startsWith('create'))).toEqual([]);
  });

  test('that may not be created is told', async () => {
    ecr.fail('create', {
      kind: 'denied',
      message: 'not authorized to perform: ecr:CreateRepository',
    });
    expect(await saidOf(prepare({createRepository: true}))).toEqual([
      [
        'error',
        'registries.aws.createRepository',
        `the repository ${repository} could not be created: not authorized to perform: ecr:CreateRepository`,
        'allow `ecr:CreateRepository` (and `ecr:PutLifecyclePolicy` for a lifecycle policy)',
      ],
    ]);
  });
});

describe('a repository that exists', () => {
  test('is not changed, and what differs is told', async () => {
    await ecr.createRepository(address, 'team/face', plain);
    files.put('project/policy.json', '{"rules": []}');
    const said = await saidOf(
      prepare({
        ...{createRepository: true, immutableTags: true, scanOnPush: true},
        lifecyclePolicy: 'policy.json',
      }),
    );
    const exists = `the repository ${repository} exists with other settings`;
    const remedy = 'change it in AWS, or here: existing repositories are left as they are';
    expect(said).toEqual([
      ['warning', 'registries.aws.immutableTags', `${exists}: its tags are mutable`, remedy],
      ['warning', 'registries.aws.scanOnPush', `${exists}: it does not scan on push`, remedy],
      [
        'warning',
        'registries.aws.lifecyclePolicy',
        `${exists}: it has no lifecycle policy`,
        remedy,
      ],
    ]);
    expect(await ecr.repository(address, 'team/face')).toMatchObject({value: {scanOnPush: false}});
  });

  test('is quiet when all is as it should be, however the policy is written', async () => {
    files.put('project/policy.json', '{"a": 1, "b": [2]}');
    const settings = {tags: {immutable: true, except: []}, scanOnPush: true};
    const lifecyclePolicy = '{"b":[2],"a":1}';
    await ecr.createRepository(address, 'team/face', {...settings, lifecyclePolicy});
    const asked = {immutableTags: true, scanOnPush: true, lifecyclePolicy: 'policy.json'};
    expect(await saidOf(prepare(asked))).toEqual([]);
  });

  test('that cannot be looked at is told only when something is asked of it', async () => {
    ecr.fail('describe', {kind: 'denied', message: 'no'});
    expect(await saidOf(prepare())).toEqual([]);
    expect(await saidOf(prepare({scanOnPush: true}))).toEqual([
      [
        'warning',
        'registries.aws',
        `the repository ${repository} could not be looked at: no`,
        'allow `ecr:DescribeRepositories` and `ecr:GetLifecyclePolicy`',
      ],
    ]);
  });
});

test.each([
  [undefined, 'there is no such file'],
  ['{', expect.stringContaining('JSON') as string],
])('a lifecycle policy that is no use is told (%j)', async (text, because) => {
  if (text !== undefined) files.put('project/policy.json', text);
  const [said] = await saidOf(prepare({createRepository: true, lifecyclePolicy: 'policy.json'}));
  expect(said?.slice(0, 2)).toEqual(['error', 'registries.aws.lifecyclePolicy']);
  expect(said?.[2]).toContain('the lifecycle policy project/policy.json cannot be used: ');
  expect(said?.[2]?.split('used: ')[1]).toEqual(because);
});

describe('tags that can be written once only', () => {
  beforeEach(async () => {
    const tags = {immutable: true, except: ['latest']};
    await ecr.createRepository(address, 'team/face', {...plain, tags});
  });
  const put = (tag: string) => {
    images.put(`${repository}:${tag}`, {digest, mediaType: '', json: {}});
  };

  test('are told when they exist', async () => {
    put('1.0');
    expect(await saidOf(prepare())).toEqual([
      [
        'error',
        'registries.aws',
        `the tag 1.0 of ${repository} exists already (sha256:aaaaaaaaaaaa…), and its repository lets no such tag be moved`,
        'build under another version or tag, or exclude the tag from the repository’s immutability (existing settings are never changed from here)',
      ],
    ]);
  });

  test('are fine when they are new, or get the image that they have', async () => {
    expect(await saidOf(prepare())).toEqual([]);
    put('1.0');
    expect(await saidOf(prepare({}, {expectedDigest: () => digest}))).toEqual([]);
  });

  test('are not those that the repository excludes', async () => {
    put('latest');
    const references = [`${repository}:latest`];
    expect(await saidOf(prepare({}, {references}))).toEqual([]);
  });

  test('cannot be copied to by a buildx that writes parts under the tag', async () => {
    const copiedTo = new Set([repository]);
    expect(await saidOf(prepare({}, {copiedTo, buildx: '0.21.3'}))).toEqual([
      [
        'error',
        'registries.aws',
        `buildx 0.21.3 cannot copy into ${repository}: it would write parts of the image under the tag first, which is immutable`,
        'update buildx to 0.22.0 or newer',
      ],
    ]);
    expect(await saidOf(prepare({}, {copiedTo}))).toEqual([]);
    expect(await saidOf(prepare({}, {buildx: '0.21.3'}))).toEqual([]);
  });
});

test('the public registry’s repositories are named without the alias', async () => {
  const registries: Record<string, RegistrySpec> = {
    pub: {type: 'ecr-public', alias: 'a1b2', createRepository: true},
  };
  const references = ['public.ecr.aws/a1b2/face:1'];
  expect(await saidOf(prepare({}, {registries, references}))).toEqual([]);
  expect(ecr.calls).toEqual(['describe public face', 'create public face']);
});
