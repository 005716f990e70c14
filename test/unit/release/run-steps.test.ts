import fc from 'fast-check';
import {expect, test} from 'vitest';

import type {ReleaseEvent} from '../../../src/events/release-event.ts';
import {inspectSteps, problemsOf, runSteps} from '../../../src/release/run-steps.ts';
import {planRollback, putBackWork} from '../../../src/release/rollback.ts';
import {settleStep} from '../../../src/release/settle-step.ts';
import {readJournal} from '../../../src/release/release-journal.ts';
import {createFakeClock} from '../../fakes/fake-clock.ts';
import {createFakeWaiting} from '../../fakes/fake-waiting.ts';
import {commit, createWorld, digestOf, Killed, repository, type Strike} from './release-world.ts';

type World = ReturnType<typeof createWorld>;

const earlier = {
  [`${repository}:1.4.1`]: digestOf('a'),
  [`${repository}:1.4`]: digestOf('a'),
  [`${repository}:latest-cuda`]: digestOf('a'),
};

type Begun = Awaited<ReturnType<World['begin']>>;

function run(begun: Begun, emit: (event: ReleaseEvent) => void = () => undefined) {
  const clock = createFakeClock();
  const {signal} = new AbortController();
  return runSteps({...begun, emit, clock, waiting: createFakeWaiting(), signal});
}

async function release(world: World, hit?: Strike) {
  const begun = await world.begin('1.4.2', 'b', hit);
  const events: ReleaseEvent[] = [];
  const ended = await run(begun, (event) => events.push(event));
  return {ended, events, steps: begun.steps};
}

async function whole(): Promise<{world: World; changes: number}> {
  const world = createWorld(earlier);
  expect((await release(world)).ended).toEqual({ok: true, value: undefined});
  return {world, changes: world.changes};
}

test('a release makes exact tags, the git tag, the release on GitHub, and moves tags last', async () => {
  const world = createWorld(earlier);
  const {events} = await release(world);
  expect(
    events.flatMap((event) =>
      event.type === 'release-step-finished' ? [`${event.outcome} ${event.step}`] : [],
    ),
  ).toEqual([
    `done tag ${repository}:1.4.2`,
    `done tag ${repository}:1.4.2-cuda`,
    'done git tag v1.4.2',
    'done GitHub draft v1.4.2',
    'done GitHub file digests.txt',
    'done GitHub file sizes.json',
    'done GitHub release v1.4.2',
    `done move ${repository}:1.4`,
    `done move ${repository}:1.4-cuda`,
    `done move ${repository}:1`,
    `done move ${repository}:1-cuda`,
    `done move ${repository}:latest`,
    `done move ${repository}:latest-cuda`,
  ]);
  expect(world.end()).toMatchObject({git: [['v1.4.2', commit]], latest: true});
  expect(await readJournal(world.files, '1.4.2')).toMatchObject({
    value: {
      moves: [
        {reference: `${repository}:1.4`, before: digestOf('a'), after: digestOf('b')},
        {reference: `${repository}:1.4-cuda`, before: null, after: digestOf('b')},
        {},
        {},
        {},
        {reference: `${repository}:latest-cuda`, before: digestOf('a')},
      ],
    },
  });
});

test('a second run changes nothing', async () => {
  const {world} = await whole();
  const before = world.end();
  const {ended, events} = await release(world);
  expect(ended.ok).toBe(true);
  expect(world.changes).toBe(0);
  expect(world.end()).toEqual(before);
  expect(events.at(-1)).toMatchObject({type: 'release-finished', outcome: 'unchanged'});
});

test('killed before or after any change, the next run ends it as if nothing had been', async () => {
  const {world: unharmed, changes} = await whole();
  expect(changes).toBeGreaterThanOrEqual(14);
  for (let at = 1; at <= changes; at += 1) {
    for (const when of ['before', 'after'] as const) {
      const world = createWorld(earlier);
      await expect(release(world, {at, when, how: 'killed'})).rejects.toThrow(Killed);
      expect((await release(world)).ended.ok).toBe(true);
      expect(world.end(), `killed ${when} change ${at}`).toEqual(unharmed.end());
    }
  }
});

