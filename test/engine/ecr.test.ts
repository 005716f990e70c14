import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from 'vitest';

import {createAwsEcr} from '../../src/adapters/aws-ecr.ts';
import {createProcesses} from '../../src/adapters/execa-processes.ts';
import {createRegistryCheck} from '../../src/adapters/http-registry-check.ts';
import {nodeFiles} from '../../src/adapters/node-files.ts';
import {createLogins} from '../../src/registries/logins.ts';
import {placesOf} from '../../src/registries/registry-places.ts';
import {createFakeClock} from '../fakes/fake-clock.ts';
import {engineVariable} from '../rig/engine-variable.ts';
import {realCommand, type RealCommand} from '../rig/real-command.ts';
import {ecrContract} from '../unit/ports/ecr.contract.ts';

/**
 * Amazon ECR, played by two real programs: moto answers the API, and the engine's registry with a
 * password takes the images of whoever has moto's token.
 */
const registry = engineVariable('BUILD_MATRIX_ENGINE_AUTH_REGISTRY');
const account = '123456789012';
const address = {kind: 'private', account, region: 'eu-west-1'} as const;
const token = `${account}-auth-token`;
const awsSecret = 'planted/aws+secret+access+key';
const aws = {
  AWS_ENDPOINT_URL_ECR: engineVariable('BUILD_MATRIX_ENGINE_ECR_API'),
  AWS_ACCESS_KEY_ID: 'AKIAPLANTED',
  AWS_SECRET_ACCESS_KEY: awsSecret,
};
const noAws = {
  ...aws,
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  AWS_EC2_METADATA_DISABLED: 'true',
};

const policy = {
  rules: [
    {
      rulePriority: 1,
      selection: {
        ...{tagStatus: 'untagged', countType: 'sinceImagePushed'},
        ...{countUnit: 'days', countNumber: 14},
      },
      action: {type: 'expire'},
    },
  ],
};

/** Docker's configuration, of this file's own: logins of other tests are not its business. */
let dockerConfig: string;
const usersConfig = process.env['DOCKER_CONFIG'] ?? '';

beforeAll(async () => {
  dockerConfig = await mkdtemp(join(tmpdir(), 'bm-config-'));
  Object.assign(process.env, aws, {DOCKER_CONFIG: dockerConfig});
});
afterAll(async () => {
  process.env['DOCKER_CONFIG'] = usersConfig;
  await rm(dockerConfig, {recursive: true, force: true});
});
async function logOut(): Promise<void> {
  const settings = JSON.parse(await readFile(join(usersConfig, 'config.json'), 'utf8')) as object;
  await writeFile(join(dockerConfig, 'config.json'), JSON.stringify({...settings, auths: {}}));
}
beforeEach(logOut);

ecrContract('moto', createAwsEcr);

let rig: RealCommand;
let repository: string;
const outputs: string[] = [];

function matrixOf(settings: string): string {
  return `version: 1
registries:
  aws:
    type: ecr
    account: "${account}"
    region: eu-west-1
    endpoint: http://${registry}
    namespace: ${repository}
${settings}
images:
  face:
    targets:
      cpu: {registries: [aws], tags: ["{version}", latest]}
`;
}

const allSettings = `    createRepository: true
    immutableTags: {except: [latest, "dev*"]}
    scanOnPush: true
    lifecyclePolicy: policy.json`;

beforeEach(async () => {
  repository = `ecr-test-${String(process.pid)}-${String(Date.now())}`;
  rig = await realCommand({
    Dockerfile: 'FROM scratch\nCOPY policy.json /\n',
    'policy.json': JSON.stringify(policy),
    'matrix.yml': matrixOf(allSettings),
  });
});
afterEach(() => rig.close());

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = aws,
  input = '',
) {
  const ended = await rig.run(args, env, input);
  outputs.push(ended.stdout, ended.stderr);
  return ended;
}

const push = (version: string, env?: Readonly<Record<string, string>>) =>
  run(['build', '--push', '--builder', 'bm-one', '--image-version', version], env);

const logins = async () => {
  const text = await readFile(join(dockerConfig, 'config.json'), 'utf8');
  return (JSON.parse(text) as {auths?: Record<string, {auth: string}>}).auths ?? {};
};
const encoded = Buffer.from(`AWS:${token}`).toString('base64');

