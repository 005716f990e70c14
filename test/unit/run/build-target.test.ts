import {describe, expect, test} from 'vitest';

import type {Images} from '../../../src/ports/images.ts';
import {createDeferred} from '../../fakes/deferred.ts';
import type {Script} from '../../fakes/fake-processes.ts';
import {createFakeTagWriter} from '../../fakes/fake-tag-writer.ts';
import {parseRecord} from '../../../src/records/record-codec.ts';
import {noLogins} from '../../../src/ports/logins.ts';
import {createRunRig, interrupted, logFileOf, rawLine, recordFile} from './run-rig.ts';
import {plannedTarget} from './sample-plan.ts';

const cpu = plannedTarget('cpu');

test('what an earlier build left is never taken for the result of this one', async () => {
  const rig = createRunRig();
  rig.docker(cpu, rig.success(cpu));
  await rig.run([cpu]);
  expect(rig.files.texts.has(cpu.metadataFile)).toBe(true);

  rig.docker(cpu, {});
  const {record, failures} = await rig.run([cpu]);
  expect(record?.targets).toMatchObject([{outcome: 'failed', digest: null}]);
  expect(failures).toEqual([
    {
      reason: 'measure-failed',
      target: 'face-service/cpu',
      message: 'buildx succeeded but wrote no .build-matrix/work/face-service/cpu.json',
      remedy: 'Build again; if it stays, please report it with the version of buildx.',
    },
  ]);
});

describe('the layout folder of an earlier build', () => {
  const index = '.build-matrix/images/face-service/index.json';

  test('has no index while the target builds, so that nothing old is added to', async () => {
    const rig = createRunRig();
    rig.files.put(index, 'earlier');
    let during: string | undefined = 'not looked at';
    const effect = (): void => {
      during = rig.files.texts.get(index);
    };
    rig.docker(cpu, rig.success(cpu, {effect}));
    await rig.run([cpu]);
    expect(during).toBeUndefined();
    expect(rig.files.texts.has(index)).toBe(false);
  });

  test('is as it was when the build fails', async () => {
    const rig = createRunRig();
    rig.files.put(index, 'earlier');
    rig.docker(cpu, {exitCode: 1});
    await rig.run([cpu]);
    expect(rig.files.texts.get(index)).toBe('earlier');
  });
});

describe('the layout folder of a build that is the first', () => {
  const begun = '.build-matrix/images/face-service/ingest/begun';

  test.each([
    ['fails', {exitCode: 1}, false],
    ['succeeds', undefined, true],
  ])('when it %s', async (_, end, stays) => {
    const rig = createRunRig();
    const effect = (): void => {
      rig.files.put(begun, '');
    };
    rig.docker(cpu, end === undefined ? rig.success(cpu, {effect}) : {...end, effect});
    await rig.run([cpu]);
    expect(rig.files.texts.has(begun)).toBe(stays);
  });
});

describe('blobs of a layout folder', () => {
  const folder = '.build-matrix/images/face-service';
  const blob = (letter: string): string => `${folder}/blobs/sha256/${letter.repeat(64)}`;
  const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
  const images = {
    index: {manifests: [{digest: digest('1')}]},
    nested: {manifests: [{digest: digest('2')}]},
    manifest: {config: {digest: digest('3')}, layers: [{digest: digest('4')}]},
  };

  /** The blobs that are left after a build that wrote `index.json` with this text, if any. */
  async function leftAfter(index: string | undefined, end?: Script): Promise<string[]> {
    const rig = createRunRig();
    const put = (path: string, json: unknown): void => {
      rig.files.put(path, JSON.stringify(json));
    };
    put(blob('1'), images.nested);
    put(blob('2'), images.manifest);
    for (const letter of ['3', '4', '8', '9']) rig.files.put(blob(letter), '{');
    rig.files.put(`${folder}/blobs/sha256/notes.txt`, 'foreign');
    rig.files.put(`${folder}/blobs/sha512/${'9'.repeat(64)}`, 'foreign');
    rig.files.put(`${folder}/notes.txt`, 'foreign');
    const effect = (): void => {
      if (index !== undefined) rig.files.put(`${folder}/index.json`, index);
    };
    rig.docker(cpu, end === undefined ? rig.success(cpu, {effect}) : {...end, effect});
    await rig.run([cpu]);
    return [...rig.files.texts.keys()].filter((path) => /blobs|notes/u.test(path)).toSorted();
  }
  const foreign = [
    `${folder}/blobs/sha256/notes.txt`,
    `${folder}/blobs/sha512/${'9'.repeat(64)}`,
    `${folder}/notes.txt`,
  ];
  const all = [...['1', '2', '3', '4', '8', '9'].map(blob), ...foreign];

  test('go when no image of the new index needs them; nothing else does', async () => {
    expect(await leftAfter(JSON.stringify(images.index))).toEqual([
      ...['1', '2', '3', '4'].map(blob),
      ...foreign,
    ]);
  });

  test.each([
    ['has no index', undefined],
    ['has an index that cannot be read', '{'],
    ['lacks a manifest', JSON.stringify({manifests: [{digest: digest('7')}]})],
    ['names a file instead of a digest', JSON.stringify({manifests: [{digest: 'sha256:../x'}]})],
  ])('stay when the layout %s', async (_, index) => {
    expect(await leftAfter(index)).toEqual(all);
  });

  test('stay when the build fails', async () => {
    expect(await leftAfter(JSON.stringify(images.index), {exitCode: 1})).toEqual(all);
  });
});

