import {setTimeout as sleep} from 'node:timers/promises';
import type {ServerResponse} from 'node:http';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createRegistryImages, type RegistryAccess} from '../../../src/adapters/http-images.ts';
import {createFakeFiles, type FakeFiles} from '../../fakes/fake-files.ts';
import {createFakeProcesses, type FakeProcesses} from '../../fakes/fake-processes.ts';
import {collect, digestOf, imagesContract} from './images.contract.ts';
import {refuse, startRegistry, type RegistryServer} from './registry-server.ts';

let registry: RegistryServer;
let files: FakeFiles;
let processes: FakeProcesses;

const manifest = new TextEncoder().encode('{"mediaType": "m", "layers": []}');
const digest = digestOf(manifest);
const stored = {ok: true, value: {digest, mediaType: 'm', json: {mediaType: 'm', layers: []}}};
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const annBasic = `Basic ${base64('ann:secret')}`;

function open(access: Partial<RegistryAccess> = {}): ReturnType<typeof createRegistryImages> {
  return createRegistryImages({
    processes,
    files,
    dockerConfig: 'config',
    insecureHosts: [],
    retryAfterMs: [1, 1],
    ...access,
  });
}
const read = (images = open(), repository = `${registry.host}/acme/face`) =>
  images.manifest(repository, digest);

beforeEach(async () => {
  registry = await startRegistry();
  registry.put('acme/face', manifest, '1.0');
  files = createFakeFiles();
  processes = createFakeProcesses();
});
afterEach(() => registry.close());

imagesContract('a registry over HTTP', async () => {
  const own = await startRegistry();
  return {
    images: createRegistryImages({
      processes: createFakeProcesses(),
      files: createFakeFiles(),
      dockerConfig: 'config',
      insecureHosts: [],
    }),
    repository: `${own.host}/acme/face`,
    put: (bytes, tag) => {
      own.put('acme/face', bytes, tag);
    },
    putCorrupt: (bytes, of) => {
      own.serve(`/v2/acme/face/manifests/${of}`, bytes);
    },
    close: () => own.close(),
  };
});

function logIn(fields: object = {auth: base64('ann:secret')}): void {
  files.put('config/config.json', JSON.stringify({auths: {[registry.host]: fields}}));
}

/** Wants this `Authorization` for everything but its token server. */
function demand(authorization: string, challenge: string): void {
  registry.intercept((request, response) => {
    if (request.url?.startsWith('/token') === true) return false;
    if (request.headers.authorization === authorization) return false;
    response.setHeader('www-authenticate', challenge);
    refuse(response, 401, 'UNAUTHORIZED', 'authentication required');
    return true;
  });
}

describe('what a tag means now', () => {
  const ask = (tag: string) => open().digest(`${registry.host}/acme/face`, tag);

  test('is asked without reading it', async () => {
    registry.intercept((request, response) => {
      if (request.method !== 'HEAD') return false;
      response.setHeader('docker-content-digest', digest).end();
      return true;
    });
    expect(await ask('1.0')).toEqual({ok: true, value: digest});
    expect(registry.requests).toEqual(['HEAD /v2/acme/face/manifests/1.0']);
  });

  test('is read where the registry does not tell it so', async () => {
    expect(await ask('1.0')).toEqual({ok: true, value: digest});
    expect(registry.requests).toEqual([
      'HEAD /v2/acme/face/manifests/1.0',
      'GET /v2/acme/face/manifests/1.0',
    ]);
  });

  test('is not known of a tag that is not there', async () => {
    expect(await ask('2.0')).toMatchObject({
      error: {
        kind: 'not-found',
        message: `${registry.host}/acme/face:2.0 is not there (404 Not Found)`,
      },
    });
  });
});