describe('build --push', () => {
  test('logs docker in, creates the repository with its settings, and does neither a second time', async () => {
    const first = await push('dev1');
    expect(first).toMatchObject({exitCode: 0});
    expect(first.stdout).toContain(`${registry}/${repository}/face:dev1`);
    expect(await logins()).toEqual({[registry]: {auth: encoded}});
    const ecr = createAwsEcr();
    const settings = {tags: {immutable: true, except: ['latest', 'dev*']}, scanOnPush: true};
    expect(await ecr.repository(address, `${repository}/face`)).toEqual({
      ok: true,
      value: settings,
    });
    const kept = await ecr.lifecyclePolicy(address, `${repository}/face`);
    expect(kept.ok && (JSON.parse(kept.value ?? '') as unknown)).toEqual(policy);

    // Without AWS credentials: docker's login is enough, and the repository is only looked at.
    const second = await push('dev1', noAws);
    expect(second.exitCode).toBe(0);
    expect(second.stderr).toContain('could not be looked at: Could not load credentials');
    expect(await push('dev1')).toMatchObject({exitCode: 0});
    expect(await ecr.repository(address, `${repository}/face`)).toEqual({
      ok: true,
      value: settings,
    });
  });

  test('tells of a tag that cannot be moved before anything is built', async () => {
    expect(await push('1.0')).toMatchObject({exitCode: 0});
    await writeFile(join(rig.folder, 'policy.json'), JSON.stringify({...policy, changed: true}));
    const again = await push('1.0');
    expect(again.exitCode).toBe(3);
    expect(again.stderr).toContain(
      `error: the tag 1.0 of ${registry}/${repository}/face exists already (sha256:`,
    );
    expect(again.stderr).toContain('--> matrix.yml:3:3');
    expect(again.stderr).not.toContain('the tag latest');
    expect(again.stderr).not.toContain('exporting');
  });

  test('tells of settings that differ, and changes none', async () => {
    await push('dev1');
    const changed = `    immutableTags: true\n    scanOnPush: false`;
    await writeFile(join(rig.folder, 'matrix.yml'), matrixOf(changed));
    const ended = await push('dev2');
    const exists = `warning: the repository ${registry}/${repository}/face exists with other settings`;
    expect(ended.stderr).toContain(
      `${exists}: its tags are immutable, except latest, dev*\n --> matrix.yml:9:20`,
    );
    expect(ended.stderr).toContain(`${exists}: it scans on push\n  --> matrix.yml:10:17`);
    // matrix.yml is wrong, AWS is right: \`latest\` moves all the same.
    expect(ended.exitCode).toBe(0);
    expect(await createAwsEcr().repository(address, `${repository}/face`)).toMatchObject({
      value: {scanOnPush: true},
    });
  });

  test('replaces a login that has expired', async () => {
    const stale = Buffer.from('AWS:yesterday').toString('base64');
    const file = join(dockerConfig, 'config.json');
    const settings = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({...settings, auths: {[registry]: {auth: stale}}}));
    expect(await push('dev1')).toMatchObject({exitCode: 0});
    expect(await logins()).toEqual({[registry]: {auth: encoded}});
  });

  test('without a login and without AWS credentials says how to get either', async () => {
    const ended = await push('dev1', noAws);
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toContain(
      `error: no login for ${registry}: Could not load credentials from any providers`,
    );
    expect(ended.stderr).toContain('help: give AWS credentials (AWS_PROFILE, ');
  });

  test('does not create a repository that nobody asked for', async () => {
    await writeFile(join(rig.folder, 'matrix.yml'), matrixOf(''));
    const ended = await push('dev1');
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toContain(
      `error: the repository ${registry}/${repository}/face does not exist\n --> matrix.yml:3:3`,
    );
    expect(ended.stderr).toContain(
      `help: write \`createRepository: true\` here, or create it with \`aws ecr create-repository --region eu-west-1 --repository-name ${repository}/face\``,
    );
  });
});

test('publish and release log docker in before tags move', async () => {
  const shard = ['build', '--push', '--builder', 'bm-one', '--image-version', 'dev1'];
  const built = await run([...shard, '--shard', 'cpu', '--record-file', 'shard.json']);
  expect(built).toMatchObject({exitCode: 0});
  await logOut();
  const refused = await run(['publish', 'shard.json'], noAws);
  expect(refused.exitCode).toBe(3);
  expect(refused.stderr).toContain(`error: no login for ${registry}: Could not load credentials`);
  expect(refused.stderr).toContain('--> matrix.yml:3:3');
  const published = await run(['publish', 'shard.json']);
  expect(published.exitCode).toBe(0);
  expect(published.stderr).toContain(`published ${registry}/${repository}/face:dev1`);
  expect(await logins()).toEqual({[registry]: {auth: encoded}});

  await logOut();
  const released = await run(['release', '1.0.0', '--no-github', '--dry-run']);
  // There is no checkout: that is what it is refused for.
  expect(released.exitCode).toBe(5);
  expect(await logins()).toEqual({[registry]: {auth: encoded}});
});