describe('an image that cannot be read back', () => {
  const pushed = plannedTarget('cpu', {
    output: {kind: 'push', through: 'digest', repositories: ['ghcr.io/acme/face']},
    tags: ['ghcr.io/acme/face:1.0'],
  });

  test('fails its target, whose digest is kept', async () => {
    const rig = createRunRig();
    const digest = rig.digestOf('cpu');
    rig.docker(pushed, rig.success(pushed));
    rig.images.fail(`ghcr.io/acme/face@${digest}`, {
      kind: 'unauthorized',
      message: '401 Unauthorized',
    });
    const {record, failures} = await rig.run([pushed]);
    expect(record?.targets).toMatchObject([{outcome: 'failed', digest, platforms: []}]);
    expect(failures).toEqual([
      {
        reason: 'measure-failed',
        target: 'face-service/cpu',
        message: `ghcr.io/acme/face@${digest} could not be read back: 401 Unauthorized`,
        remedy: 'Log in with an account that may also read: docker login HOST.',
      },
    ]);
  });

  test('over TLS is told how to be read', async () => {
    const rig = createRunRig();
    rig.docker(pushed, rig.success(pushed));
    const failure = {kind: 'plain-http', message: 'ghcr.io does not speak TLS'} as const;
    rig.images.fail(`ghcr.io/acme/face@${rig.digestOf('cpu')}`, failure);
    expect((await rig.run([pushed])).failures).toMatchObject([
      {
        remedy:
          'Name the registry in matrix.yml with its scheme, `registries: {NAME: {type: oci, url: "http://HOST"}}`, and build again.',
      },
    ]);
  });

  test('after --load is in docker all the same: its sizes are unknown, and why is kept', async () => {
    const rig = createRunRig();
    const loaded = plannedTarget('cpu', {output: {kind: 'load'}, layouts: []});
    rig.docker(loaded, rig.success(loaded));
    const {record, failures} = await rig.run([loaded]);
    expect(failures).toEqual([]);
    const digest = rig.digestOf('cpu');
    expect(record?.targets).toMatchObject([
      {
        outcome: 'succeeded',
        digest,
        platforms: [],
        sizesUnknownBecause: `the loaded image could not be read back: @${digest}: not found`,
        failure: null,
      },
    ]);
    expect(parseRecord(recordFile, rig.files.texts.get(recordFile) ?? '')).toEqual({
      ok: true,
      value: record,
    });
  });

  test.each([
    ['pushed', pushed],
    ['loaded', plannedTarget('cpu', {output: {kind: 'load'}})],
  ])('because the run was stopped is aborted, when %s', async (_, target) => {
    const rig = createRunRig();
    rig.docker(target, rig.success(target));
    const stopping: Images = {
      ...rig.images,
      manifest: (repository, reference, signal) => {
        rig.stop.abort(interrupted);
        return rig.images.manifest(repository, reference, signal);
      },
    };
    const {record, failures} = await rig.run([target], {
      ports: {
        processes: rig.processes,
        files: rig.files,
        clock: rig.clock,
        host: {name: 'laptop', pid: 1, processIdentity: () => Promise.resolve('self')},
        images: {load: stopping, oci: stopping, push: stopping},
        probe: rig.probe,
        writer: createFakeTagWriter(),
        waiting: rig.waiting,
        logins: noLogins,
      },
    });
    expect(record?.targets).toMatchObject([
      {outcome: 'aborted', digest: rig.digestOf('cpu'), failure: interrupted},
    ]);
    expect(failures).toEqual([interrupted]);
  });
});

