import {beforeEach, expect, test} from 'vitest';

import type {Script} from '../../fakes/fake-processes.ts';
import {digestOf} from '../records/sample-record.ts';
import {createRunRig, interrupted, rawLine} from './run-rig.ts';
import {plannedTarget} from './sample-plan.ts';

const dockerfile = 'FROM scratch AS builder\nRUN make\nFROM scratch\nCOPY --from=builder /x /x\n';
const command = {program: 'docker', args: ['buildx', '--target=builder', '.'], env: {}} as const;
const beside = {stage: 'builder', index: 0, platforms: ['linux/amd64'], command};
const target = plannedTarget('cpu', {
  stages: [
    {name: 'builder', index: 0, line: 1, base: {kind: 'scratch'}, shipped: false, used: true},
    {name: null, index: 1, line: 3, base: {kind: 'scratch'}, shipped: true, used: true},
  ],
  stageExports: [{...beside, metadataFile: 'work/stage-0.metadata'}],
});
const folder = '.build-matrix/images/face-service';
const step = {digest: 'sha256:s', name: '[builder 1/1] RUN make', inputs: ['sha256:i']};
const running = rawLine({vertexes: [{...step, started: '2026-01-02T03:04:09Z'}]});

let rig: ReturnType<typeof createRunRig>;
beforeEach(() => {
  rig = createRunRig();
  rig.files.put('dockerfiles/Dockerfile', dockerfile);
});

/** An image of one layer that one instruction made. */
function putImage(place: string, letter: string, createdBy: string, size: number): string {
  const layer = {mediaType: '', digest: digestOf('d'), size};
  const manifest = {config: {...layer, digest: digestOf('c')}, layers: [layer]};
  const digest = digestOf(letter);
  rig.images.put(`${place}@${digest}`, {digest, mediaType: '', json: manifest});
  rig.images.put(`${place}@${digestOf('c')}`, {
    ...{digest: digestOf('c'), mediaType: ''},
    json: {history: [{created_by: createdBy}]},
  });
  return digest;
}

/** What is said of the builder stage when docker does this for its export. */
async function builderAfter(script: Script, main: object = {'buildx.build.ref': 'bm/bm0/1'}) {
  const digest = putImage(folder, 'a', 'COPY /x /x', 10);
  const descriptor = {mediaType: '', digest, size: 1};
  rig.docker(target, {
    stderr: [rawLine({vertexes: [{...step, completed: '2026-01-02T03:04:08Z'}]})],
    effect: () => {
      rig.files.put(
        target.metadataFile,
        JSON.stringify({
          'containerimage.digest': digest,
          'containerimage.descriptor': descriptor,
          ...main,
        }),
      );
    },
  });
  rig.processes.on('--target=builder', script);
  const {record, failures} = await rig.run([target]);
  expect(failures).toEqual([]);
  expect(record?.targets[0]).toMatchObject({outcome: 'succeeded', failure: null});
  const [builder, shipped] = record?.targets[0]?.platforms[0]?.stages ?? [];
  expect(shipped).toMatchObject({addedBytes: 10, shipped: true});
  return builder;
}

const exported = (buildRef: string): Script => ({
  effect: () => {
    const digest = putImage(buildRef, 'b', 'RUN /bin/sh -c make # buildkit', 700);
    rig.files.put(
      'work/stage-0.metadata',
      JSON.stringify({'containerimage.digest': digest, 'buildx.build.ref': buildRef}),
    );
  },
});

test('a stage beside the shipped one has the size of its export, read from that build’s record', async () => {
  expect(await builderAfter(exported('bm/bm0/2'))).toMatchObject({
    ...{addedBytes: 700, totalBytes: 700, layers: 1, unknownBecause: null},
    instructions: [{line: 2, text: 'RUN make', addedBytes: 700}],
  });
});

test('an export that would build again is ended at once, and its stage unknown', async () => {
  const never = new Promise<void>(() => undefined);
  expect(await builderAfter({stderr: [running], until: never})).toMatchObject({
    addedBytes: null,
    unknownBecause:
      'its steps are not in the cache any more, and run again they need not make what the image was made from',
  });
  expect(rig.processes.running).toBe(0);
});