describe('a registry that wants a password', () => {
  beforeEach(() => {
    demand(annBasic, 'Basic realm="x"');
  });

  test('gets the login of the docker configuration, and is asked once more only the first time', async () => {
    logIn();
    const images = open();
    expect(await read(images)).toEqual(stored);
    expect(await read(images)).toEqual(stored);
    const path = `GET /v2/acme/face/manifests/${digest}`;
    expect(registry.requests).toEqual([path, `${path} ${annBasic}`, `${path} ${annBasic}`]);
  });

  test('gets the login that a credential helper keeps', async () => {
    files.put('config/config.json', JSON.stringify({credHelpers: {[registry.host]: 'vault'}}));
    processes.on('docker-credential-vault get', {stdout: ['{"Username":"ann","Secret":"secret"}']});
    expect(await read()).toEqual(stored);
    expect(processes.requests[0]?.input).toBe(registry.host);
  });

  test('gets the login in the file when the helper has none', async () => {
    logIn();
    const config = JSON.parse(files.texts.get('config/config.json') ?? '') as object;
    files.put('config/config.json', JSON.stringify({...config, credsStore: 'vault'}));
    processes.on('docker-credential-vault get', {stdout: ['credentials not found'], exitCode: 1});
    expect(await read()).toEqual(stored);
  });

  test('is told as such when there is no login, and nothing is tried without end', async () => {
    expect(await read()).toEqual({
      ok: false,
      error: {
        kind: 'unauthorized',
        message: `${registry.host} wants a login to read ${registry.host}/acme/face@${digest} (401 Unauthorized: authentication required); run: docker login ${registry.host}`,
      },
    });
    expect(registry.requests).toHaveLength(1);
  });

  test('is told as such when the login is wrong; the message holds no secret', async () => {
    logIn({auth: base64('ann:hunter2')});
    const answer = await read();
    expect(answer).toMatchObject({ok: false, error: {kind: 'unauthorized'}});
    expect(JSON.stringify(answer)).not.toContain('hunter2');
    expect(registry.requests).toHaveLength(2);
  });

  test('is not sent a wrong login again without asking', async () => {
    logIn({auth: base64('ann:hunter2')});
    const images = open();
    await read(images);
    await read(images);
    expect(registry.requests[2]).toBe(registry.requests[0]);
  });

  test('is given a login that was made meanwhile', async () => {
    const images = open();
    await read(images);
    logIn();
    expect(await read(images)).toEqual(stored);
  });
});

describe('a registry that wants a token', () => {
  const serveToken = (answer: object, status = 200): void => {
    registry.intercept((request, response) => {
      if (request.url?.startsWith('/token') !== true) return false;
      response.writeHead(status, {'content-type': 'application/json'});
      response.end(JSON.stringify(answer));
      return true;
    });
  };
  const challenge = (extra = '') =>
    `Bearer realm="http://${registry.host}/token?a=b",service="reg"${extra}`;

  test('gets one for anybody', async () => {
    demand('Bearer t1', challenge());
    serveToken({token: 't1'});
    expect(await read()).toEqual(stored);
    expect(registry.requests[1]).toBe(
      'GET /token?a=b&service=reg&scope=repository%3Aacme%2Fface%3Apull',
    );
  });

  test('gets one for the login, in the scope that it named', async () => {
    logIn();
    demand('Bearer t1', challenge(',scope="repository:x:pull"'));
    serveToken({access_token: 't1'});
    expect(await read()).toEqual(stored);
    expect(registry.requests[1]).toBe(
      `GET /token?a=b&service=reg&scope=repository%3Ax%3Apull ${annBasic}`,
    );
  });

  test('gets one for an identity token', async () => {
    logIn({auth: base64('ann:'), identitytoken: 'refresh'});
    demand('Bearer t1', challenge());
    let body = '';
    registry.intercept(async (request) => {
      if (request.url?.startsWith('/token') === true) {
        for await (const chunk of request) body += String(chunk);
      }
      return false;
    });
    serveToken({access_token: 't1'});
    expect(await read()).toEqual(stored);
    expect(registry.requests[1]).toBe('POST /token?a=b');
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      service: 'reg',
      scope: 'repository:acme/face:pull',
      grant_type: 'refresh_token',
      refresh_token: 'refresh',
      client_id: 'build-matrix',
    });
  });

  test('gets a new one when it has expired', async () => {
    let token = 't1';
    registry.intercept((request, response) => {
      if (request.url?.startsWith('/token') === true) {
        response.end(JSON.stringify({token}));
        return true;
      }
      if (request.headers.authorization === `Bearer ${token}`) return false;
      response.setHeader('www-authenticate', challenge());
      refuse(response, 401, 'UNAUTHORIZED', 'expired');
      return true;
    });
    const images = open();
    expect(await read(images)).toEqual(stored);
    token = 't2';
    expect(await read(images)).toEqual(stored);
  });

  test('never gets a login over plain HTTP to another machine', async () => {
    logIn();
    demand('Bearer t1', 'Bearer realm="http://tokens.invalid/token"');
    expect(await read()).toMatchObject({ok: false, error: {kind: 'unauthorized'}});
  });

  test.each([{}, {token: 7}, []])(
    'is told as such when the token server answers %j',
    async (answer) => {
      demand('Bearer t1', challenge());
      serveToken(answer);
      expect(await read()).toMatchObject({ok: false, error: {kind: 'unauthorized'}});
    },
  );
});