test('docker that vanished is told as such', async () => {
  const rig = createRunRig();
  rig.docker(cpu, {failure: {kind: 'not-found', command: 'docker'}});
  expect((await rig.run([cpu])).failures).toEqual([
    {
      reason: 'engine-unusable',
      problem: 'docker-missing',
      message: 'the program docker was not found',
      remedy: 'Install Docker with its buildx plugin, or put it on PATH.',
    },
  ]);
});

test('docker that ends by itself when it is stopped is aborted, not failed', async () => {
  const rig = createRunRig();
  const running = createDeferred();
  rig.docker(cpu, {exitCode: 1});
  const run = rig.run([cpu], {
    ports: {
      files: rig.files,
      clock: rig.clock,
      host: {name: 'laptop', pid: 1, processIdentity: () => Promise.resolve('self')},
      images: {load: rig.images, oci: rig.images, push: rig.images},
      probe: rig.probe,
      writer: createFakeTagWriter(),
      waiting: rig.waiting,
      logins: noLogins,
      processes: {
        ...rig.processes,
        run: async (request) => {
          running.resolve();
          await new Promise((resolve) => request.signal?.addEventListener('abort', resolve));
          return {ok: true, value: {exitCode: 130, stdout: '', stderr: '', durationMs: 1}};
        },
      },
    },
  });
  await running.promise;
  rig.stop.abort(interrupted);
  expect((await run).record?.targets).toMatchObject([{outcome: 'aborted', failure: interrupted}]);
});

test('a folder that cannot be written stops the target before docker starts', async () => {
  const rig = createRunRig();
  rig.files.fail('remove', cpu.metadataFile, 'EACCES: permission denied');
  expect((await rig.run([cpu])).failures).toEqual([
    {reason: 'file-unusable', path: cpu.metadataFile, message: 'EACCES: permission denied'},
  ]);
  expect(rig.processes.requests).toEqual([]);
});

test('a failure in a remote context is not shown in a local file of the same name', async () => {
  const stderr = ['ERROR: failed to solve: dockerfile parse error on line 1: unknown instruction'];
  const rangesOf = async (target: typeof cpu) => {
    const rig = createRunRig();
    rig.docker(target, {stderr, exitCode: 1});
    const {failures} = await rig.run([target]);
    return failures.map((failure) => ('range' in failure ? failure.range.text : undefined));
  };
  expect(await rangesOf(cpu)).toEqual(['FROM scratch AS runtime']);
  expect(await rangesOf(plannedTarget('cpu', {stages: []}))).toEqual([undefined]);
});

describe('the stream of a build', () => {
  const run = {
    digest: 'sha256:1',
    name: '[runtime 2/3] RUN pip install flask',
    started: '2026-01-02T03:04:06Z',
  };
  const stderr = [
    rawLine({vertexes: [run]}),
    rawLine({
      logs: [
        {
          vertex: 'sha256:1',
          stream: 1,
          data: Buffer.from('Collecting flask\nDone\n').toString('base64'),
        },
      ],
    }),
    rawLine({vertexes: [{...run, completed: '2026-01-02T03:04:08.500Z'}]}),
    rawLine({
      vertexes: [
        {
          digest: 'sha256:2',
          name: '[runtime 3/3] COPY . .',
          started: '2026-01-02T03:04:08Z',
          completed: '2026-01-02T03:04:08Z',
          cached: true,
        },
      ],
    }),
  ];

  test('becomes events as it comes, and counts steps', async () => {
    const rig = createRunRig();
    rig.docker(cpu, rig.success(cpu, {stderr}));
    const {record} = await rig.run([cpu]);
    expect(rig.sink.ofType('step-log').map(({text}) => text)).toEqual(['Collecting flask', 'Done']);
    expect(rig.sink.ofType('step-finished').map(({name, cached}) => ({name, cached}))).toEqual([
      {name: 'RUN pip install flask', cached: false},
      {name: 'COPY . .', cached: true},
    ]);
    expect(record?.targets[0]?.steps).toEqual({total: 2, cached: 1});
  });

  test('stands whole in the log, each line with its place', async () => {
    const rig = createRunRig();
    rig.docker(cpu, rig.success(cpu, {stderr: [...stderr, 'WARNING: no output']}, 2000));
    await rig.run([cpu]);
    expect(rig.files.texts.get(logFileOf('cpu'))).toBe(
      `docker buildx build --metadata-file=.build-matrix/work/face-service/cpu.json dockerfiles
[linux/amd64 runtime 2/3] RUN pip install flask
[linux/amd64 runtime 2/3] Collecting flask
[linux/amd64 runtime 2/3] Done
[linux/amd64 runtime 2/3] DONE 2.5s
[linux/amd64 runtime 3/3] COPY . .
[linux/amd64 runtime 3/3] CACHED
WARNING: no output
SUCCEEDED 2.0s
`,
    );
  });
});

