import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {ECRClient, PutImageTagMutabilityCommand} from '@aws-sdk/client-ecr';
import {afterAll, beforeAll, expect, test} from 'vitest';

import {engineVariable} from '../rig/engine-variable.ts';
import {answers, startFaultyRegistry, type FaultyRegistry} from '../rig/faulty-registry.ts';
import {openReleaseRig, type ReleaseRig} from '../rig/release-rig.ts';

/** Amazon ECR, played by moto and a registry with a password: see ecr.test.ts. */
const upstream = engineVariable('BUILD_MATRIX_ENGINE_AUTH_REGISTRY');
const account = '123456789012';
const region = 'eu-west-1';
const token = `${account}-auth-token`;
const endpoint = engineVariable('BUILD_MATRIX_ENGINE_ECR_API');
const credentials = {accessKeyId: 'AKIAPLANTED', secretAccessKey: 'planted'};
const namespace = `release-ecr-${Date.now().toString(36)}`;
const path = `${namespace}/app`;

let registry: FaultyRegistry;
let rig: ReleaseRig;
let dockerConfig: string;

beforeAll(async () => {
  registry = await startFaultyRegistry(upstream);
  dockerConfig = await mkdtemp(join(tmpdir(), 'bm-config-'));
  const users = join(process.env['DOCKER_CONFIG'] ?? '', 'config.json');
  const settings = JSON.parse(await readFile(users, 'utf8')) as object;
  await writeFile(join(dockerConfig, 'config.json'), JSON.stringify({...settings, auths: {}}));
  rig = await openReleaseRig(upstream, {
    Dockerfile: 'FROM scratch\nCOPY content /\n',
    content: 'first\n',
    'matrix.yml': `version: 1
registries:
  aws:
    type: ecr
    account: "${account}"
    region: ${region}
    endpoint: http://${registry.host}
    namespace: ${namespace}
    createRepository: true
    immutableTags: {except: ["dev*"]}
images:
  app:
    targets:
      cpu: {platforms: [linux/amd64], registries: [aws], tags: ["{version}"]}
`,
  });
});

afterAll(async () => {
  await rig.close();
  await registry.close();
  await rm(dockerConfig, {recursive: true, force: true});
});

function run(...args: readonly string[]) {
  return rig.run(args, {
    DOCKER_CONFIG: dockerConfig,
    AWS_ENDPOINT_URL_ECR: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  });
}

async function tags(): Promise<readonly string[]> {
  const authorization = `Basic ${Buffer.from(`AWS:${token}`).toString('base64')}`;
  const list = await fetch(`http://${upstream}/v2/${path}/tags/list`, {headers: {authorization}});
  return ((await list.json()) as {tags: string[]}).tags.toSorted();
}

/** What Amazon has in its console: a setting of the repository. */
async function exclude(filters: readonly string[]): Promise<void> {
  const client = new ECRClient({region, endpoint, credentials});
  await client.send(
    new PutImageTagMutabilityCommand({
      repositoryName: path,
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: filters.map((filter) => ({
        filterType: 'WILDCARD',
        filter,
      })),
    }),
  );
  client.destroy();
}

test('tags that may not move are told before anything is done; once they may, also an expired login stops nothing', async () => {
  expect(await run('build', '--push', '--builder', 'bm-one')).toMatchObject({exitCode: 0});
  const refused = await run('release', '1.0.0', '--no-github');
  expect(refused.exitCode).toBe(5);
  expect(refused.stderr).toBe(
    `error: version 1.0.0 is not released, nothing was changed
  - ${registry.host}/${path} lets 1.0, 1, latest not be moved: its tags are immutable, except dev*
    help: exclude them: \`aws ecr put-image-tag-mutability --region ${region} --repository-name ${path} --image-tag-mutability IMMUTABLE_WITH_EXCLUSION --image-tag-mutability-exclusion-filters filterType=WILDCARD,filter='dev*' filterType=WILDCARD,filter='1.0' filterType=WILDCARD,filter='1' filterType=WILDCARD,filter='latest'\`; or name fewer tags under \`release.moving\` in matrix.yml
`,
  );
  expect(await tags()).toEqual(['dev']);
  expect(await rig.git('tag')).toBe('');

  await exclude(['dev*', '1.0', '1', 'latest']);
  const expires = {method: 'PUT', path: /\/manifests\/1$/u, fault: answers.ecrExpired()};
  // Also that of a login that worked a moment ago, which is then found out anew.
  registry.setRules(path, [{...expires, times: 2}]);
  const released = await run('release', '1.0.0', '--no-github');
  expect(released).toMatchObject({exitCode: 0});
  expect(await tags()).toEqual(['1', '1.0', '1.0.0', 'dev', 'latest']);
  const put = registry.requests.filter(
    (one) => one.method === 'PUT' && expires.path.test(one.path),
  );
  expect(put.map(({faulted}) => faulted)).toEqual([true, true, false]);
  expect(released.stderr).not.toContain('again in');
  expect(released.stdout + released.stderr).not.toContain(token);
});
