import {describe, expect, test} from 'vitest';

import type {RegistryUnusable} from '../../../src/events/failure.ts';
import type {PlannedTarget} from '../../../src/plan/build-plan.ts';
import type {Script} from '../../fakes/fake-processes.ts';
import {createRunRig, rawLine} from './run-rig.ts';
import {plannedTarget} from './sample-plan.ts';

const pushed = (host: string): PlannedTarget =>
  plannedTarget('cpu', {
    output: {kind: 'push', through: 'digest', repositories: [`${host}/face`]},
    tags: [`${host}/face:1`],
    layouts: [],
  });

const refused: RegistryUnusable = {
  reason: 'registry-unusable',
  diagnostics: [{severity: 'error', code: 'no-aws-credentials', message: 'no login'}],
};

/** buildx, when the registry says that the token has expired. */
const expired = (host: string): Script => ({
  exitCode: 1,
  stderr: [
    rawLine({
      vertexes: [
        {
          digest: 'sha256:1',
          name: 'exporting to image',
          started: '2026-01-02T03:04:08Z',
          error: `failed to push ${host}/face: denied: Your authorization token has expired. Reauthenticate and try again.`,
        },
      ],
    }),
    `ERROR: failed to build: failed to solve: failed to push ${host}/face: denied: Your authorization token has expired. Reauthenticate and try again.`,
  ],
});

describe('a target that is pushed', () => {
  test('is not built when docker may not push any more', async () => {
    const rig = createRunRig();
    rig.logins.refuse(refused);
    const {failures} = await rig.run([pushed('aws.example')]);
    expect(failures).toEqual([refused]);
    expect(rig.processes.requests).toEqual([]);
  });

  test('is pushed again with a new login when the old one has expired', async () => {
    const rig = createRunRig();
    const target = pushed('aws.example');
    const digest = rig.digestOf(target.name);
    let tries = 0;
    rig.processes.on(`--metadata-file=${target.metadataFile}`, () => {
      tries += 1;
      return tries === 1 ? expired('aws.example') : rig.success(target);
    });
    rig.images.fail(`aws.example/face@${digest}`, {kind: 'not-found', message: 'no matter'});
    await rig.run([target]);
    expect(tries).toBe(2);
    expect(rig.logins.renewed).toEqual(['aws.example']);
  });

  test('fails when there is no new login', async () => {
    const rig = createRunRig();
    const target = pushed('hub.example');
    rig.docker(target, expired('hub.example'));
    const {failures} = await rig.run([target]);
    expect(failures).toMatchObject([{reason: 'build-failed', cause: 'login-expired'}]);
    expect(rig.logins.renewed).toEqual(['hub.example']);
    expect(rig.processes.requests).toHaveLength(1);
  });
});

test('a target that stays here wants no login', async () => {
  const rig = createRunRig();
  const target = plannedTarget('cpu');
  rig.logins.refuse(refused);
  rig.docker(target, rig.success(target));
  const {failures} = await rig.run([target]);
  expect(failures).toEqual([]);
  expect(rig.logins.ensured).toBe(0);
});
