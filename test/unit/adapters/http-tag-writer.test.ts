import {createHash} from 'node:crypto';
import {afterEach, beforeEach, expect, test} from 'vitest';

import {createTagWriter} from '../../../src/adapters/http-tag-writer.ts';
import {err, ok} from '../../../src/model/result.ts';
import {createFakeFiles} from '../../fakes/fake-files.ts';
import {createFakeProcesses} from '../../fakes/fake-processes.ts';
import {refuse, startRegistry, type RegistryServer} from './registry-server.ts';

const manifest = Buffer.from('{"schemaVersion": 2,\n  "manifests": []}');
const digest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
const type = 'application/vnd.oci.image.index.v1+json';

let registry: RegistryServer;
/** What was put, by its tag. */
let written: Map<string, {readonly type: string | undefined; readonly bytes: Buffer}>;
beforeEach(async () => {
  registry = await startRegistry();
  written = new Map();
  registry.put('acme/app', manifest);
});
afterEach(() => registry.close());

/** Takes manifests, and serves that of `digest` with its type. */
const takeTags = (): void => {
  registry.intercept(async (request, response) => {
    const reference = request.url?.split('/').at(-1) ?? '';
    if (request.method === 'GET' && reference === digest) {
      response.writeHead(200, {'content-type': type}).end(manifest);
      return true;
    }
    if (request.method !== 'PUT') return false;
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const bytes = Buffer.concat(pieces);
    written.set(reference, {type: request.headers['content-type'], bytes});
    response.writeHead(201).end();
    return true;
  });
};

const write = (tags: readonly string[], signal?: AbortSignal) =>
  createTagWriter({
    processes: createFakeProcesses(),
    files: createFakeFiles({
      '/config/config.json': JSON.stringify({
        auths: {[registry.host]: {auth: Buffer.from('me:secret').toString('base64')}},
      }),
    }),
    dockerConfig: '/config',
    insecureHosts: [],
    timeoutMs: 500,
  }).writeTags({repository: `${registry.host}/acme/app`, digest, tags}, signal);

test('the very bytes of the manifest are put under each tag, with their type', async () => {
  takeTags();
  expect(await write(['1.4', 'latest'])).toEqual(ok(null));
  expect([...written]).toEqual([
    ['1.4', {type, bytes: manifest}],
    ['latest', {type, bytes: manifest}],
  ]);
  expect(registry.requests).toEqual([
    `GET /v2/acme/app/manifests/${digest}`,
    'PUT /v2/acme/app/manifests/1.4',
    'PUT /v2/acme/app/manifests/latest',
  ]);
});

test("the login of the user's docker is found out once, and used for every tag", async () => {
  const basic = `Basic ${Buffer.from('me:secret').toString('base64')}`;
  registry.intercept(({headers}, response) => {
    if (headers.authorization === basic) return false;
    response.writeHead(401, {'www-authenticate': 'Basic realm="acme"'}).end();
    return true;
  });
  takeTags();
  expect(await write(['1', '2'])).toEqual(ok(null));
  expect(registry.requests).toEqual([
    `GET /v2/acme/app/manifests/${digest}`,
    `GET /v2/acme/app/manifests/${digest} ${basic}`,
    `PUT /v2/acme/app/manifests/1 ${basic}`,
    `PUT /v2/acme/app/manifests/2 ${basic}`,
  ]);
});

test('a refusal is told as containerd words it, and the tags after it stay', async () => {
  registry.intercept(({method}, response) => {
    if (method !== 'PUT') return false;
    refuse(response, 400, 'TAG_INVALID', 'the tag is immutable');
    return true;
  });
  const at = `http://${registry.host}/v2/acme/app/manifests/1`;
  expect(await write(['1', '2'])).toEqual(
    err({
      message: `unexpected status from PUT request to ${at}: 400 Bad Request: TAG_INVALID: the tag is immutable`,
    }),
  );
  expect(registry.requests).toHaveLength(2);
});

test('how long a registry asks to wait is told', async () => {
  registry.intercept((_, response) => {
    response.writeHead(429, {'retry-after': '7'}).end();
    return true;
  });
  expect(await write(['1'])).toMatchObject(
    err({message: expect.stringContaining('429 Too Many Requests') as string, retryAfterMs: 7000}),
  );
});

test('a registry that repeats the login does not make it known', async () => {
  const secret = Buffer.from('me:secret').toString('base64');
  registry.intercept(({headers}, response) => {
    if (headers.authorization === undefined) {
      response.writeHead(401, {'www-authenticate': 'Basic realm="acme"'}).end();
    } else refuse(response, 403, 'DENIED', `${headers.authorization} of me:secret may not`);
    return true;
  });
  const refused = await write(['1']);
  expect(JSON.stringify(refused)).toContain('DENIED: Basic *** of *** may not');
  expect(JSON.stringify(refused)).not.toContain(secret);
});

test('other bytes than those of the digest are put nowhere', async () => {
  registry.serve(`/v2/acme/app/manifests/${digest}`, Buffer.from('{}'));
  expect(await write(['1'])).toEqual(
    err({
      message: `${registry.host}/acme/app@${digest} holds other bytes than its digest says`,
    }),
  );
  expect(registry.requests).toHaveLength(1);
});

test('an image that is not there, and a registry that does not answer, are told', async () => {
  const {host} = registry;
  const missing = createTagWriter({
    ...{processes: createFakeProcesses(), files: createFakeFiles(), dockerConfig: '/config'},
    ...{insecureHosts: []},
  });
  const image = {repository: `${host}/acme/other`, digest, tags: ['1']};
  expect(await missing.writeTags(image)).toMatchObject(
    err({message: expect.stringContaining('404 Not Found: MANIFEST_UNKNOWN') as string}),
  );
  registry.intercept(() => true);
  expect(await write(['1'])).toMatchObject(
    err({message: expect.stringContaining(`cannot reach ${host}: `) as string}),
  );
  const stopped = AbortSignal.abort(new Error('stopped'));
  expect(await write(['1'], stopped)).toMatchObject({ok: false});
});
