import {once} from 'node:events';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {createAwsEcr} from '../../../src/adapters/aws-ecr.ts';

/** What moto does not have: the API of the public registry, as the SDK's own model describes it. */
let server: Server;
let requests: string[];
let repositories: Set<string>;
let answerTokens: (() => object) | undefined;

beforeEach(async () => {
  requests = [];
  repositories = new Set();
  answerTokens = undefined;
  server = createServer((request, response) => {
    void (async () => {
      let text = '';
      for await (const piece of request.setEncoding('utf8')) text += String(piece);
      const body = JSON.parse(text === '' ? '{}' : text) as {
        repositoryName?: string;
        repositoryNames?: string[];
      };
      const [, action = ''] = String(request.headers['x-amz-target']).split('.');
      const region = /\/(us-[a-z0-9-]+)\/ecr-public\//u.exec(
        request.headers.authorization ?? '',
      )?.[1];
      requests.push(`${action} ${String(region)}`);
      const [status, answer] = act(action, body.repositoryName ?? body.repositoryNames?.[0] ?? '');
      response.writeHead(status, {'content-type': 'application/x-amz-json-1.1'});
      response.end(JSON.stringify(answer));
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const {port} = server.address() as AddressInfo;
  vi.stubEnv('AWS_ENDPOINT_URL_ECR_PUBLIC', `http://127.0.0.1:${String(port)}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function act(action: string, name: string): readonly [number, object] {
  if (action === 'GetAuthorizationToken' && answerTokens !== undefined)
    return [400, answerTokens()];
  if (action === 'GetAuthorizationToken') {
    const authorizationToken = Buffer.from('AWS:a:token').toString('base64');
    return [200, {authorizationData: {authorizationToken, expiresAt: 1_800_000_000}}];
  }
  if (action === 'DescribeRepositories') {
    if (repositories.has(name)) return [200, {repositories: [{repositoryName: name}]}];
    return [400, {__type: 'RepositoryNotFoundException', message: 'no such repository'}];
  }
  if (repositories.has(name)) return [400, {__type: 'RepositoryAlreadyExistsException'}];
  repositories.add(name);
  return [200, {repository: {repositoryName: name}}];
}

const address = {kind: 'public'} as const;
const settings = {tags: {immutable: true, except: []}, scanOnPush: true, lifecyclePolicy: '{}'};

test('its token is an object, and comes from its only region', async () => {
  expect(await createAwsEcr().token(address)).toEqual({
    ok: true,
    value: {username: 'AWS', password: 'a:token', expiresAt: 1_800_000_000_000},
  });
  expect(requests).toEqual(['GetAuthorizationToken us-east-1']);
});

test('repositories are looked for and created', async () => {
  const ecr = createAwsEcr();
  expect(await ecr.repository(address, 'face')).toEqual({ok: true, value: null});
  expect(await ecr.createRepository(address, 'face', settings)).toEqual({
    ok: true,
    value: 'created',
  });
  expect(await ecr.createRepository(address, 'face', settings)).toEqual({
    ok: true,
    value: 'existed',
  });
  const tags = {immutable: false, except: []};
  expect(await ecr.repository(address, 'face')).toEqual({
    ok: true,
    value: {tags, scanOnPush: false},
  });
});

test.each([
  ['AccessDeniedException', 'denied'],
  ['UnrecognizedClientException', 'no-credentials'],
  ['ExpiredTokenException', 'no-credentials'],
  ['InvalidParameterException', 'refused'],
])('%s: %s', async (type, kind) => {
  answerTokens = () => ({__type: type, message: 'because'});
  expect(await createAwsEcr().token(address)).toEqual({
    ok: false,
    error: {kind, message: 'because'},
  });
});

test('a service that nobody answers for is unreachable', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL_ECR_PUBLIC', 'http://127.0.0.1:1');
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  expect(await createAwsEcr().token(address)).toMatchObject({error: {kind: 'unreachable'}});
});
