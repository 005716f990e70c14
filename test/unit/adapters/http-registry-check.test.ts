import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createRegistryCheck} from '../../../src/adapters/http-registry-check.ts';
import {createFakeFiles, type FakeFiles} from '../../fakes/fake-files.ts';
import {createFakeProcesses, type FakeProcesses} from '../../fakes/fake-processes.ts';
import {refuse, startRegistry, type RegistryServer} from './registry-server.ts';

let registry: RegistryServer;
let files: FakeFiles;
let processes: FakeProcesses;

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const ann = `Basic ${base64('ann:secret')}`;

beforeEach(async () => {
  registry = await startRegistry();
  registry.serve('/v2/', new TextEncoder().encode('{}'));
  files = createFakeFiles();
  processes = createFakeProcesses();
});
afterEach(() => registry.close());

const check = (host = registry.host, timeoutMs = 5000) => {
  const access = {processes, files, dockerConfig: 'config', insecureHosts: [], timeoutMs};
  return createRegistryCheck(access).check(host, 'acme/face');
};

function logIn(config: object = {auths: {[registry.host]: {auth: base64('ann:secret')}}}): void {
  files.put('config/config.json', JSON.stringify(config));
}

function demand(authorization: string, challenge: string, status = 401): void {
  registry.intercept((request, response) => {
    if (request.url?.startsWith('/token') === true) return false;
    if (request.headers.authorization === authorization) return false;
    if (request.headers.authorization === undefined) {
      response.setHeader('www-authenticate', challenge);
      refuse(response, 401, 'UNAUTHORIZED', 'authentication required');
    } else {
      refuse(response, status, 'DENIED', 'no');
    }
    return true;
  });
}

test('a registry that wants no login is open', async () => {
  expect(await check()).toEqual({kind: 'open', source: null, message: null, pulls: null});
});

describe('a registry with a password', () => {
  beforeEach(() => {
    demand(ann, 'Basic realm="x"');
  });

  test('is without a login', async () => {
    expect(await check()).toMatchObject({kind: 'no-login', source: null});
    expect(registry.requests).toEqual(['GET /v2/']);
  });

  test('takes the login in docker’s file', async () => {
    logIn();
    expect(await check()).toMatchObject({kind: 'accepted', source: {kind: 'file'}});
  });

  test('does not take another', async () => {
    logIn({auths: {[registry.host]: {auth: base64('ann:old')}}});
    expect(await check()).toMatchObject({kind: 'refused', message: '401 Unauthorized'});
  });

  test('takes the login of a helper, for the host or for all', async () => {
    processes.on('docker-credential-vault get', {stdout: ['{"Username":"ann","Secret":"secret"}']});
    const source = {kind: 'helper', name: 'vault'};
    logIn({credHelpers: {[registry.host]: 'vault'}});
    expect(await check()).toMatchObject({kind: 'accepted', source: {...source, ofHost: true}});
    logIn({credsStore: 'vault'});
    expect(await check()).toMatchObject({kind: 'accepted', source: {...source, ofHost: false}});
  });

  test('names the helper of the host when that has nothing', async () => {
    processes.on('docker-credential-vault get', {exitCode: 1});
    logIn({credHelpers: {[registry.host]: 'vault'}});
    expect(await check()).toMatchObject({kind: 'no-login', source: {name: 'vault', ofHost: true}});
    logIn({credsStore: 'vault'});
    expect(await check()).toMatchObject({kind: 'no-login', source: null});
  });
});

test('a token that Amazon calls expired is refused', async () => {
  demand('Basic none', 'Basic realm="x"', 403);
  logIn();
  expect(await check()).toMatchObject({kind: 'refused', message: '403 Forbidden'});
});

describe('a registry with a token server', () => {
  /** Gives tokens that carry these rights, or none at all. */
  function giveTokens(access: object[] | undefined): void {
    const payload = Buffer.from(JSON.stringify({access})).toString('base64url');
    const token = access === undefined ? 'opaque' : `e30.${payload}.c2ln`;
    registry.intercept((request, response) => {
      if (request.url?.startsWith('/token') !== true) return false;
      if (request.headers.authorization !== ann) {
        refuse(response, 401, 'UNAUTHORIZED', 'who?');
        return true;
      }
      response.writeHead(200, {'content-type': 'application/json'});
      response.end(JSON.stringify({token}));
      return true;
    });
    const realm = `http://${registry.host}/token`;
    demand(`Bearer ${token}`, `Bearer realm="${realm}",service="registry"`);
  }

  test('is asked for the right to pull and push', async () => {
    giveTokens([{type: 'repository', name: 'acme/face', actions: ['pull', 'push']}]);
    logIn();
    expect(await check()).toMatchObject({kind: 'accepted'});
    expect(registry.requests[1]).toBe(
      `GET /token?service=registry&scope=repository%3Aacme%2Fface%3Apull%2Cpush ${ann}`,
    );
  });

  test('may give less than that', async () => {
    giveTokens([{type: 'repository', name: 'acme/face', actions: ['pull']}]);
    logIn();
    expect(await check()).toMatchObject({
      kind: 'pull-only',
      message: 'it may not push to acme/face',
    });
  });

  test('is believed when its tokens cannot be read', async () => {
    giveTokens(undefined);
    logIn();
    expect(await check()).toMatchObject({kind: 'accepted'});
  });

  test('may refuse', async () => {
    giveTokens([]);
    logIn({auths: {[registry.host]: {auth: base64('ann:old')}}});
    expect(await check()).toMatchObject({
      kind: 'refused',
      message: `the token server of ${registry.host} does not take it`,
    });
  });
});

describe('no answer that helps', () => {
  test('when nobody listens', async () => {
    expect(await check('localhost:1')).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('cannot reach localhost:1: ') as string,
    });
  });

  test('when it fails', async () => {
    registry.intercept((_request, response) => {
      response.writeHead(503);
      response.end();
      return true;
    });
    expect(await check()).toMatchObject({kind: 'unreachable'});
  });

  test('when it says nothing in time', async () => {
    registry.intercept(() => true);
    expect(await check(registry.host, 50)).toMatchObject({kind: 'unreachable'});
  });
});