describe('login', () => {
  test('--check tells what is missing and changes nothing; login mends it', async () => {
    const before = await run(['login', '--check']);
    expect(before.exitCode).toBe(3);
    expect(before.stdout).toBe(
      `REGISTRY  HOST${' '.repeat(registry.length - 2)}LOGIN  PUSH\naws       ${registry}  none   not logged in\n`,
    );
    expect(before.stderr).toContain(`help: run \`build-matrix login ${registry}\``);
    expect(await logins()).toEqual({});

    expect(await run(['login'])).toMatchObject({exitCode: 0, stderr: ''});
    expect(await logins()).toEqual({[registry]: {auth: encoded}});
    const after = await run(['login', '--check', '--json']);
    expect(after.exitCode).toBe(0);
    expect(JSON.parse(after.stdout)).toEqual([
      {
        ...{registry: 'aws', host: registry, status: 'accepted', source: {kind: 'file'}},
        ...{isNew: false, message: null, pulls: null},
      },
    ]);
  });

  test('takes a password from standard input, or from the environment, and tells when it is wrong', async () => {
    const user = engineVariable('BUILD_MATRIX_ENGINE_AUTH_USER');
    const passwordFile = engineVariable('BUILD_MATRIX_ENGINE_AUTH_PASSWORD_FILE');
    const password = (await readFile(passwordFile, 'utf8')).trim();
    const asUser = ['login', registry, '--username', user, '--password-stdin'];
    const wrong = await run(asUser, aws, 'planted-wrong-password\n');
    expect(wrong.exitCode).toBe(3);
    expect(wrong.stderr).toContain(`error: docker could not be logged in to ${registry}: `);
    expect(wrong.stderr).toContain('401 Unauthorized');

    expect(await run(asUser, aws, `${password}\n`)).toMatchObject({exitCode: 0});
    const auth = Buffer.from(`${user}:${password}`).toString('base64');
    expect(await logins()).toEqual({[registry]: {auth}});

    await logOut();
    const name = `BUILD_MATRIX_LOGIN_${registry.replaceAll(/\W/gu, '_')}`;
    const variables = {[`${name}_USERNAME`]: user, [`${name}_PASSWORD`]: password};
    await writeFile(
      join(rig.folder, 'matrix.yml'),
      matrixOf('').replace(
        /registries:[^]*?namespace/u,
        `registries:\n  own:\n    type: oci\n    url: http://${registry}\n    namespace`,
      ),
    );
    const without = await run(['login', 'own'], noAws);
    expect(without.stderr).toContain(`or set ${name}_USERNAME and ${name}_PASSWORD`);
    expect(await run(['login', 'own'], {...noAws, ...variables})).toMatchObject({exitCode: 0});
    expect((await logins())[registry]).toEqual({auth});
    for (const output of outputs) expect(output).not.toContain(password);
  });
});

test('a token is renewed before it expires, with docker and moto', async () => {
  const clock = createFakeClock();
  const processes = createProcesses();
  const config = {processes, files: nodeFiles, dockerConfig, insecureHosts: []};
  const places = placesOf([`${registry}/team/face:1`], {
    aws: {type: 'ecr', account, region: 'eu-west-1', endpoint: `http://${registry}`},
  });
  const ecr = createAwsEcr();
  let tokens = 0;
  const counting = {
    ...ecr,
    token: (...args: Parameters<typeof ecr.token>) => ((tokens += 1), ecr.token(...args)),
  };
  const check = createRegistryCheck(config);
  const kept = createLogins(places, {ecr: counting, check, processes, clock}, () => undefined);
  expect(await kept.ensure()).toBeNull();
  expect(await kept.ensure()).toBeNull();
  expect(tokens).toBe(1);
  // moto's tokens say that they expired in 2015.
  clock.advance(61_000);
  await writeFile(join(dockerConfig, 'config.json'), '{}');
  expect(await kept.ensure()).toBeNull();
  expect(tokens).toBe(2);
  expect(await logins()).toEqual({[registry]: {auth: encoded}});
});

test('no secret is in any output or file', async () => {
  await push('dev1');
  await run(['plan', '--push', '--json']);
  const secrets = [awsSecret, token, encoded, 'planted-wrong-password'];
  for (const entry of await readdir(rig.folder, {recursive: true, withFileTypes: true})) {
    if (entry.isFile()) outputs.push(await readFile(join(entry.parentPath, entry.name), 'utf8'));
  }
  expect(outputs.length).toBeGreaterThan(10);
  for (const output of outputs) {
    for (const secret of secrets) expect(output).not.toContain(secret);
  }
});