describe('a push that fails for a cause', () => {
  const said = (error: string) => [`ERROR: failed to build: failed to solve: ${error}`];
  const manifest = 'http://r.io/v2/face/manifests/1';
  const busy = `failed to push r.io/face:1: unexpected status from PUT request to ${manifest}: 503 Service Unavailable`;
  const built = (cached: boolean) =>
    rawLine({
      vertexes: [
        {
          ...{digest: 'sha256:a', name: '[install 1/1] RUN make', cached},
          ...{started: '2026-01-01T00:00:01Z', completed: '2026-01-01T00:00:02Z'},
        },
      ],
    });

  test('that passes is run again, and everybody is told; what was built counts as built', async () => {
    const rig = createRunRig();
    let runs = 0;
    const success = rig.success(cpu, {stderr: [built(true)]});
    rig.processes.on(`--metadata-file=${cpu.metadataFile}`, () => {
      runs += 1;
      return runs < 3 ? {exitCode: 1, stderr: [built(runs > 1), ...said(busy)]} : success;
    });
    const {record, failures} = await rig.run([cpu]);
    expect(failures).toEqual([]);
    expect(record?.targets).toMatchObject([
      {outcome: 'succeeded', steps: {total: 1, cached: 0}, failure: null},
    ]);
    expect(rig.waiting.pauses).toEqual([1500, 3000]);
    expect(rig.sink.events.filter(({type}) => type === 'target-retried')).toMatchObject([
      {target: 'face-service/cpu', because: 'r.io answered 503', delayMs: 1500, attempt: 2, of: 4},
      {target: 'face-service/cpu', because: 'r.io answered 503', delayMs: 3000, attempt: 3, of: 4},
    ]);
    expect(rig.files.texts.get(logFileOf('cpu'))).toContain(
      'RETRY r.io answered 503; next try in 2 s (2 of 4)\n',
    );
  });

  test('that does not go away fails in the end, with how often it was tried', async () => {
    const rig = createRunRig();
    rig.docker(cpu, {exitCode: 1, stderr: said(busy)});
    expect((await rig.run([cpu])).failures).toMatchObject([
      {
        ...{reason: 'build-failed', message: busy, cause: 'server-error'},
        hint: 'the registry failed by itself: build again later, the cache makes it quick (tried 4 times)',
      },
    ]);
    expect(rig.waiting.pauses).toHaveLength(3);
  });

  test.each([
    ['of a registry', 'failed to push r.io/face:1: denied: not yours', 'denied'],
    [
      'of a step',
      'process "/bin/sh -c curl 503" did not complete successfully: exit code: 1',
      undefined,
    ],
  ])('%s that does not pass is not run again', async (_, error, cause) => {
    const rig = createRunRig();
    rig.docker(cpu, {exitCode: 1, stderr: said(error)});
    const {failures} = await rig.run([cpu]);
    expect(failures).toHaveLength(1);
    expect((failures[0] as {cause?: string}).cause).toBe(cause);
    expect(rig.waiting.pauses).toEqual([]);
  });

  test('that was lost is asked of the registry', async () => {
    const rig = createRunRig();
    const error = `failed to push r.io/face:1: unexpected status from POST request to ${manifest}: 403 Forbidden`;
    rig.docker(cpu, {exitCode: 1, stderr: said(error)});
    await rig.run([cpu]);
    expect(rig.probe.asked).toEqual([{repository: 'r.io/face', reference: '1', action: 'push'}]);
  });
});
