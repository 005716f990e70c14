import {afterEach, beforeEach, expect, test} from 'vitest';

import {createGitHubClient, type GitHubAccess} from '../../../src/adapters/github-client.ts';
import {createGitHubReleases} from '../../../src/adapters/github-releases.ts';
import type {GitHubRelease, GitHubReleases} from '../../../src/ports/github.ts';
import {startGitHub, type GitHubServer} from '../../rig/github-server.ts';

let server: GitHubServer;
let github: GitHubReleases;

beforeEach(async () => {
  server = await startGitHub();
  github = openGitHub(server.token);
});

afterEach(async () => {
  await server.close();
});

function openGitHub(token: string, changes: Partial<GitHubAccess> = {}): GitHubReleases {
  const {url: apiUrl} = server;
  const access = {apiUrl, token, userAgent: 'build-matrix/test', secondMs: 1, ...changes};
  return createGitHubReleases(createGitHubClient(access), server.repository);
}

const text = {tag: 'v1.4.2', name: 'v1.4.2', body: 'notes', prerelease: false};
const file = {name: 'sizes.json', contentType: 'application/json', bytes: Buffer.from('{}\n')};

async function draft(): Promise<number> {
  const made = await github.createDraft(text);
  if (!made.ok) throw new Error(made.error.message);
  return made.value.id;
}

/** The only release of v1.4.2. */
async function only(): Promise<GitHubRelease> {
  const found = await github.ofTag('v1.4.2', null);
  if (!found.ok) throw new Error(found.error.message);
  const [release, ...others] = found.value;
  if (release === undefined || others.length > 0) throw new Error('not one release');
  return release;
}

test('a release is drafted, gets files, is published and found: all by the description of GitHub', async () => {
  expect(await github.ofTag('v1.4.2', null)).toEqual({ok: true, value: []});
  const id = await draft();
  const release = await only();
  expect(release).toMatchObject({id, draft: true, body: 'notes', assets: []});
  expect(await github.upload(release, file)).toEqual({ok: true, value: undefined});
  expect(await github.updateBody(id, 'better notes')).toMatchObject({ok: true});
  expect(await github.publish(id, true)).toMatchObject({ok: true});
  expect(server.latest).toBe(id);
  const published = await only();
  expect(published).toMatchObject({
    ...{id, draft: false, body: 'better notes'},
    url: `${server.url}/acme/app/releases/tag/v1.4.2`,
    assets: [{name: 'sizes.json', size: 3, uploaded: true}],
  });
  const [asset] = published.assets;
  expect(await github.readAsset(asset?.id ?? 0)).toEqual({ok: true, value: '{}\n'});
  expect(await github.readAsset(0)).toMatchObject({error: {kind: 'not-found'}});
  expect(await github.repository()).toEqual({ok: true, value: {canPush: true}});
  const request = {tag: 'v1.4.3', commit: 'a'.repeat(40), previousTag: 'v1.4.2'};
  expect(await github.generateNotes(request)).toMatchObject({
    value: expect.stringContaining('v1.4.2...v1.4.3') as string,
  });
  expect(server.violations).toEqual([]);
});

test('a backport does not become the latest release', async () => {
  expect(await github.publish(await draft(), false)).toMatchObject({ok: true});
  expect(server.latest).toBe(null);
});

test('what is made twice because an answer was lost is the caller’s to see: nothing is sent again', async () => {
  server.fail({request: /^POST .*\/releases$/u, kind: 'lost-after', times: 1});
  expect(await github.createDraft(text)).toMatchObject({
    ok: false,
    error: {kind: 'unreachable', status: null},
  });
  expect(server.releases).toHaveLength(1);
  expect(await only()).toMatchObject({draft: true});
});