describe('trouble', () => {
  test('that passes is waited for', async () => {
    let failures = 2;
    registry.intercept((_, response) => {
      if (failures === 0) return false;
      failures -= 1;
      if (failures === 1) response.destroy();
      else refuse(response, 503, 'UNAVAILABLE', 'soon');
      return true;
    });
    expect(await read()).toEqual(stored);
    expect(registry.requests).toHaveLength(3);
  });

  test.each([
    [429, 'TOOMANYREQUESTS', 'slow down', 'unreachable', '429 Too Many Requests: slow down'],
    [500, 'UNKNOWN', '', 'unreachable', '500 Internal Server Error: UNKNOWN'],
    [400, 'NAME_INVALID', 'bad\n name', 'invalid', '400 Bad Request: bad name'],
  ])('that stays is told: %i', async (status, code, message, kind, said) => {
    registry.intercept((_, response) => {
      refuse(response, status, code, message);
      return true;
    });
    expect(await read()).toEqual({
      ok: false,
      error: {
        kind,
        message: `${registry.host} did not give ${registry.host}/acme/face@${digest} (${said})`,
      },
    });
  });

  test('403 is a matter of rights', async () => {
    registry.intercept((_, response) => {
      refuse(response, 403, 'DENIED', 'not yours');
      return true;
    });
    expect(await read()).toMatchObject({
      error: {
        kind: 'unauthorized',
        message: `${registry.host} refuses to show ${registry.host}/acme/face@${digest} (403 Forbidden: not yours)`,
      },
    });
  });

  test('a registry that is not there is told with the cause', async () => {
    const gone = await startRegistry();
    await gone.close();
    const port = gone.host.split(':')[1] ?? '';
    const answer = await read(open(), `127.0.0.1:${port}/acme/face`);
    expect(answer).toEqual({
      ok: false,
      error: {
        kind: 'unreachable',
        message: `cannot reach 127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`,
      },
    });
  });

  test('a registry that cannot be reached has a patience of its own', async () => {
    registry.intercept((_, response) => {
      response.destroy();
      return true;
    });
    await read(open({retryAfterMs: [1, 1, 1], unreachableAfterMs: [1]}));
    expect(registry.requests).toHaveLength(2);
  });

  test('a registry that does not answer is given up', async () => {
    registry.intercept(() => true);
    expect(await read(open({timeoutMs: 50, retryAfterMs: []}))).toMatchObject({
      error: {kind: 'unreachable'},
    });
  });

  test('a cancel ends the wait', async () => {
    const controller = new AbortController();
    registry.intercept(() => {
      controller.abort();
      return true;
    });
    const answer = await open().manifest(`${registry.host}/acme/face`, digest, controller.signal);
    expect(answer).toMatchObject({ok: false, error: {kind: 'unreachable'}});
    expect(registry.requests).toHaveLength(1);
  });

  test('a pause until a date is as long as the registry asks', async () => {
    let last = 0;
    registry.intercept((_, response) => {
      if (last > 0) return false;
      last = performance.now();
      response.setHeader('retry-after', new Date(Date.now() + 2000).toUTCString());
      refuse(response, 429, 'TOOMANYREQUESTS', 'slow down');
      return true;
    });
    expect((await read(open({retryAfterMs: [1]}))).ok).toBe(true);
    // Dates have no milliseconds.
    expect(performance.now() - last).toBeGreaterThan(900);
  });

  test('a cancel ends the pause before the next try', async () => {
    registry.intercept((_, response) => {
      response.setHeader('retry-after', '20');
      refuse(response, 429, 'TOOMANYREQUESTS', 'slow down');
      return true;
    });
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort();
    }, 30);
    const started = performance.now();
    await open().manifest(`${registry.host}/acme/face`, digest, controller.signal);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test('a manifest without end is cut off', async () => {
    registry.intercept((_, response) => {
      const chunk = Buffer.alloc(1024 * 1024);
      const write = (): void => {
        if (!response.destroyed) response.write(chunk, write);
      };
      write();
      return true;
    });
    expect(await read()).toMatchObject({
      error: {
        kind: 'invalid',
        message: `${registry.host}/acme/face@${digest} is larger than any manifest may be (8 MiB)`,
      },
    });
  });

  test.each(['../../../etc', 'a b', '', 'sha256:abc', 'x/y'])(
    '%j is no reference',
    async (reference) => {
      const answer = await open().manifest(`${registry.host}/acme/face`, reference);
      expect(answer).toMatchObject({error: {kind: 'invalid'}});
      expect(registry.requests).toEqual([]);
    },
  );
});

