import {expect, test} from 'vitest';

import type {TagRequest} from '../../../src/docker/imagetools.ts';
import {err, ok} from '../../../src/model/result.ts';
import type {RegistryProbe} from '../../../src/ports/registry-probe.ts';
import {moveTags, renewLogin, type RegistryPorts} from '../../../src/release/move-tags.ts';
import {right, type StepWork} from '../../../src/release/release-step.ts';
import {settleStep, type SettledStep} from '../../../src/release/settle-step.ts';
import {createFakeImages} from '../../fakes/fake-images.ts';
import {createFakeLogins} from '../../fakes/fake-logins.ts';
import {createFakeProbe} from '../../fakes/fake-probe.ts';
import {createFakeProcesses, type Script} from '../../fakes/fake-processes.ts';
import {createFakeTagWriter} from '../../fakes/fake-tag-writer.ts';
import {createFakeWaiting} from '../../fakes/fake-waiting.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const request = {
  references: ['aws.example/app:1.4', 'aws.example/app:1.4-cpu'],
  sources: [`aws.example/app@${digest}`],
  annotations: {},
};
/** From another repository, which docker is run for. */
const copied = {...request, sources: [`docker.io/acme/app@${digest}`]};
const done: Script = {};
const said = (stderr: string): Script => ({exitCode: 1, stderr: [`ERROR: ${stderr}`]});
const put = 'unexpected status from PUT request to https://aws.example/v2/app/manifests/1.4: ';

/** Settles a step that moves tags; the registry, or docker, says these things, one after the other. */
async function settle(
  scripts: readonly Script[],
  {
    probe = createFakeProbe(),
    from = request,
  }: {
    probe?: RegistryProbe;
    from?: Pick<TagRequest, 'references' | 'sources' | 'annotations'>;
  } = {},
) {
  const processes = createFakeProcesses();
  const left = [...scripts];
  let isRight = false;
  const next = (): Script => {
    const script = left.shift() ?? done;
    isRight = script === done;
    return script;
  };
  processes.on('imagetools create', next);
  const writer = createFakeTagWriter(() => {
    const {stderr} = next();
    const [message] = stderr ?? [];
    return message === undefined ? ok(null) : err({message: message.replace('ERROR: ', '')});
  });
  const waiting = createFakeWaiting();
  const logins = createFakeLogins();
  const images = createFakeImages();
  const registry: RegistryPorts = {
    ...{images, processes, writer, probe, logins, builder: 'bm-one'},
    tags: {list: () => Promise.reject(new Error('not asked'))},
    signal: new AbortController().signal,
  };
  const work: StepWork = {
    observe: () =>
      Promise.resolve({ok: true, value: isRight ? right : {state: 'missing', will: 'move 1.4'}}),
    perform: () => moveTags(from, registry),
    repair: (failure) => renewLogin(failure, registry),
  };
  const retries: string[] = [];
  const {end, detail}: SettledStep = await settleStep(work, {
    ...{waiting, signal: registry.signal},
    onRetry({because, delayMs, attempt, of}) {
      retries.push(`${because}: ${attempt} of ${of} in ${delayMs}`);
    },
  });
  const {requests} = processes;
  return {end, detail, retries, requests, written: writer.asked, renewed: logins.renewed};
}

test('all tags of a step are written by the registry alone', async () => {
  const {end, detail, requests, written} = await settle([done]);
  expect(end).toEqual({ok: true, value: 'done'});
  expect(detail).toBe('move 1.4');
  expect(written).toEqual([
    `aws.example/app:1.4 aws.example/app:1.4-cpu aws.example/app@${digest}`,
  ]);
  expect(requests).toEqual([]);
});

test.each([
  ['a copy from another repository has an hour', copied, [], 3_600_000],
  [
    'an index of several images is made by docker',
    {...request, sources: ['a', 'b'].map((one) => `aws.example/app@sha256:${one.repeat(64)}`)},
    [],
    300_000,
  ],
  [
    'annotations are written into an index by docker',
    {...request, annotations: {vendor: 'acme'}},
    ['--annotation', 'index:vendor=acme'],
    300_000,
  ],
])('%s, with the settings of its builder', async (_, from, annotations, limit) => {
  const {end, requests, written} = await settle([done], {from});
  expect(end).toEqual({ok: true, value: 'done'});
  expect(written).toEqual([]);
  expect(requests.map(({args, timeoutMs}) => [args.slice(2), timeoutMs])).toEqual([
    [
      [
        ...['create', '--builder=bm-one', '--prefer-index=false', ...annotations],
        ...['--tag', 'aws.example/app:1.4', '--tag', 'aws.example/app:1.4-cpu'],
        ...from.sources,
      ],
      limit,
    ],
  ]);
});

test('a registry that limits requests is given the time that it asks for', async () => {
  const limited = {status: 429, statusText: '', said: '', retryAfterMs: 17_000};
  const probe = createFakeProbe({upload: limited, manifest: null});
  const {end, retries} = await settle([said(`${put}429 Too Many Requests`), done], {probe});
  expect(end).toEqual({ok: true, value: 'done'});
  expect(retries).toEqual(['aws.example limits requests: 2 of 4 in 18000']);
});

test('a registry that stays ill is tried four times, and told so', async () => {
  const ill = said(`${put}503 Service Unavailable`);
  const {end, detail, retries} = await settle([ill, ill, ill, ill, done]);
  expect(retries).toHaveLength(3);
  expect(end).toEqual({
    ok: false,
    error: {
      message: `${put}503 Service Unavailable (tried 4 times)`,
      remedy: 'see that the registry and the way to it are well again',
      passing: true,
    },
  });
  expect(detail).toBe(`${put}503 Service Unavailable (tried 4 times)`);
});

test('an expired login is renewed once, and the step tried again at once', async () => {
  const expired = said(
    `${put}403 Forbidden: denied: Your authorization token has expired. Reauthenticate and try again.`,
  );
  const once = await settle([expired, done]);
  expect(once).toMatchObject({end: {value: 'done'}, retries: [], renewed: ['aws.example']});
  const twice = await settle([expired, expired]);
  expect(twice).toMatchObject({end: {ok: false}, renewed: ['aws.example']});
  expect(twice.detail).toMatch(/\(tried 2 times\)$/u);
});

test('an immutable tag is told with what has to be changed', async () => {
  const fixed = `The image tag '1.4' already exists in the 'app' repository and cannot be overwritten because the repository is immutable.`;
  const {end, written} = await settle([said(`${put}400 Bad Request: unknown: ${fixed}`)]);
  expect(written).toHaveLength(1);
  expect(end).toMatchObject({
    error: {
      message: `${put}400 Bad Request: unknown: ${fixed}`,
      remedy: 'let the repository move this tag (Amazon ECR: exclude it from the immutability)',
    },
  });
});

test('a docker that cannot be run is no matter of the registry', async () => {
  const from = copied;
  const {end} = await settle([{failure: {kind: 'not-found', command: 'docker'}}], {from});
  expect(end).toMatchObject({error: {message: 'docker is not installed', passing: false}});
  const slow = await settle([{failure: {kind: 'timed-out', afterMs: 3_600_000}}], {from});
  expect(slow.end).toMatchObject({error: {message: 'docker did not end within 60 minutes'}});
});
