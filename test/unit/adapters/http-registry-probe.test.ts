import {once} from 'node:events';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {afterEach, expect, test} from 'vitest';
import {createRegistryProbe} from '../../../src/adapters/http-registry-probe.ts';
import {ok} from '../../../src/model/result.ts';
import {createFakeFiles} from '../../fakes/fake-files.ts';
import {createFakeProcesses} from '../../fakes/fake-processes.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A registry that answers as told; `requests` are those that it got. */
async function registry(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const requests: string[] = [];
  server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    answer(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const auth = Buffer.from('me:secret').toString('base64');
  const probe = createRegistryProbe({
    processes: createFakeProcesses(),
    files: createFakeFiles({'/config/config.json': JSON.stringify({auths: {[host]: {auth}}})}),
    dockerConfig: '/config',
    insecureHosts: [],
    timeoutMs: 500,
  });
  return {probe, requests, repository: `${host}/a/b`};
}

test('an upload that is accepted is given up again, and a manifest that is there has a digest', async () => {
  const {probe, requests, repository} = await registry(({method}, response) => {
    if (method === 'POST') response.writeHead(202, {location: '/v2/a/b/blobs/uploads/1?_state=x'});
    else if (method === 'HEAD') response.setHeader('docker-content-digest', 'sha256:1');
    else response.statusCode = 204;
    response.end();
  });
  expect(await probe.ask({repository, reference: '1', action: 'push'})).toEqual(
    ok({
      upload: {status: 202, statusText: 'Accepted', said: ''},
      manifest: {status: 200, statusText: 'OK', said: '', digest: 'sha256:1'},
    }),
  );
  expect(requests).toEqual([
    'POST /v2/a/b/blobs/uploads/',
    'DELETE /v2/a/b/blobs/uploads/1?_state=x',
    'HEAD /v2/a/b/manifests/1',
  ]);
});

test('a refusal is told with its code and the time to wait', async () => {
  const {probe, requests, repository} = await registry((_, response) => {
    response.writeHead(429, {'retry-after': '7'});
    response.end(JSON.stringify({errors: [{code: 'TOOMANYREQUESTS', message: 'slow\ndown'}]}));
  });
  const limited = {
    ...{status: 429, statusText: 'Too Many Requests'},
    ...{said: 'TOOMANYREQUESTS: slow down', retryAfterMs: 7000},
  };
  expect(await probe.ask({repository, reference: '1', action: 'pull'})).toEqual(
    ok({upload: null, manifest: limited}),
  );
  expect(requests).toEqual(['HEAD /v2/a/b/manifests/1', 'GET /v2/a/b/manifests/1']);
});

test('a full disk behind the registry is told by the number of its error', async () => {
  const detail = {DriverName: 'filesystem', Enclosed: {Op: 'write', Path: '/x', Err: 28}};
  const errors = [{code: 'UNKNOWN', message: 'unknown error', detail}];
  const {probe, repository} = await registry((_, response) => {
    response.writeHead(500);
    response.end(JSON.stringify({errors}));
  });
  expect(await probe.ask({repository, reference: null, action: 'push'})).toMatchObject({
    value: {upload: {status: 500, said: 'UNKNOWN: unknown error: no space left on device'}},
  });
});

test('a login that a registry repeats is hidden', async () => {
  const {probe, repository} = await registry(({headers}, response) => {
    response.writeHead(headers.authorization === undefined ? 401 : 403, {
      'www-authenticate': 'Basic realm="x"',
    });
    response.end(`you sent ${headers.authorization ?? ''}, which is me:secret`);
  });
  const answers = await probe.ask({repository, reference: null, action: 'push'});
  expect(answers).toMatchObject({
    value: {upload: {status: 403, said: 'you sent Basic ***, which is ***'}},
  });
});

test('a body that is no error document is told by its begin', async () => {
  const {probe, repository} = await registry((_, response) => {
    response.writeHead(403);
    response.end(`<html>\n${'x'.repeat(1000)}`);
  });
  expect(await probe.ask({repository, reference: null, action: 'push'})).toMatchObject({
    value: {upload: {status: 403, said: `<html> ${'x'.repeat(293)}`}, manifest: null},
  });
});

test('the login of the user is used where it is asked for', async () => {
  const {probe, requests, repository} = await registry(({headers}, response) => {
    const known = headers.authorization === `Basic ${Buffer.from('me:secret').toString('base64')}`;
    response.writeHead(known ? 403 : 401, {'www-authenticate': 'Basic realm="x"'});
    response.end();
  });
  expect(await probe.ask({repository, reference: null, action: 'push'})).toMatchObject({
    value: {upload: {status: 403}},
  });
  expect(requests).toHaveLength(2);
});

test('no answer is told in a sentence', async () => {
  const {probe, repository} = await registry((request) => {
    request.socket.destroy();
  });
  expect(await probe.ask({repository, reference: null, action: 'push'})).toMatchObject({
    error: expect.stringMatching(
      /^cannot reach 127\.0\.0\.1:\d+: (?:other side closed|socket hang up)/u,
    ) as string,
  });
});
