import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {ensureEngine} from '../../tools/engine/environment.ts';
import {freePort} from '../../tools/engine/free-port.ts';
import {REPOSITORY} from '../../tools/engine/paths.ts';
import {status} from '../../tools/engine/status.ts';

/** What a command complained about, undefined for one that succeeded. */
function failureOf(ended: {readonly exitCode?: number; readonly stderr: string}) {
  return ended.exitCode === 0 ? undefined : ended.stderr;
}

/** The engine that the other tests of this lane stand on. */
describe('the engine', () => {
  const builders = ['bm-one', 'bm-nodes', 'default'];
  let env: Record<string, string>;
  let registry: string;
  let work: string;

  beforeAll(async () => {
    env = await ensureEngine();
    registry = variable('BUILD_MATRIX_ENGINE_REGISTRY');
    work = await mkdtemp(join(tmpdir(), 'engine-test-'));
    await writeFile(
      join(work, 'Dockerfile'),
      `FROM ${registry}/docker.io/library/busybox:1.36\nARG SALT\nRUN uname -m > /machine\n`,
    );
  });

  afterAll(async () => {
    await rm(work, {recursive: true, force: true});
  });

  function variable(name: string): string {
    return env[name] ?? '';
  }

  function docker(args: readonly string[], config = variable('DOCKER_CONFIG'), input = '') {
    return execa('docker', args, {
      ...{cwd: work, input, reject: false},
      env: {...env, DOCKER_CONFIG: config},
    });
  }

  /** A salt of its own makes the RUN step run again, whatever earlier tests have cached. */
  function build(builder: string, image: string, config?: string) {
    const platforms = 'linux/amd64,linux/arm64';
    return docker(
      [
        ...['buildx', 'build', '--builder', builder, '--platform', platforms],
        ...['--build-arg', `SALT=${work}`, '--provenance=false'],
        ...['--tag', image, '--push', '.'],
      ],
      config,
    );
  }

  /** A docker configuration without logins, as a stranger has it. */
  async function strangersConfig(name: string): Promise<string> {
    const own = JSON.parse(
      await readFile(join(variable('DOCKER_CONFIG'), 'config.json'), 'utf8'),
    ) as {cliPluginsExtraDirs: readonly string[]};
    const folder = await mkdtemp(join(work, `${name}-`));
    const text = JSON.stringify({cliPluginsExtraDirs: own.cliPluginsExtraDirs});
    await writeFile(join(folder, 'config.json'), text);
    return folder;
  }

  it('comes up once when it is brought up twice at the same time', async () => {
    const records = join(REPOSITORY, '.engine', 'state.json');
    const before = await readFile(records, 'utf8');

    const up = () =>
      execa(process.execPath, ['tools/engine/main.ts', 'up'], {cwd: REPOSITORY, reject: false});
    const [first, second] = await Promise.all([up(), up()]);

    expect([first, second].map(failureOf)).toEqual([undefined, undefined]);
    expect(await readFile(records, 'utf8')).toBe(before);
  });

  it('is well in every part', async () => {
    const {ok, parts} = await status(REPOSITORY);

    expect(parts.filter((part) => !part.ok)).toEqual([]);
    expect(ok).toBe(true);
  });

  it.each(builders)('builds, runs and pushes both architectures on %s', async (builder) => {
    const image = `${registry}/engine-test/${builder}:1`;

    const built = await build(builder, image);

    expect(failureOf(built)).toBeUndefined();
    const machines = await Promise.all(
      ['linux/amd64', 'linux/arm64'].map(async (platform) => {
        const ran = await docker([
          'run',
          '--rm',
          '--pull',
          'always',
          '--quiet',
          '--platform',
          platform,
          image,
          'cat',
          '/machine',
        ]);
        return ran.stdout;
      }),
    );
    expect(machines).toEqual(['x86_64', 'aarch64']);
  });

  it('runs an emulated server that the host can ask', async () => {
    const image = `${registry}/docker.io/library/busybox:1.36`;
    const port = await freePort();
    const serve = `echo well > /healthz && exec httpd -f -p 127.0.0.1:${port} -h /`;

    const started = await docker([
      ...['run', '--detach', '--rm', '--network', 'host', '--platform', 'linux/arm64'],
      ...[image, 'sh', '-c', serve],
    ]);

    expect(failureOf(started)).toBeUndefined();
    try {
      const answer = async () => {
        const response = await fetch(`http://127.0.0.1:${port}/healthz`);
        return response.text();
      };
      await expect.poll(answer, {timeout: 10_000}).toBe('well\n');
    } finally {
      await docker(['rm', '--force', started.stdout]);
    }
  });

  it('keeps strangers out of the registry with a password and lets its user in', async () => {
    const address = variable('BUILD_MATRIX_ENGINE_AUTH_REGISTRY');
    const user = variable('BUILD_MATRIX_ENGINE_AUTH_USER');
    const password = await readFile(variable('BUILD_MATRIX_ENGINE_AUTH_PASSWORD_FILE'), 'utf8');
    const config = await strangersConfig('login');
    const login = ['login', '--username', user, '--password-stdin', address];

    const refused = await build('bm-one', `${address}/engine-test:1`, config);
    const wrong = await docker(login, config, 'not the password');
    const right = await docker(login, config, password);
    const pushed = await build('bm-one', `${address}/engine-test:1`, config);

    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain('401 Unauthorized');
    expect(wrong.exitCode).not.toBe(0);
    expect(failureOf(right)).toBeUndefined();
    expect(failureOf(pushed)).toBeUndefined();
  });
});