test('a login is not sent on to where a registry redirects', async () => {
  logIn();
  demand(annBasic, 'Basic realm="x"');
  const storage = await startRegistry();
  storage.serve('/blob', manifest);
  registry.intercept((request, response) => {
    if (request.headers.authorization === undefined) return false;
    response.writeHead(307, {location: `http://${storage.host}/blob`}).end();
    return true;
  });
  const answer = await open().config(`${registry.host}/acme/face`, digest);
  await storage.close();
  expect(answer).toEqual({ok: true, value: {mediaType: 'm', layers: []}});
  expect(storage.requests).toEqual(['GET /blob']);
});

test('one registry gets sixteen requests for documents and four for layers at a time', async () => {
  registry.intercept(async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return false;
  });
  const images = open();
  const blob = () => images.blob(`${registry.host}/acme/face`, digest);
  await Promise.all(Array.from({length: 20}, blob));
  expect(registry.most).toBe(4);
  await Promise.all(Array.from({length: 40}, () => read(images)));
  expect(registry.most).toBe(16);
});

describe('a registry without TLS on another name than localhost', () => {
  // Linux connects to this very machine, and no rule of docker calls it local.
  const elsewhere = () => registry.host.replace('localhost', '0.0.0.0');

  test('is asked over plain HTTP when it is said to be so', async () => {
    const images = open({insecureHosts: [elsewhere()]});
    expect(await read(images, `${elsewhere()}/acme/face`)).toEqual(stored);
  });

  const toldAsSuch = () => ({
    ok: false,
    error: {
      kind: 'plain-http',
      message: `${elsewhere()} does not speak TLS, and was asked over https`,
    },
  });

  test('is told as such when nobody said so, and not asked again for a tag, which nothing proves', async () => {
    let connections = 0;
    registry.onConnection(() => (connections += 1));
    expect(await open().manifest(`${elsewhere()}/acme/face`, '1.0')).toEqual(toldAsSuch());
    expect(registry.requests).toEqual([]);
    expect(connections).toBe(1);
  });

  test('is read by digest all the same, without a login', async () => {
    const auths = {[elsewhere()]: {auth: base64('ann:secret')}};
    files.put('config/config.json', JSON.stringify({auths}));
    expect(await read(open(), `${elsewhere()}/acme/face`)).toEqual(stored);
    expect(registry.requests).toEqual([`GET /v2/acme/face/manifests/${digest}`]);
  });

  test('is sent no login when it wants one', async () => {
    demand(annBasic, 'Basic realm="x"');
    const auths = {[elsewhere()]: {auth: base64('ann:secret')}};
    files.put('config/config.json', JSON.stringify({auths}));
    expect(await read(open(), `${elsewhere()}/acme/face`)).toEqual(toldAsSuch());
    expect(registry.requests).toEqual([`GET /v2/acme/face/manifests/${digest}`]);
  });
});

