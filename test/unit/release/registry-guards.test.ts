import {expect, test} from 'vitest';

import type {TagMutability} from '../../../src/model/tag-mutability.ts';
import {placesOf} from '../../../src/registries/registry-places.ts';
import {immutableProblems, repositoryTags} from '../../../src/release/registry-guards.ts';
import type {ReleaseStep} from '../../../src/release/release-plan.ts';
import {right} from '../../../src/release/release-step.ts';
import type {Inspection} from '../../../src/release/run-steps.ts';
import {createFakeEcr} from '../../fakes/fake-ecr.ts';
import {createFakeImages} from '../../fakes/fake-images.ts';
import {createFakeLogins} from '../../fakes/fake-logins.ts';
import {createFakeProcesses} from '../../fakes/fake-processes.ts';
import {createFakeTagWriter} from '../../fakes/fake-tag-writer.ts';
import {createFakeWaiting} from '../../fakes/fake-waiting.ts';
import type {RegistryAnswer} from '../../../src/ports/registry-probe.ts';
import {ok} from '../../../src/model/result.ts';

const host = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const repository = `${host}/team/app`;
const digest = `sha256:${'a'.repeat(64)}`;
const signal = new AbortController().signal;

const inspected = (step: ReleaseStep, isRight = false): Inspection => ({
  step,
  found: ok(isRight ? right : {state: 'missing', will: 'do it'}),
});
const moving = (...tags: readonly string[]): ReleaseStep => ({
  ...{kind: 'moving-tags', id: 'move', stage: 1, level: 'minor', of: 'app/cpu'},
  references: tags.map((tag) => `${repository}:${tag}`),
  exact: `${repository}:1.4.2`,
});
const exact = (from: string): ReleaseStep => ({
  ...{kind: 'exact-tags', id: 'tag', stage: 0, of: 'app/cpu', targets: ['app/cpu']},
  references: [`${repository}:1.4.2`],
  sources: [`${from}@${digest}`],
  annotations: {},
});

async function problems(
  tags: TagMutability,
  inspections: readonly Inspection[],
  buildx: string | null = '0.29.1',
) {
  const ecr = createFakeEcr();
  const address = {kind: 'private', account: '123456789012', region: 'eu-west-1'} as const;
  await ecr.createRepository(address, 'team/app', {tags, scanOnPush: false, lifecyclePolicy: null});
  const places = placesOf([repository, 'r.io/team/app'], {});
  return immutableProblems({inspections, places, buildx, ecr, signal});
}

const mutable = {immutable: false, except: []};
const immutable = {immutable: true, except: []};
const command = (mode: string): string =>
  `\`aws ecr put-image-tag-mutability --region eu-west-1 --repository-name team/app --image-tag-mutability ${mode}\`; or name fewer tags under \`release.moving\` in matrix.yml`;

test('tags that move have to be movable, also before they are there', async () => {
  const steps = [inspected(exact(repository)), inspected(moving('1.4', '1.4-cpu'))];
  expect(await problems(mutable, steps)).toEqual([]);
  expect(await problems(immutable, steps)).toEqual([
    {
      message: `${repository} lets 1.4, 1.4-cpu not be moved: its tags are immutable`,
      remedy: `exclude them: ${command(
        "IMMUTABLE_WITH_EXCLUSION --image-tag-mutability-exclusion-filters filterType=WILDCARD,filter='1.4' filterType=WILDCARD,filter='1.4-cpu'",
      )}`,
    },
  ]);
  expect(await problems({immutable: true, except: ['1.4*']}, steps)).toEqual([]);
});

test('what is right already needs no move', async () => {
  expect(await problems(immutable, [inspected(moving('1.4'), true)])).toEqual([]);
});

test('Amazon takes five filters: with more, or where few tags are fixed, all have to move', async () => {
  const many = [inspected(moving('1', '1.4', 'latest', '1-cpu', '1.4-cpu', 'latest-cpu'))];
  expect(await problems(immutable, many)).toEqual([
    {
      message: `${repository} lets 1, 1.4, latest, 1-cpu, 1.4-cpu, latest-cpu not be moved: its tags are immutable`,
      remedy: `make tags mutable, since a release itself moves no exact tag: ${command('MUTABLE')}`,
    },
  ]);
  const fixed = {immutable: false, except: ['latest']};
  expect(await problems(fixed, [inspected(moving('1', 'latest'))])).toEqual([
    {
      message: `${repository} lets latest not be moved: its tags are mutable, except latest`,
      remedy: `make tags mutable, since a release itself moves no exact tag: ${command('MUTABLE')}`,
    },
  ]);
});

test('a buildx that writes parts of a copy under its tag first cannot copy to an immutable one', async () => {
  const copied = [inspected(exact('r.io/team/app'))];
  expect(await problems(immutable, copied)).toEqual([]);
  expect(await problems(immutable, [inspected(exact(repository))], '0.21.0')).toEqual([]);
  expect(await problems(immutable, copied, '0.21.0')).toEqual([
    {
      message: `buildx 0.21.0 cannot copy into ${repository}: it would write parts of the image under the tag first, which is immutable`,
      remedy: 'update buildx to 0.22.0 or newer',
    },
  ]);
});

/** A registry that gives these answers to the begins of uploads, one after the other. */
async function listing(...answers: readonly RegistryAnswer[]) {
  const left = [...answers];
  const waiting = createFakeWaiting();
  const {problems: found} = await repositoryTags(new Set(['r.io/app']), {
    ...{images: createFakeImages(), processes: createFakeProcesses(), logins: createFakeLogins()},
    ...{builder: null, signal, waiting, writer: createFakeTagWriter()},
    tags: {list: () => Promise.resolve(ok(['1.0.0']))},
    probe: {ask: () => Promise.resolve(ok({upload: left.shift() ?? null, manifest: null}))},
  });
  return {found, pauses: waiting.pauses};
}

test('a registry that is busy for a moment is asked again; one that refuses is not', async () => {
  const busy = {status: 429, statusText: 'Too Many Requests', said: '', retryAfterMs: 7000};
  const well = {status: 202, statusText: 'Accepted', said: ''};
  expect(await listing(busy, well)).toEqual({found: [], pauses: [7500]});
  const denied = {status: 403, statusText: 'Forbidden', said: 'DENIED: not yours'};
  expect(await listing(denied, well)).toEqual({
    found: [
      {
        message: 'r.io/app takes no images from you (403 Forbidden: DENIED: not yours)',
        remedy:
          'the account may not push here: check its rights for r.io/app, or `docker login r.io` with another',
      },
    ],
    pauses: [],
  });
});
