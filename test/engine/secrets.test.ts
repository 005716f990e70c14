import {randomBytes} from 'node:crypto';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {afterEach, expect, test} from 'vitest';

import {engineVariable} from '../rig/engine-variable.ts';
import {answers, startFaultyRegistry, type FaultRule} from '../rig/faulty-registry.ts';
import {realCommand} from '../rig/real-command.ts';

const upstream = engineVariable('BUILD_MATRIX_ENGINE_AUTH_REGISTRY');
const opened: {close(): Promise<void>}[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

/** All that a run has left in its folder: records, logs, metadata. */
async function writtenIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, {recursive: true, withFileTypes: true});
  const files = names.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async ({parentPath, name}) => {
      const text = await readFile(join(parentPath, name), 'latin1');
      return `${parentPath}/${name}\n${text}`;
    }),
  );
}

const put = {method: 'PUT', path: /\/manifests\//u};
const worlds: readonly (readonly [string, readonly FaultRule[], 'right' | 'wrong', number])[] = [
  ['all is well', [], 'right', 0],
  // Found out before anything is built.
  ['the password is wrong', [], 'wrong', 3],
  [
    'the registry repeats the login',
    [{...put, fault: {is: 'repeat-login', status: 403}}],
    'right',
    1,
  ],
  [
    'the registry repeats the login and is busy',
    [
      {...put, times: 6, fault: {is: 'repeat-login', status: 503}},
      {...put, times: 5, fault: answers.limitedPlain(1)},
    ],
    'right',
    0,
  ],
];

test.each(worlds)('nothing tells a secret when %s', async (_, rules, which, exitCode) => {
  const registry = await startFaultyRegistry(upstream);
  opened.push(registry);
  const namespace = `secrets-${randomBytes(5).toString('hex')}`;
  registry.setRules(namespace, rules);
  const user = engineVariable('BUILD_MATRIX_ENGINE_AUTH_USER');
  const right = await readFile(engineVariable('BUILD_MATRIX_ENGINE_AUTH_PASSWORD_FILE'), 'utf8');
  const plant = (): string => randomBytes(18).toString('hex');
  const planted = {
    password: which === 'right' ? right.trim() : plant(),
    fromVariable: plant(),
    fromFile: plant(),
    aws: plant(),
    github: plant(),
  };
  const auth = Buffer.from(`${user}:${planted.password}`).toString('base64');

  const command = await realCommand({
    Dockerfile: [
      'FROM busybox:1.36',
      `ENV RUN_OF=${plant()}`,
      'RUN --mount=type=secret,id=one --mount=type=secret,id=two \\',
      '  test -s /run/secrets/one && test -s /run/secrets/two',
      '',
    ].join('\n'),
    'matrix.yml': [
      'version: 1',
      'images:',
      '  app:',
      '    targets:',
      '      one:',
      '        platforms: [linux/amd64]',
      '        tags: ["1"]',
      '        secrets: [{id: one, env: PLANTED_SECRET}, {id: two, file: /PLANTED_FILE}]',
      '',
    ].join('\n'),
  });
  opened.push(command);
  const outside = await mkdtemp(join(tmpdir(), 'bm-outside-'));
  opened.push({close: () => rm(outside, {recursive: true})});
  const secretFile = join(outside, 'two');
  await writeFile(secretFile, planted.fromFile);
  const matrix = join(command.folder, 'matrix.yml');
  await writeFile(matrix, (await readFile(matrix, 'utf8')).replace('/PLANTED_FILE', secretFile));
  const engineConfig = engineVariable('DOCKER_CONFIG');
  const settings = JSON.parse(await readFile(join(engineConfig, 'config.json'), 'utf8')) as object;
  const config = {
    cliPluginsExtraDirs: [join(engineConfig, 'cli-plugins')],
    ...settings,
    auths: {[registry.host]: {auth}},
  };
  await writeFile(join(outside, 'config.json'), JSON.stringify(config));

  const env = {
    DOCKER_CONFIG: outside,
    PLANTED_SECRET: planted.fromVariable,
    AWS_SECRET_ACCESS_KEY: planted.aws,
    GITHUB_TOKEN: planted.github,
  };
  const to = ['--push', '--registry', `${registry.host}/${namespace}`];
  const outputs: string[] = [];
  for (const how of [
    ['--progress', 'plain', '--verbose'],
    ['--progress', 'json', '--json'],
  ]) {
    registry.setRules(namespace, rules);
    const ended = await command.run(['build', ...to, ...how], env);
    expect(ended).toMatchObject({exitCode});
    outputs.push(ended.stdout, ended.stderr);
  }
  outputs.push((await command.run(['plan', ...to, '--json'], env)).stdout);
  const files = await writtenIn(command.folder);
  expect(files.some((text) => text.includes('record.json'))).toBe(exitCode !== 3);
  const repeats = rules.some(
    ({fault}) => typeof fault !== 'function' && fault.is === 'repeat-login',
  );
  const all = [...outputs, ...files].join('\n');
  // What was repeated is told without the login.
  expect(all.includes('you sent Basic ***')).toBe(repeats);
  const told = Object.entries({...planted, auth}).flatMap(([name, secret]) =>
    [...outputs, ...files]
      .filter((text) => text.includes(secret))
      .map((text) => `${name} in ${text.slice(0, 200)}`),
  );
  expect(told).toEqual([]);
});