test('of several drafts the first comes first, on whatever page it is; a published release comes alone', async () => {
  const first = await draft();
  const second = await draft();
  for (let index = 0; index < 120; index += 1) server.add({tag_name: `v0.${index}.0`});
  expect(await github.ofTag('v1.4.2', null)).toMatchObject({value: [{id: first}, {id: second}]});
  const third = await draft();
  expect(await github.deleteDraft(third)).toEqual({ok: true, value: undefined});
  expect(await github.deleteDraft(third)).toMatchObject({error: {kind: 'not-found'}});
  await github.publish(second, true);
  expect(await only()).toMatchObject({id: second});
  expect(await github.ofTag('v1.4.2', first)).toMatchObject({value: [{id: second}, {id: first}]});
  expect(await github.ofTag('v1.4.2', third)).toMatchObject({value: [{id: second}]});
  expect(server.violations).toEqual([]);
});

test('an upload that broke off leaves a file that can be told and deleted', async () => {
  await draft();
  const release = await only();
  server.fail({request: /\/assets$/u, kind: 'starter', times: 1});
  expect(await github.upload(release, file)).toMatchObject({
    error: {kind: 'server', status: 502},
  });
  const [asset] = (await only()).assets;
  expect(asset).toMatchObject({name: 'sizes.json', uploaded: false});
  expect(await github.upload(release, file)).toMatchObject({
    error: {kind: 'invalid', status: 422},
  });
  expect(await github.deleteAsset(asset?.id ?? 0)).toMatchObject({ok: true});
  expect(await github.upload(release, file)).toMatchObject({ok: true});
  expect(server.violations).toEqual([]);
});

test('5xx, lost connections and rate limits are waited for where nothing can be done twice', async () => {
  const id = await draft();
  const limit = {
    status: 403,
    message: 'You have exceeded a secondary rate limit.',
    headers: {'retry-after': '1'},
  };
  for (const fault of [
    {kind: 'answer', status: 503},
    {kind: 'lost'},
    {kind: 'answer', ...limit},
  ] as const) {
    server.fail({request: /^PATCH /u, ...fault, times: 1});
    expect(await github.updateBody(id, 'x')).toMatchObject({ok: true});
    server.heal();
  }
});

test.for([
  [{status: 401, message: 'Bad credentials'}, 'unauthorized'],
  [{status: 403, message: 'Resource not accessible by integration'}, 'forbidden'],
  [{status: 422, message: 'Validation Failed'}, 'invalid'],
  [{status: 404, message: 'Not Found'}, 'not-found'],
  [
    {
      status: 403,
      message: 'API rate limit exceeded',
      headers: {'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '2000000000'},
    },
    'rate-limited',
  ],
  [
    {
      status: 429,
      message: 'You have exceeded a secondary rate limit',
      headers: {'retry-after': '3600'},
    },
    'rate-limited',
  ],
] as const)('%j is told as %s, at once', async ([answer, kind]) => {
  server.fail({request: /./u, kind: 'answer', ...answer, times: 99});
  const {status, message} = answer;
  expect(await github.repository()).toEqual({ok: false, error: {kind, status, message}});
  expect(server.requests).toHaveLength(1);
});

test('an abort ends a pause at once', async () => {
  const controller = new AbortController();
  const patient = openGitHub(server.token, {secondMs: 1000, signal: controller.signal});
  const message = 'You have exceeded a secondary rate limit.';
  const headers = {'retry-after': '100'};
  server.fail({request: /./u, kind: 'answer', status: 403, message, headers, times: 1});
  const asked = patient.repository();
  await expect.poll(() => server.requests).toHaveLength(1);
  controller.abort();
  expect(await asked).toMatchObject({ok: false, error: {message: 'the request was stopped'}});
}, 5000);

test('a token that may only read', async () => {
  server.readOnly(true);
  expect(await github.repository()).toEqual({ok: true, value: {canPush: false}});
  expect(await github.createDraft(text)).toMatchObject({error: {kind: 'forbidden', status: 403}});
  expect(await openGitHub('wrong').repository()).toMatchObject({error: {kind: 'unauthorized'}});
});
