import {afterEach, expect, test} from 'vitest';

import {engineVariable} from '../../rig/engine-variable.ts';
import {pinnedCheckout, workflowRig, type WorkflowRig} from '../../rig/workflow-run.ts';

const registry = engineVariable('BUILD_MATRIX_ENGINE_REGISTRY');

const opened: WorkflowRig[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((rig) => rig.close()));
});

const files = {
  Dockerfile: 'FROM busybox:1.36\nARG NAME\nRUN echo "$NAME" > /name && test "$NAME" != bad\n',
  'matrix.yml': `version: 1
images:
  app:
    targets:
      one: {platforms: [linux/amd64], args: {NAME: one}, tags: ["{version}-one"]}
      two: {platforms: [linux/amd64], args: {NAME: two}, tags: ["{version}-two"]}
`,
  '.github/workflows/main.yml': `on: [push, pull_request]
permissions: {}
jobs:
  images:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@${pinnedCheckout}
      - uses: acme/build-matrix@v1
        id: images
        with:
          targets: one two
          push: \${{ github.event_name == 'push' }}
          registries: ${registry}/action
          image-version: 1.2.3
          builder: bm-one
          set: \${{ github.event_name == 'push' && '*.pull=false' || 'two.args.NAME=bad' }}
      - if: '!cancelled()'
        env: {DIGESTS: "\${{ steps.images.outputs.digests }}", IMAGES: "\${{ steps.images.outputs.images }}"}
        run: |
          echo "digests=$DIGESTS"
          echo "images=$(echo "$IMAGES" | tr '\\n' ' ')"
          test -f "\${{ steps.images.outputs.record }}"
`,
};

test('a workflow builds and pushes with the action, and reads its outputs', async () => {
  const rig = await workflowRig(files);
  opened.push(rig);
  const {exitCode, log} = await rig.run('push');
  expect(exitCode, `log: ${log}`).toBe(0);
  expect(log).toMatch(/digests=\{"app\/one":"sha256:[0-9a-f]{64}","app\/two":"sha256:/);
  const names = ['one', 'two'].map((name) => `${registry}/action/app:1.2.3-${name}`);
  expect(log).toContain(`images=${names.join(' ')}`);
});

test('a Dockerfile that fails is marked at its line, and the other target is built', async () => {
  const rig = await workflowRig(files);
  opened.push(rig);
  const {exitCode, log} = await rig.run('pull_request');
  expect(exitCode).toBe(1);
  expect(log).toMatch(/error file=Dockerfile,line=3,.*app\/two failed|app\/two failed/);
  expect(log).toMatch(/digests=\{"app\/one":"sha256:[0-9a-f]{64}"\}/);
});