test('a token that Amazon calls expired is replaced by the login that docker has now', async () => {
  let expected = annBasic;
  registry.intercept((request, response) => {
    const {authorization} = request.headers;
    if (authorization === expected) return false;
    response.setHeader('www-authenticate', 'Basic realm="x"');
    if (authorization === undefined) refuse(response, 401, 'UNAUTHORIZED', 'no basic auth');
    else refuse(response, 403, 'DENIED', 'Your authorization token has expired.');
    return true;
  });
  logIn();
  const images = open();
  expect(await read(images)).toEqual(stored);
  expected = `Basic ${base64('ann:newer')}`;
  logIn({auth: base64('ann:newer')});
  expect(await read(images)).toEqual(stored);
});

test('an answer that tells of pulls is passed on', async () => {
  registry.intercept((_request, response) => {
    response.setHeader('ratelimit-limit', '100;w=21600');
    response.setHeader('ratelimit-remaining', '7;w=21600');
    response.setHeader('docker-ratelimit-source', '203.0.113.7');
    return false;
  });
  const told: unknown[] = [];
  await read(open({onPulls: (pulls) => told.push(pulls)}));
  expect(told).toEqual([
    {limit: 100, remaining: 7, windowSeconds: 21_600, countedFor: '203.0.113.7'},
  ]);
});

test('a login of DOCKER_AUTH_CONFIG wins over helpers and the file', async () => {
  demand(annBasic, 'Basic realm="x"');
  logIn({auth: base64('ann:old')});
  const auths = {[registry.host]: {auth: base64('ann:secret')}};
  expect(await read(open({dockerAuthConfig: JSON.stringify({auths})}))).toEqual(stored);
});

test('a registry that DOCKER_AUTH_CONFIG does not name gets the login of the file', async () => {
  demand(annBasic, 'Basic realm="x"');
  logIn();
  const auths = {'other.io': {auth: base64('bob:x')}};
  expect(await read(open({dockerAuthConfig: JSON.stringify({auths})}))).toEqual(stored);
});

