import {once} from 'node:events';
import {copyFile, cp, mkdtemp, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {get, type IncomingMessage} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {setTimeout as sleep} from 'node:timers/promises';

import {execa} from 'execa';
import {afterAll, beforeAll, describe, test} from 'vitest';

import {freePort} from '../../tools/engine/free-port.ts';
import {engineVariable} from '../rig/engine-variable.ts';
import {runIn} from '../rig/real-command.ts';

/**
 * The sample's blue-green deployment as it is shipped: dockerfiles/deploy with docker compose, nginx
 * and the image that build-matrix makes of Dockerfile.cpu. Nothing of it is a stand-in but the base
 * images.
 */

const root = join(import.meta.dirname, '../..');
const registry = engineVariable('BUILD_MATRIX_ENGINE_REGISTRY');
const platform = process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64';
const service = (version: number): string => `${registry}/blue-green/iris-service:${version}`;
const broken = `${registry}/blue-green/broken:1`;
const silent = `${registry}/blue-green/silent:1`;

/** Healthy to its own health check, but not through nginx: refuses what was forwarded. */
const brokenDockerfile = `FROM ${service(1)}
COPY broken.py ./
CMD ["gunicorn", "broken:app"]
`;
const brokenApp = `def app(environ, start_response):
    status = "500 Broken" if "HTTP_X_FORWARDED_FOR" in environ else "200 OK"
    start_response(status, [("Content-Length", "0")])
    return [b""]
`;
/** Runs and never answers; ends at once when it is told to. */
const silentDockerfile = `FROM ${service(1)}
STOPSIGNAL SIGKILL
CMD ["sleep", "600"]
`;

class Deployment {
  /** How long switch.sh waits for a container. */
  healthSeconds = 30;
  private readonly folder: string;
  private readonly port: number;
  private readonly environment: Readonly<Record<string, string>>;

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
    // The name in compose.yaml is for one deployment on a machine; here are several.
    this.environment = {COMPOSE_PROJECT_NAME: `bm-deploy-${port}`};
  }

  static async open(): Promise<Deployment> {
    const folder = await mkdtemp(join(tmpdir(), 'bm-deploy-'));
    const source = join(root, 'dockerfiles/deploy');
    await copyFile(join(source, 'switch.sh'), join(folder, 'switch.sh'));
    await copyFile(join(source, 'compose.yaml'), join(folder, 'compose.yaml'));
    await cp(join(source, 'nginx'), join(folder, 'nginx'), {
      recursive: true,
      filter: (path) => !path.endsWith('.inc'),
    });
    const port = await freePort();
    const nginx = `${registry}/docker.io/library/nginx:1.28.0-alpine`;
    await writeFile(join(folder, '.env'), `PORT=${port}\nNGINX_IMAGE=${nginx}\n`);
    return new Deployment(folder, port);
  }

  start(...args: readonly string[]) {
    return execa('sh', ['switch.sh', ...args], {
      cwd: this.folder,
      env: {...this.environment, HEALTH_SECONDS: `${this.healthSeconds}`},
      reject: false,
    });
  }

  async switch(...args: readonly string[]) {
    const {exitCode, stderr} = await this.start(...args);
    return {exitCode, stderr};
  }

  /** The colour and version that answer a visitor, or what he got instead. */
  async visit(): Promise<string> {
    try {
      // A connection of its own: nginx closes idle ones when it is reloaded, which clients know of.
      const request = get(`http://127.0.0.1:${this.port}/info`, {agent: false, timeout: 5_000});
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      const body = await text(response);
      if (response.statusCode !== 200) return `${response.statusCode}`;
      const {version} = JSON.parse(body) as {version: string};
      return `${String(response.headers['x-served-by'] ?? 'nobody')} ${version}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async image(colour: string): Promise<string | undefined> {
    const text = await readFile(join(this.folder, '.env'), 'utf8');
    return new RegExp(`^${colour.toUpperCase()}_IMAGE=(.*)$`, 'm').exec(text)?.[1];
  }

  has(path: string): Promise<boolean> {
    return stat(join(this.folder, path)).then(
      () => true,
      () => false,
    );
  }

  async close(): Promise<void> {
    await execa('docker', ['compose', 'down', '--timeout', '1', '--volumes'], {
      cwd: this.folder,
      env: this.environment,
    });
    await rm(this.folder, {recursive: true});
  }
}

async function derive(image: string, files: Readonly<Record<string, string>>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bm-derive-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const args = ['buildx', 'build', '--platform', platform, '--tag', image, '--push', folder];
  await execa('docker', args);
  await rm(folder, {recursive: true});
}

beforeAll(async () => {
  for (const version of [1, 2]) {
    const to = ['--push', '--registry', `${registry}/blue-green`];
    const sets = ['cpu.tags={version}', `cpu.platforms=${platform}`];
    const what = [...sets.flatMap((one) => ['--set', one]), `--image-version=${version}`];
    const args = ['build', 'cpu', ...to, ...what];
    const built = await runIn(root, args);
    if (built.exitCode !== 0) throw new Error(built.stderr);
  }
  await derive(broken, {Dockerfile: brokenDockerfile, 'broken.py': brokenApp});
  await derive(silent, {Dockerfile: silentDockerfile});
});

/** Side by side: most of the time they wait. Each has a deployment of its own. */
describe.concurrent('dockerfiles/deploy', () => {
  const opened: Deployment[] = [];
  const open = async (): Promise<Deployment> => {
    const deployment = await Deployment.open();
    opened.push(deployment);
    return deployment;
  };
  afterAll(async () => {
    await Promise.all(opened.map((each) => each.close()));
  });

  test('releases, and goes back, without a failed request', async ({expect}) => {
    const deployment = await open();
    expect(await deployment.switch(service(1))).toMatchObject({exitCode: 0});
    expect(await deployment.visit()).toBe('blue:8000 1');

    const answers = new Set<string>();
    let visiting = true;
    const visits = (async () => {
      while (visiting) {
        answers.add(await deployment.visit());
        await sleep(10);
      }
    })();
    const released = await deployment.switch(service(2));
    const during = await deployment.visit();
    const back = await deployment.switch('--back');
    visiting = false;
    await visits;

    expect([released, back]).toMatchObject([{exitCode: 0}, {exitCode: 0}]);
    expect(during).toBe('green:8000 2');
    expect(await deployment.visit()).toBe('blue:8000 1');
    expect([...answers].sort()).toEqual(['blue:8000 1', 'green:8000 2']);
    expect(await deployment.image('blue')).toBe(service(1));
    expect(await deployment.image('green')).toBe(service(2));
  });

  test('a release that fails behind nginx gives the traffic back', async ({expect}) => {
    const deployment = await open();
    expect(await deployment.switch(service(1))).toMatchObject({exitCode: 0});

    const failed = await deployment.switch(broken);

    expect(failed.stderr).toContain('failed; blue has the traffic');
    expect(failed.exitCode).toBe(1);
    expect(await deployment.visit()).toBe('blue:8000 1');
    expect(await deployment.image('green')).toBeUndefined();
    expect(await deployment.has('.lock')).toBe(false);
  });

  test('a release that does not start, get healthy or end well changes nothing', async ({
    expect,
  }) => {
    const deployment = await open();
    expect(await deployment.switch('--back')).toMatchObject({exitCode: 1});
    expect(await deployment.switch(service(1))).toMatchObject({exitCode: 0});
    const back = await deployment.switch('--back');
    expect(back.stderr).toContain('there is no other release to go back to');
    expect(back.exitCode).toBe(1);

    const unchanged = async (): Promise<void> => {
      expect(await deployment.visit()).toBe('blue:8000 1');
      expect(await deployment.image('green')).toBeUndefined();
      expect(await deployment.has('.lock')).toBe(false);
    };

    const missing = await deployment.switch(`${registry}/blue-green/missing:1`);
    expect(missing.stderr).toContain('failed; blue has the traffic');
    expect(missing.exitCode).toBe(1);
    await unchanged();

    deployment.healthSeconds = 2;
    const unhealthy = await deployment.switch(silent);
    expect(unhealthy.stderr).toContain('green does not answer after 2 s');
    expect(unhealthy.exitCode).toBe(1);
    await unchanged();

    deployment.healthSeconds = 30;
    const running = deployment.start(silent);
    await expect.poll(() => deployment.image('green'), {timeout: 10_000}).toBe(silent);
    const second = await deployment.switch(service(2));
    expect(second.stderr).toContain('another switch is running');
    expect(second.exitCode).toBe(1);
    running.kill('SIGTERM');
    expect(await running).toMatchObject({exitCode: 143});
    await unchanged();

    // And the next release is none the worse for it.
    expect(await deployment.switch(service(2))).toMatchObject({exitCode: 0});
    expect(await deployment.visit()).toBe('green:8000 2');
  });

  test('a first release that fails leaves nobody with the traffic', async ({expect}) => {
    const deployment = await open();

    const failed = await deployment.switch(broken);

    expect(failed.stderr).toContain('failed; no colour has the traffic');
    expect(failed.exitCode).toBe(1);
    expect(await deployment.has('nginx/active.inc')).toBe(false);
    expect(await deployment.visit()).toContain('ECONNREFUSED');
  });

  test('without an image it says how it is used', async ({expect}) => {
    const deployment = await open();

    const asked = await deployment.switch();

    expect(asked.stderr).toContain('./switch.sh IMAGE');
    expect(asked.exitCode).toBe(2);
  });
});
