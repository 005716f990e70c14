import {randomBytes} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {request} from 'node:https';
import {networkInterfaces} from 'node:os';

import {afterAll, beforeAll, describe, expect, test} from 'vitest';

import {makeAuthority, type Authority} from '../rig/certificates.ts';
import {startOwnBuildkit, type OwnBuildkit} from '../rig/own-buildkit.ts';
import {startOwnRegistry, type OwnRegistry} from '../rig/own-registry.ts';
import {realCommand, type Ended, type RealCommand} from '../rig/real-command.ts';
import {proxyPassword, startTinyProxy, type TinyProxy} from '../rig/tiny-proxy.ts';

/** A name that only the proxy knows. */
const name = 'registry.invalid';
/** An address of this machine that is not taken for it: TLS is expected there. */
const address = Object.values(networkInterfaces())
  .flatMap((one) => one ?? [])
  .find(({family, internal}) => family === 'IPv4' && !internal)?.address;
if (address === undefined) throw new Error('this machine has no address but that of itself');

let authority: Authority;
let registry: OwnRegistry;
let proxy: TinyProxy;
let buildkit: OwnBuildkit;
const builder = `bm-tls-${process.pid.toString(36)}`;
const commands: RealCommand[] = [];
/** Of the registry, at its address and by its name. */
let far: string;
let named: string;

beforeAll(async () => {
  authority = await makeAuthority();
  const tls = await authority.sign('registry', [`IP:${address}`, 'IP:127.0.0.1', `DNS:${name}`]);
  registry = await startOwnRegistry({address: '0.0.0.0', tls});
  const port = registry.host.slice(registry.host.indexOf(':') + 1);
  far = `${address}:${port}`;
  named = `${name}:${port}`;
  proxy = await startTinyProxy();
  buildkit = await startOwnBuildkit({
    toml: [far, named]
      .map((host) => `[registry."${host}"]\n  ca = ["${authority.file}"]\n`)
      .join(''),
    env: {HTTPS_PROXY: proxy.url, NO_PROXY: address},
  });
  await buildkit.create(builder);
});
afterAll(async () => {
  await Promise.all(commands.map((each) => each.close()));
  await buildkit.close();
  await proxy.close();
  await registry.close();
  await authority.close();
});

const tagged = 'one: {platforms: [linux/amd64], tags: ["1"]}';

async function commandFor(host: string, image = `targets: {${tagged}}`): Promise<RealCommand> {
  const command = await realCommand({
    Dockerfile: `FROM busybox:1.36\nENV RUN_OF=${randomBytes(8).toString('hex')}\nRUN echo made > /made\n`,
    'matrix.yml': `version: 1
registries: {own: {type: oci, url: "https://${host}", namespace: team}}
defaults: {registries: [own]}
images: {app: {${image}}}
`,
  });
  commands.push(command);
  return command;
}

const push = (command: RealCommand, env: Readonly<Record<string, string>>, by = builder) =>
  command.run(['build', '--push', '--builder', by, '--progress', 'plain'], env);

/** What a tag holds, asked of the registry itself; undefined when there is no such tag. */
async function held(tag: string): Promise<string | undefined> {
  const ca = await readFile(authority.file);
  const accept = 'application/vnd.oci.image.index.v1+json';
  const path = `/v2/team/app/manifests/${tag}`;
  const port = Number(far.split(':')[1]);
  return new Promise((resolve, reject) => {
    const options = {host: address, port, path, method: 'HEAD', ca, headers: {accept}};
    request(options, ({statusCode, headers}) => {
      resolve(statusCode === 200 ? String(headers['docker-content-digest']) : undefined);
    })
      .on('error', reject)
      .end();
  });
}

/** What went wrong, without the lines of progress and what is another one each time. */
function failureOf({stderr}: Ended): string {
  const text = stderr.slice(stderr.indexOf('error: '));
  return text
    .replaceAll(far, 'HOST')
    .replaceAll(named, 'NAME')
    .replace(/sha256:[0-9a-f]{64}/gu, 'DIGEST');
}

const ca = (): Record<string, string> => ({
  SSL_CERT_FILE: authority.file,
  NODE_EXTRA_CA_CERTS: authority.file,
});

/** A build with nothing of it published. */
async function refusedPush(
  env: Readonly<Record<string, string>>,
  by?: string,
  image?: string,
): Promise<Ended> {
  const ended = await push(await commandFor(far, image), {...ca(), ...env}, by);
  expect(await held('1')).toBe(undefined);
  return ended;
}