test('a connection that is lost at any change, its work done or not, is tried again in the same run', async () => {
  const {world: unharmed, changes} = await whole();
  for (let at = 1; at <= changes; at += 1) {
    for (const when of ['before', 'after'] as const) {
      const world = createWorld(earlier);
      const {ended} = await release(world, {at, when, how: 'lost'});
      expect(ended, `lost ${when} change ${at}`).toEqual({ok: true, value: undefined});
      expect(world.end()).toEqual(unharmed.end());
    }
  }
});

test('what is refused at any change stops the release after its stage; the next run ends it', async () => {
  const {world: unharmed, changes} = await whole();
  for (let at = 1; at <= changes; at += 1) {
    const world = createWorld(earlier);
    const {ended, events} = await release(world, {at, when: 'before', how: 'refused'});
    expect(ended).toMatchObject({
      error: {reason: 'release-stopped', version: '1.4.2', of: 13},
    });
    expect(events.at(-1)).toMatchObject({type: 'release-finished', outcome: 'stopped'});
    // `latest` waits for all others.
    expect(world.registry.has(`${repository}:latest`)).toBe(at === changes);
    expect((await release(world)).ended.ok).toBe(true);
    expect(world.end()).toEqual(unharmed.end());
  }
});

test('two machines that release the same at the same time end as one does, whatever comes first', async () => {
  const {world: alone} = await whole();
  const {git, tags} = alone.end();
  const races = {drafts: 0, late: 0, stopped: 0};
  await fc.assert(
    fc.asyncProperty(
      fc.infiniteStream(fc.nat(12)),
      fc.infiniteStream(fc.nat(30)),
      async (turns, lists) => {
        const pause = async () => {
          for (let left = Number(turns.next().value); left > 0; left -= 1) await Promise.resolve();
        };
        const world = createWorld(earlier, pause, () => Number(lists.next().value));
        const machines = [
          await world.begin('1.4.2', 'b', undefined, 'one'),
          await world.begin('1.4.2', 'b', undefined, 'two'),
        ];
        const ends = await Promise.all(machines.map((begun) => run(begun)));
        // One to which GitHub does not show the other's draft for long may stop, and goes on then.
        races.stopped += ends.filter(({ok}) => !ok).length;
        for (const name of ['one', 'two']) {
          const ended = await run(await world.begin('1.4.2', 'b', undefined, name));
          expect(ended).toEqual({ok: true, value: undefined});
        }
        const found = world.end();
        expect(found).toMatchObject({git, tags, latest: true});
        expect(found.releases).toMatchObject([
          {draft: false, assets: ['digests.txt 11', 'sizes.json 10']},
        ]);
        if (world.drafts > 1) races.drafts += 1;
        if (found.releases[0]?.id !== 1) races.late += 1;
      },
    ),
  );
  // Else the above has shown nothing.
  expect(races.drafts).toBeGreaterThan(20);
  expect(races.late).toBeGreaterThan(0);
  expect(races.stopped).toBeLessThan(20);
});

test('what does not pass at one place is asked of no other step there: files of a GitHub that is down', async () => {
  const {plan, steps} = await createWorld(earlier).begin('1.4.2', 'b');
  const down = {ok: false, error: {message: 'down', remedy: 'wait', passing: true}} as const;
  const ill = steps.map((one) =>
    one.step.kind === 'github-asset'
      ? {...one, work: {...one.work, perform: () => Promise.resolve(down)}}
      : one,
  );
  const events: string[] = [];
  const ended = await run({plan, steps: ill}, (event) => {
    if (event.type === 'release-step-started') events.push(event.step);
  });
  expect(ended).toMatchObject({
    error: {problems: [{step: 'GitHub file digests.txt', message: 'down (tried 4 times)'}]},
  });
  expect(events.at(-1)).toBe('GitHub file digests.txt');
});