describe('a blob', () => {
  const blobPath = `/v2/acme/face/blobs/${digest}`;
  const blob = (images = open(), signal?: AbortSignal) =>
    images.blob(`${registry.host}/acme/face`, digest, signal);
  /** Answers with half of the bytes, and `then` does the rest. */
  const half = (then: (response: ServerResponse) => void): void => {
    registry.intercept((_request, response) => {
      response.writeHead(200, {'content-length': manifest.length});
      response.write(manifest.subarray(0, 10), () => {
        then(response);
      });
      return true;
    });
  };

  test('of a registry with a login comes from where it redirects, without the login', async () => {
    logIn();
    const storage = await startRegistry();
    storage.serve('/blob', manifest);
    demand(annBasic, 'Basic realm="x"');
    registry.intercept((_request, response) => {
      response.writeHead(307, {location: `http://${storage.host}/blob`}).end();
      return true;
    });
    const answer = await blob();
    const bytes = answer.ok ? await collect(answer.value) : answer.error;
    await storage.close();
    expect(bytes).toEqual(Buffer.from(manifest));
    expect(registry.requests).toEqual([`GET ${blobPath}`, `GET ${blobPath} ${annBasic}`]);
    expect(storage.requests).toEqual(['GET /blob']);
  });

  test('is asked for again when the registry is busy', async () => {
    registry.intercept((_request, response) => {
      if (registry.requests.length > 2) return false;
      refuse(response, 503, 'UNAVAILABLE', 'busy');
      return true;
    });
    const answer = await blob();
    expect(answer.ok ? await collect(answer.value) : answer.error).toEqual(Buffer.from(manifest));
    expect(registry.requests).toHaveLength(3);
  });

  test('that breaks off throws, and is not asked for again', async () => {
    half((response) => response.destroy());
    const answer = await blob();
    await expect(answer.ok ? collect(answer.value) : answer.error).rejects.toThrow();
    expect(registry.requests).toHaveLength(1);
  });

  test('of which nothing more comes throws', async () => {
    half(() => undefined);
    const answer = await blob(open({timeoutMs: 100}));
    await expect(answer.ok ? collect(answer.value) : answer.error).rejects.toThrow(
      'no byte came for 100 ms',
    );
  });

  test('ends with an abort', async () => {
    const stop = new AbortController();
    half(() => undefined);
    const answer = await blob(open(), stop.signal);
    stop.abort(new Error('enough'));
    await expect(answer.ok ? collect(answer.value) : answer.error).rejects.toThrow('enough');
  });
});

describe('tags of a repository', () => {
  const page = (tags: readonly string[] | null): Uint8Array =>
    new TextEncoder().encode(JSON.stringify({name: 'team/app', tags}));

  test('are read page by page; a repository that is not there has none', async () => {
    registry.serve('/v2/team/app/tags/list?n=1000&last=b', page(['c']));
    registry.intercept((request, response) => {
      if (request.url !== '/v2/team/app/tags/list?n=1000') return false;
      const link = '</v2/team/app/tags/list?n=1000&last=b>; rel="next"';
      response.writeHead(200, {link, 'content-type': 'application/json'});
      response.end(page(['a', 'b']));
      return true;
    });
    registry.serve('/v2/team/empty/tags/list?n=1000', page(null));
    const images = open();
    const list = (name: string) => images.list(`${registry.host}/team/${name}`);
    expect(await list('app')).toEqual({ok: true, value: ['a', 'b', 'c']});
    expect(await list('empty')).toEqual({ok: true, value: []});
    expect(await list('missing')).toEqual({ok: true, value: []});
  });

  test('that is not there are read to the end: an answer left unread keeps the process', async () => {
    const sockets = new Set<unknown>();
    registry.intercept((request, response) => {
      sockets.add(request.socket);
      response.writeHead(404, {'content-length': '14'});
      response.end('{"errors": []}');
      return true;
    });
    const images = open();
    for (let time = 0; time < 3; time += 1) {
      await images.list(`${registry.host}/team/missing`);
      // What nobody waits for comes all the same.
      await sleep(20);
    }
    expect(sockets.size).toBe(1);
  });

  test('are not asked for at another host, which would get the login', async () => {
    registry.intercept((_request, response) => {
      const link = '<http://localhost:1/v2/team/app/tags/list>; rel="next"';
      response.writeHead(200, {link, 'content-type': 'application/json'});
      response.end(page(['a']));
      return true;
    });
    expect(await open().list(`${registry.host}/team/app`)).toEqual({
      ok: false,
      error: {
        kind: 'invalid',
        message: `${registry.host} sends to http://localhost:1/v2/team/app/tags/list for more tags`,
      },
    });
  });
});