describe('a registry whose certificate an authority of our own has signed', () => {
  test('the builder does not know it', async () => {
    const ended = await refusedPush({}, 'bm-one');
    expect(ended.exitCode).toBe(1);
    expect(failureOf(ended)).toContain(
      `tls: failed to verify certificate: x509: certificate signed by unknown authority
  in exporting to image
help: the registry's certificate is not trusted by the builder: give it the authority that signed it (buildkitd.toml, \`ca = [...]\`)
`,
    );
  });

  test('build-matrix does not know it: nothing is built', async () => {
    const ended = await refusedPush({NODE_EXTRA_CA_CERTS: ''});
    expect(ended.exitCode).toBe(3);
    expect(failureOf(ended)).toContain(
      'error: the certificate of HOST is not trusted: unable to verify the first certificate\n',
    );
    expect(ended.stderr).toContain(
      'help: name its authority in NODE_EXTRA_CA_CERTS; `docs/registries.md` tells what docker and the builder need\n',
    );
    expect(ended.stderr).not.toContain('DONE');
  });

  test('buildx, which joins images, does not know it', async () => {
    const apart =
      'one: {platforms: [linux/amd64], tags: []}, two: {platforms: [linux/arm64], tags: []}';
    const joined = `targets: {${apart}}, indexes: {"1": [one, two]}`;
    const ended = await refusedPush({SSL_CERT_FILE: ''}, builder, joined);
    expect(ended.exitCode).toBe(1);
    expect(failureOf(ended)).toBe(
      `error: app:1 was built, but not published: failed to do request: Head "https://HOST/v2/team/app/manifests/DIGEST": tls: failed to verify certificate: x509: certificate signed by unknown authority
help: the registry's certificate is not trusted by buildx, which joins and copies images: name the authority that signed it in SSL_CERT_FILE
`,
    );
  });

  test('who needs to know it does: buildx moves no tag of one image', async () => {
    const command = await commandFor(far);
    expect(await push(command, {...ca(), SSL_CERT_FILE: ''})).toMatchObject({exitCode: 0});
    expect(await held('1')).toBe((await command.record()).targets[0]?.digest);
  });
});

describe('a registry that only a proxy reaches', () => {
  const check = async (env: Readonly<Record<string, string>>): Promise<Ended> =>
    (await commandFor(named)).run(['login', '--check'], {...ca(), ...env});

  test('images are pushed, read back and published through it', async () => {
    const command = await commandFor(named);
    const env = {...ca(), HTTPS_PROXY: proxy.url};
    expect(await push(command, env)).toMatchObject({exitCode: 0});
    expect(await held('1')).toBe((await command.record()).targets[0]?.digest);
    // Of the base image, which is on this machine, nobody asked it.
    expect(new Set(proxy.asked)).toEqual(new Set([`CONNECT ${named}`]));
  });

  test('plain HTTP goes through HTTP_PROXY', async () => {
    const plain = await startOwnRegistry({});
    const host = plain.host.replace('127.0.0.1', name);
    const command = await realCommand({
      'matrix.yml': `version: 1\nregistries: {own: {type: oci, url: "http://${host}"}}\nimages: {}\n`,
    });
    commands.push(command);
    const ended = await command.run(['login', '--check'], {HTTP_PROXY: proxy.url});
    await plain.close();
    expect(ended).toMatchObject({exitCode: 0, stderr: ''});
    expect(proxy.asked).toContain(`GET http://${host}/v2/`);
  });

  test.each([
    ['no proxy', {}, 'cannot reach NAME: getaddrinfo ENOTFOUND registry.invalid'],
    [
      'one that nobody listens at',
      {HTTPS_PROXY: 'http://127.0.0.1:9'},
      'cannot reach NAME: connect ECONNREFUSED 127.0.0.1:9; HTTPS_PROXY is set: check the proxy, and what NO_PROXY leaves out',
    ],
    [
      'its name in NO_PROXY',
      {HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: 'invalid'},
      'cannot reach NAME: getaddrinfo ENOTFOUND registry.invalid; HTTPS_PROXY is set: check the proxy, and what NO_PROXY leaves out',
    ],
    [
      'SOCKS',
      {HTTPS_PROXY: 'socks5://127.0.0.1:9'},
      'cannot reach NAME: getaddrinfo ENOTFOUND registry.invalid; HTTPS_PROXY is not used: it has to be http://HOST:PORT or https://HOST:PORT',
    ],
  ])('%s: told', async (_, env, message) => {
    const ended = await check(env);
    expect(ended.exitCode).toBe(3);
    expect(failureOf(ended)).toContain(`error: ${message}\n`);
  });

  test('a login that the proxy does not take is told, and is not in the message', async () => {
    const ended = await check({HTTPS_PROXY: proxy.url.replace(proxyPassword, 'wr0ng')});
    expect(ended.exitCode).toBe(3);
    expect(failureOf(ended)).toContain(
      'HTTP/1.1 407 Proxy Authentication Required; HTTPS_PROXY is set',
    );
    expect(ended.stdout + ended.stderr).not.toMatch(/wr0ng|ann:/u);
  });
});