test.each<[string, Script, string]>([
  ['fails', {stderr: ['ERROR: no disk'], exitCode: 1}, 'its export failed: ERROR: no disk'],
  [
    'cannot be started',
    {failure: {kind: 'not-found', command: 'docker'}},
    'its export could not be run: docker was not-found',
  ],
  ['leaves no metadata', {}, 'its export wrote no work/stage-0.metadata that can be read'],
  [
    'cannot be read back',
    {
      effect: () => {
        const text = {'containerimage.digest': digestOf('9'), 'buildx.build.ref': 'bm/bm0/2'};
        rig.files.put('work/stage-0.metadata', JSON.stringify(text));
      },
    },
    `its export could not be read: bm/bm0/2@${digestOf('9')}: not found`,
  ],
])('an export that %s leaves only its stage unknown', async (_, script, unknownBecause) => {
  expect(await builderAfter(script)).toMatchObject({addedBytes: null, unknownBecause});
});

test('what an earlier run exported is not taken for this one', async () => {
  rig.files.put('work/stage-0.metadata', JSON.stringify({'buildx.build.ref': 'bm/bm0/0'}));
  expect(await builderAfter({})).toMatchObject({
    unknownBecause: 'its export wrote no work/stage-0.metadata that can be read',
  });
});

test('where no record of a build can be read nothing is exported', async () => {
  const unknownBecause =
    'the builder keeps no record of a build by which they could be read (it has several nodes, or docker lacks the containerd image store)';
  expect(await builderAfter({exitCode: 1}, {})).toMatchObject({unknownBecause});
  expect(rig.processes.requests).toHaveLength(1);
});

test('the end of the run ends its exports; the image that was built stays', async () => {
  const never = new Promise<void>(() => undefined);
  const stop = (): void => {
    rig.stop.abort(interrupted);
  };
  const digest = putImage(folder, 'a', 'COPY /x /x', 10);
  const descriptor = {mediaType: '', digest, size: 1};
  const metadata = {'containerimage.digest': digest, 'containerimage.descriptor': descriptor};
  rig.docker(target, {
    effect: () => {
      const text = JSON.stringify({...metadata, 'buildx.build.ref': 'bm/bm0/1'});
      rig.files.put(target.metadataFile, text);
    },
  });
  rig.processes.on('--target=builder', {
    until: never,
    effect: () => setTimeout(stop, 20),
  });
  const {record} = await rig.run([target]);
  expect(rig.processes.running).toBe(0);
  expect(record?.targets[0]).toMatchObject({digest, outcome: 'succeeded'});
  expect(record?.targets[0]?.platforms[0]?.stages?.[0]).toMatchObject({
    unknownBecause: 'the run was stopped',
  });
});

test('a failed build exports nothing', async () => {
  rig.docker(target, {exitCode: 1});
  await rig.run([target]);
  expect(rig.processes.requests).toHaveLength(1);
});

test('what builds on the image does not wait for its exports, of which four go on at once', async () => {
  let endExports: () => void = () => undefined;
  const until = new Promise<void>((resolve) => {
    endExports = resolve;
  });
  const stageExports = Array.from({length: 6}, (_, index) => ({
    ...{...beside, index, metadataFile: `work/stage-${index}.metadata`},
  }));
  const first = {...target, stageExports};
  const dependent = plannedTarget('web', {dependsOn: [first.id]});
  const digest = putImage(folder, 'a', 'COPY /x /x', 10);
  const descriptor = {mediaType: '', digest, size: 1};
  const metadata = {'containerimage.digest': digest, 'containerimage.descriptor': descriptor};
  rig.docker(first, {
    effect: () => {
      const text = JSON.stringify({...metadata, 'buildx.build.ref': 'bm/bm0/1'});
      rig.files.put(first.metadataFile, text);
    },
  });
  let beginnings = 0;
  rig.processes.on('--target=builder', {
    until,
    effect: () => {
      beginnings += 1;
    },
  });
  const {effect} = rig.success(dependent);
  rig.docker(dependent, {
    effect: (request) => {
      expect(rig.processes.running).toBe(5);
      expect(beginnings).toBe(4);
      effect?.(request);
      endExports();
    },
  });
  const {record} = await rig.run([first, dependent]);
  expect(record).toMatchObject({
    outcome: 'succeeded',
    targets: [{platforms: [{digest}]}, {outcome: 'succeeded'}],
  });
  expect(beginnings).toBe(6);
  const ends = rig.sink.events.filter(({type}) => type === 'target-finished');
  expect(ends).toMatchObject([{target: dependent.id}, {target: first.id}]);
});
