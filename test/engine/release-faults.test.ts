import {afterEach, beforeEach, expect, test} from 'vitest';

import {engineVariable} from '../rig/engine-variable.ts';
import {
  answers,
  startFaultyRegistry,
  type FaultRule,
  type FaultyRegistry,
} from '../rig/faulty-registry.ts';
import {openReleaseRig, type ReleaseRig} from '../rig/release-rig.ts';

const upstream = engineVariable('BUILD_MATRIX_ENGINE_REGISTRY');
const namespace = `release-faults-${Date.now().toString(36)}`;

let rig: ReleaseRig;
let registry: FaultyRegistry;

beforeEach(async () => {
  registry = await startFaultyRegistry(upstream);
  rig = await openReleaseRig(upstream, {
    Dockerfile: 'FROM busybox:1.36\nCOPY content /\n',
    content: 'first\n',
    'matrix.yml': `version: 1
images:
  app:
    targets:
      cpu: {platforms: [linux/amd64], tags: ["{version}"]}
`,
  });
});

afterEach(async () => {
  await rig.close();
  await registry.close();
});

const into = (): readonly string[] => ['--registry', `${registry.host}/${namespace}`];
const putManifest = {method: 'PUT', path: /\/manifests\//u};

/** Releases the image that was built, while the registry is faulty. */
async function release(version: string, rules: readonly FaultRule[]) {
  registry.setRules(`${namespace}/app`, rules);
  const ended = await rig.run(['release', version, ...into(), '--no-github']);
  registry.setRules(`${namespace}/app`, []);
  return ended;
}

test('a release survives a registry that is ill for a while, and goes on after one that refuses', async () => {
  expect(await rig.run(['build', '--push', ...into()])).toMatchObject({exitCode: 0});
  const {dev} = await rig.tags(`${namespace}/app`);

  for (const [version, rules, because] of [
    [
      '1.0.0',
      [{...putManifest, forMs: 2500, fault: answers.limitedJson(5)}],
      /: again in [567] s \(127.0.0.1:\d+ limits requests\)/u,
    ],
    [
      '1.0.1',
      [{...putManifest, times: 2, fault: answers.unavailable()}],
      /\(127.0.0.1:\d+ answered 503\)/u,
    ],
    [
      '1.0.2',
      // The first may be that of an idle connection, which is sent again at once.
      [{...putManifest, times: 2, fault: {is: 'reset', of: 'request', afterBytes: 1}}],
      /\(the connection to 127.0.0.1:\d+ was lost\)/u,
    ],
  ] as const) {
    const ended = await release(version, rules);
    expect(ended).toMatchObject({exitCode: 0});
    expect(ended.stderr).toMatch(because);
    const tags = await rig.tags(`${namespace}/app`);
    expect(tags).toMatchObject({[version]: dev, '1.0': dev, '1': dev, latest: dev});
  }
  // It was done, and the answer was lost: that is no failure.
  const lost = await release('1.0.3', [
    {...putManifest, times: 1, fault: {is: 'done-but', answer: answers.forbidden()}},
  ]);
  expect(lost).toMatchObject({exitCode: 0});
  expect(lost.stderr).not.toContain('again in');

  const isMoving = {method: 'PUT', path: /\/manifests\/1\.1$/u};
  const refused = await release('1.1.0', [{...isMoving, fault: answers.denied()}]);
  expect(refused.exitCode).toBe(5);
  expect(refused.stderr).toContain('error: the release of 1.1.0 stopped after 2 of 5 steps');
  expect(refused.stderr).toContain('help: the account may not push here: check its rights for');
  expect(Object.keys(await rig.tags(`${namespace}/app`))).not.toContain('1.1');
  const again = await release('1.1.0', []);
  expect(again).toMatchObject({exitCode: 0});
  expect(again.stderr.match(/is so already/gu)).toHaveLength(4);
  expect(await rig.tags(`${namespace}/app`)).toMatchObject({'1.1.0': dev, '1.1': dev, '1': dev});
});
