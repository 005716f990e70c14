import {afterAll, beforeAll, describe, expect, test} from 'vitest';

import {engineVariable} from '../rig/engine-variable.ts';
import type {Fault} from '../rig/github-server.ts';
import {openReleaseRig, type ReleaseEnd, type ReleaseRig} from '../rig/release-rig.ts';

const registry = engineVariable('BUILD_MATRIX_ENGINE_REGISTRY');
const run = `release-github-${Date.now().toString(36)}`;

let rig: ReleaseRig;
/** What a release leaves behind that met no fault. */
let wanted: ReleaseEnd;

const release = (namespace: string): readonly string[] => [
  ...['release', '1.4.2', '--registry', `${registry}/${run}-${namespace}`],
];

beforeAll(async () => {
  rig = await openReleaseRig(registry, {
    Dockerfile: 'FROM scratch\nCOPY matrix.yml /\n',
    'matrix.yml': `version: 1
images:
  app:
    targets:
      cpu: {platforms: [linux/amd64], tags: ["{version}"]}
`,
  });
  await rig.run(['build', '--push', '--registry', `${registry}/${run}-built`]);
  const whole = await rig.fork();
  const released = await whole.run(release('whole'));
  if (released.exitCode !== 0) throw new Error(released.stderr);
  wanted = await whole.state(`${run}-whole`);
  await whole.close();
});
afterAll(() => rig.close());

/** How far a release came that GitHub has stopped. */
type Reached = 'nothing' | 'git tag' | 'draft';

interface Case {
  readonly title: string;
  readonly faults: readonly Fault[];
  readonly reached: Reached;
  /** What it says of it, and what to do. */
  readonly says: readonly string[];
}

const newRelease = /^POST \/repos\/acme\/app\/releases$/u;
const notes = /^POST \/repos\/acme\/app\/releases\/generate-notes$/u;
const upload = /^POST .*\/releases\/\d+\/assets$/u;
const publish = /^PATCH .*\/releases\/\d+$/u;
const all = /./u;

const answer = (status: number, message: string, headers = {}) =>
  ({kind: 'answer', status, message, headers}) as const;

const cases: readonly Case[] = [
  {
    title: '401: a token that GitHub does not know',
    faults: [{request: all, ...answer(401, 'Bad credentials')}],
    reached: 'nothing',
    says: ['GitHub: Bad credentials (401)', 'set GH_TOKEN or GITHUB_TOKEN, or run `gh auth login`'],
  },
  {
    title: '404: a repository that the token may not see',
    faults: [{request: all, ...answer(404, 'Not Found')}],
    reached: 'nothing',
    says: ['GitHub: Not Found (404)', 'see that the repository is right'],
  },
  {
    title: '403 for the notes: a token of a workflow without `contents: write`',
    faults: [{request: notes, ...answer(403, 'Resource not accessible by integration')}],
    reached: 'nothing',
    says: [
      'GitHub: Resource not accessible by integration (403)',
      'permissions: {contents: write}',
    ],
  },
  {
    title: '422 for the notes: GitHub does not know the commit',
    faults: [{request: notes, ...answer(422, 'Invalid target_commitish parameter')}],
    reached: 'nothing',
    says: ['GitHub cannot make notes for commit', 'push the commit first'],
  },
  {
    title: 'a rate limit that lasts an hour, before anything is done',
    faults: [
      {
        request: all,
        ...answer(429, 'You have exceeded a secondary rate limit', {'retry-after': '3600'}),
      },
    ],
    reached: 'nothing',
    says: ['GitHub: You have exceeded a secondary rate limit (429)', 'wait as long as GitHub asks'],
  },
  {
    title: '403 for the draft, though the token may write',
    faults: [{request: newRelease, ...answer(403, 'Resource not accessible by integration')}],
    reached: 'git tag',
    says: [
      'GitHub draft v1.4.2: GitHub: Resource not accessible by integration (403)',
      'permissions: {contents: write}',
    ],
  },
  {
    title: '422 for the draft',
    faults: [{request: newRelease, ...answer(422, 'Validation Failed')}],
    reached: 'git tag',
    says: ['GitHub: Validation Failed (422)', 'mend what GitHub complains about'],
  },
  {
    title: '500 for every file',
    faults: [{request: upload, ...answer(500, 'Server Error')}],
    reached: 'draft',
    says: ['GitHub: Server Error (500) (tried 4 times)', 'GitHub has trouble (githubstatus.com)'],
  },
  {
    title: 'a secondary rate limit that lasts an hour, in the middle',
    faults: [
      {
        request: publish,
        ...answer(403, 'You have exceeded a secondary rate limit', {'retry-after': '3600'}),
      },
    ],
    reached: 'draft',
    says: [
      'GitHub release v1.4.2: GitHub: You have exceeded a secondary rate limit (403)',
      'wait as long as GitHub asks',
    ],
  },
  {
    title: 'a network that goes when the draft is made',
    faults: [{since: newRelease, request: all, kind: 'lost'}],
    reached: 'draft',
    says: ['(tried 4 times)', 'see that GitHub can be reached'],
  },
];

describe.concurrent('a release that GitHub stops', () => {
  test.each(cases)('$title', async ({title, faults, reached, says}) => {
    const own = await rig.fork();
    const namespace = `case-${cases.findIndex((one) => one.title === title)}`;
    for (const fault of faults) own.github.fail(fault);
    const stopped = await own.run(release(namespace));
    expect(stopped).toMatchObject({exitCode: 5});
    for (const words of says) expect(stopped.stderr).toContain(words);
    expect(stopped.stderr).not.toContain(own.github.token);

    // Never a tag that others follow, nor a release that others see.
    const tags = Object.keys(await own.tags(`${run}-${namespace}/app`));
    expect(tags).toEqual(reached === 'nothing' ? [] : ['1.4.2']);
    expect(await own.git('ls-remote', '--tags', 'origin')).toMatch(
      reached === 'nothing' ? /^$/u : /refs\/tags\/v1\.4\.2/u,
    );
    expect(own.github.releases.map(({draft}) => draft)).toEqual(reached === 'draft' ? [true] : []);

    own.github.heal();
    const ended = await own.run(release(namespace));
    expect(ended).toMatchObject({exitCode: 0});
    expect(await own.state(`${run}-${namespace}`)).toEqual(wanted);
    expect(own.github.violations).toEqual([]);
    await own.close();
  });
});

test('what passes stops no release: lost answers, 502, a file that broke off, a short rate limit', async () => {
  const own = await rig.fork();
  const limit = answer(403, 'You have exceeded a secondary rate limit', {'retry-after': '1'});
  for (const fault of [
    {request: notes, kind: 'lost'},
    {request: newRelease, kind: 'lost-after'},
    {request: upload, kind: 'starter'},
    {request: publish, ...limit},
  ] as const) {
    own.github.fail({...fault, times: 1});
  }
  const ended = await own.run(release('passing'));
  expect(ended).toMatchObject({exitCode: 0});
  expect(await own.state(`${run}-passing`)).toEqual(wanted);
  expect(own.github.releases).toHaveLength(1);
  await own.close();
});
