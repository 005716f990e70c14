import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {createRegistryImages} from '../../../src/adapters/http-images.ts';
import {nodeFiles} from '../../../src/adapters/node-files.ts';
import {digestOf, imagesContract} from '../../unit/adapters/images.contract.ts';
import {engineVariable} from '../../rig/engine-variable.ts';
import {processes, registry} from './real-builds.ts';

const protectedRegistry = engineVariable('BUILD_MATRIX_ENGINE_AUTH_REGISTRY');
let authorization: string;
let dockerConfig: string;

beforeAll(async () => {
  const password = await readFile(engineVariable('BUILD_MATRIX_ENGINE_AUTH_PASSWORD_FILE'), 'utf8');
  const login = `${engineVariable('BUILD_MATRIX_ENGINE_AUTH_USER')}:${password.trim()}`;
  const auth = Buffer.from(login).toString('base64');
  authorization = `Basic ${auth}`;
  dockerConfig = await mkdtemp(join(tmpdir(), 'bm-config-'));
  const auths = {[protectedRegistry]: {auth}};
  await writeFile(join(dockerConfig, 'config.json'), JSON.stringify({auths}));
});
afterAll(() => rm(dockerConfig, {recursive: true}));

/** The writing half of the distribution API, as far as the tests need it. */
async function send(host: string, method: string, path: string, body?: Uint8Array, type?: string) {
  const response = await fetch(path.startsWith('http') ? path : `http://${host}${path}`, {
    method,
    headers: {
      ...(host === protectedRegistry ? {authorization} : {}),
      ...(type === undefined ? {} : {'content-type': type}),
    },
    ...(body === undefined ? {} : {body}),
  });
  if (!response.ok)
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response;
}

async function put(host: string, path: string, bytes: Uint8Array, tag?: string): Promise<void> {
  if (tag !== undefined) {
    const {mediaType} = JSON.parse(new TextDecoder().decode(bytes)) as {mediaType: string};
    await send(host, 'PUT', `/v2/${path}/manifests/${tag}`, bytes, mediaType);
    return;
  }
  const upload = await send(host, 'POST', `/v2/${path}/blobs/uploads/`);
  const location = upload.headers.get('location') ?? '';
  const url = `${location}${location.includes('?') ? '&' : '?'}digest=${digestOf(bytes)}`;
  await send(host, 'PUT', url, bytes, 'application/octet-stream');
}

const open = (insecureHosts: readonly string[] = []) =>
  createRegistryImages({processes, files: nodeFiles, dockerConfig, insecureHosts});

for (const [name, host] of [
  ['a real registry', registry],
  ['a real registry with a password', protectedRegistry],
] as const) {
  imagesContract(name, () =>
    Promise.resolve({
      images: open(),
      repository: `${host}/contract/face`,
      put: (bytes, tag) => put(host, 'contract/face', bytes, tag),
      close: () => undefined,
    }),
  );
}

test('without the login the registry is told to want one', async () => {
  const images = createRegistryImages({
    processes,
    files: nodeFiles,
    dockerConfig: join(dockerConfig, 'none'),
    insecureHosts: [],
  });
  expect(await images.manifest(`${protectedRegistry}/contract/face`, 'v1.4')).toMatchObject({
    error: {kind: 'unauthorized'},
  });
});