test.for([
  [
    'a greater version',
    (world: World) => world.remoteTags.set('v1.4.3', 'd'.repeat(40)),
    '1.4.3 has been released meanwhile, and these tags are its own',
  ],
  [
    'another image as this version',
    (world: World) => world.registry.set(`${repository}:1.4.2`, digestOf('f')),
    `${repository}:1.4.2 has been replaced meanwhile: it holds ${digestOf('f')}, not ${digestOf('b')}`,
  ],
] as const)(
  '%s that another machine releases meanwhile keeps its tags',
  async ([, act, message]) => {
    const world = createWorld(earlier);
    const ended = await run(await world.begin('1.4.2', 'b'), (event) => {
      if (event.type === 'release-step-finished' && event.step === 'GitHub release v1.4.2')
        act(world);
    });
    const problem = {step: `move ${repository}:1.4`, message};
    expect(ended).toMatchObject({error: {reason: 'release-stopped'}});
    expect(ended).toHaveProperty('error.problems.0', expect.objectContaining(problem));
    expect(world.registry.get(`${repository}:1.4`)).toBe(digestOf('a'));
  },
);

test('two releases at once: the greater version has the tags, and whoever was stopped goes on', async () => {
  const world = createWorld(earlier);
  const begin = (patch: string): Promise<Begun> => world.begin(`1.4.${patch}`, patch);
  await Promise.all([await begin('2'), await begin('3')].map((begun) => run(begun)));
  for (const patch of ['2', '3']) expect(await run(await begin(patch))).toMatchObject({ok: true});
  for (const tag of ['1.4.3', '1.4', '1', 'latest']) {
    expect(world.registry.get(`${repository}:${tag}`)).toBe(digestOf('3'));
  }
  expect(world.registry.get(`${repository}:1.4.2`)).toBe(digestOf('2'));
});

test('an exact tag with another image is a conflict, told with all others before anything is done', async () => {
  const world = createWorld({...earlier, [`${repository}:1.4.2-cuda`]: digestOf('f')});
  world.remoteTags.set('v1.4.2', 'd'.repeat(40));
  const {steps} = await world.begin('1.4.2', 'b');
  const problems = problemsOf(await inspectSteps(steps));
  expect(problems.map(({message}) => message)).toEqual([
    `${repository}:1.4.2-cuda is there already, with another image: ${digestOf('f')}, not ${digestOf('b')}`,
    'the git tag v1.4.2 is at origin, on commit dddddddddddd, not on cccccccccccc',
  ]);
  expect(world.changes).toBe(0);
});

test('Ctrl-C ends a release between two steps', async () => {
  const world = createWorld();
  const {plan, steps} = await world.begin('1.4.2', 'b');
  const controller = new AbortController();
  const interrupted = {reason: 'interrupted', signal: 'SIGINT'} as const;
  const ended = await runSteps({
    ...{plan, steps},
    emit(event) {
      if (event.type === 'release-step-finished') controller.abort(interrupted);
    },
    clock: createFakeClock(),
    waiting: createFakeWaiting(),
    signal: controller.signal,
  });
  expect(ended).toEqual({ok: false, error: interrupted});
  expect([...world.registry.keys()]).toEqual([`${repository}:1.4.2`]);
});

test('a rollback puts tags back, the widest first, and leaves what was new', async () => {
  const {world} = await whole();
  const journal = await readJournal(world.files, '1.4.2');
  const moves = journal.ok ? (journal.value?.moves ?? []) : [];
  const planned = await planRollback('1.4.2', moves, world.ports);
  if (!planned.ok) throw new Error('refused');
  expect(
    planned.value.map(({reference, action}) => `${action} ${reference.split(':')[2] ?? ''}`),
  ).toEqual([
    'put-back latest-cuda',
    'stays latest',
    'stays 1-cuda',
    'stays 1',
    'stays 1.4-cuda',
    'put-back 1.4',
  ]);
  for (const one of planned.value.filter(({action}) => action === 'put-back')) {
    const {end} = await settleStep(putBackWork(one, world.ports), {
      waiting: createFakeWaiting(),
      signal: world.ports.signal,
      onRetry: () => undefined,
    });
    expect(end).toEqual({ok: true, value: 'done'});
  }
  expect(world.registry.get(`${repository}:1.4`)).toBe(digestOf('a'));

  world.registry.set(`${repository}:latest-cuda`, digestOf('e'));
  expect(await planRollback('1.4.2', moves, world.ports)).toMatchObject({
    error: {
      reason: 'release-refused',
      problems: [
        {
          message: `${repository}:latest-cuda was moved since: it is ${digestOf('e')}, and the release had put it on ${digestOf('b')}`,
        },
      ],
    },
  });
});
