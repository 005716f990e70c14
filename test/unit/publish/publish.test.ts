import {expect, test} from 'vitest';

import {imagetoolsCommand} from '../../../src/docker/imagetools.ts';
import type {BuildEvent} from '../../../src/events/event.ts';
import {err, ok} from '../../../src/model/result.ts';
import type {TagPublication} from '../../../src/plan/publication.ts';
import {digestOf} from '../../../src/plan/run-values.ts';
import type {Images} from '../../../src/ports/images.ts';
import type {Processes} from '../../../src/ports/processes.ts';
import {digestIn} from '../../../src/publish/held-images.ts';
import {publish} from '../../../src/publish/publish.ts';
import {noLogins} from '../../../src/ports/logins.ts';
import {createFakeFiles} from '../../fakes/fake-files.ts';
import {createFakeProbe} from '../../fakes/fake-probe.ts';
import {createFakeTagWriter} from '../../fakes/fake-tag-writer.ts';
import {createFakeWaiting} from '../../fakes/fake-waiting.ts';

const sha = (letter: string): string => `sha256:${letter.repeat(64)}`;

/** A registry that takes tags, by itself and from `imagetools create`, and what goes wrong with it. */
function fakeRegistry(initial: Readonly<Record<string, string>>) {
  const tags = new Map(Object.entries(initial));
  const indexes = new Map<string, unknown>();
  const ran: string[] = [];
  const faults = new Map<string, 'refused' | 'lost-answer' | 'ignored' | 'busy' | 'overtaken'>();
  const unreadable = new Set<string>();
  /** Images that are not there, `repository@digest`. */
  const absent = new Set<string>();
  const images: Images = {
    manifest: (repository, reference) => {
      const name = `${repository}:${reference}`;
      if (unreadable.has(name)) {
        return Promise.resolve(err({kind: 'unreachable', message: `cannot read ${name}`}));
      }
      const isAbsent = absent.has(`${repository}@${reference}`);
      const isDigest = reference.startsWith('sha256:') && !isAbsent;
      const digest = isDigest ? reference : tags.get(name);
      if (digest === undefined) {
        return Promise.resolve(err({kind: 'not-found', message: `${name} is not there`}));
      }
      return Promise.resolve(ok({digest, mediaType: '', json: indexes.get(digest) ?? {}}));
    },
    config: () => Promise.reject(new Error('not asked')),
    blob: () => Promise.reject(new Error('not asked')),
  };
  /** What the registry says against it; undefined when all is well. */
  const move = (references: readonly string[], digests: readonly string[]): string | undefined => {
    const fault = references.map((one) => faults.get(one)).find((one) => one !== undefined);
    if (fault === 'refused') return '403 Forbidden';
    if (fault === 'busy') {
      // Well again at the next try.
      for (const one of references) faults.delete(one);
      return 'unexpected status from PUT request to http://r.io/v2/x: 503 Busy';
    }
    const joined = sha('f');
    if (digests.length > 1) {
      indexes.set(joined, {manifests: digests.map((digest) => ({digest, size: 1}))});
    }
    if (fault !== 'ignored') {
      for (const one of references) tags.set(one, digests.length > 1 ? joined : (digests[0] ?? ''));
    }
    // Another machine writes right after.
    if (fault === 'overtaken') for (const one of references) tags.set(one, sha('d'));
    return fault === 'lost-answer' ? 'EOF' : undefined;
  };
  const processes: Processes = {
    killAll: () => undefined,
    run({args}) {
      const [program = ''] = args;
      ran.push(
        `${program} ${args.filter((argument) => !/^(?:push|buildx|imagetools|create|--.*)$/u.test(argument)).join(' ')}`,
      );
      const references = args.filter((_, position) => args[position - 1] === '--tag');
      const sources = args.filter((argument) => argument.includes('@'));
      const said = move(references, sources.map(digestIn));
      const exit = {stdout: '', exitCode: said === undefined ? 0 : 1};
      return Promise.resolve(ok({...exit, stderr: `ERROR: ${said ?? ''}\n`}));
    },
  };
  const writer = createFakeTagWriter(({repository, digest, tags: names}) => {
    const references = names.map((name) => `${repository}:${name}`);
    ran.push([...references, `${repository}@${digest}`].join(' '));
    const message = move(references, [digest]);
    return message === undefined ? ok(null) : err({message});
  });
  return {tags, ran, faults, unreadable, absent, images, processes, writer};
}

const tagsOf = (
  of: string,
  builds: readonly string[],
  ...names: readonly string[]
): TagPublication => {
  const references = names.map((name) => `r.io/face:${name}`);
  const sources = builds.map((id) => `r.io/face@${digestOf(id)}`);
  return {
    ...{kind: 'tags', of, repository: 'r.io/face', references, builds},
    ...{annotations: {}, through: 'digest', builder: null},
    commands: [imagetoolsCommand({references, sources, annotations: {}, builder: null})],
  };
};

const digests = new Map([
  ['face/cpu', sha('a')],
  ['face/cuda', sha('b')],
]);
const cpu = tagsOf('face/cpu', ['face/cpu'], '1', 'latest');
const cuda = tagsOf('face/cuda', ['face/cuda'], '1-cuda');
const both = tagsOf('face:gpu', ['face/cpu', 'face/cuda'], 'gpu');

async function run(
  registry: ReturnType<typeof fakeRegistry>,
  publications: readonly TagPublication[],
  signal = new AbortController().signal,
) {
  const events: BuildEvent[] = [];
  const {records, failures} = await publish({
    ...{publications, digests, signal},
    ports: {
      ...{processes: registry.processes, registry: registry.images, writer: registry.writer},
      ...{files: createFakeFiles(), clock: {now: () => 0}},
      ...{probe: createFakeProbe(), waiting: createFakeWaiting(), logins: noLogins},
    },
    emit: (event) => events.push(event),
  });
  const outcomes = records.map(({of, outcome}) => `${of} ${outcome}`);
  return {outcomes, failures: failures.map(({message}) => message), records, events};
}

test('every tag moves, and what it had before is known', async () => {
  const registry = fakeRegistry({'r.io/face:latest': sha('0')});
  const {outcomes, failures, records} = await run(registry, [cpu, cuda, both]);
  expect(failures).toEqual([]);
  expect(outcomes).toEqual(['face/cpu published', 'face/cuda published', 'face:gpu published']);
  expect(Object.fromEntries(registry.tags)).toEqual({
    'r.io/face:1': sha('a'),
    'r.io/face:latest': sha('a'),
    'r.io/face:1-cuda': sha('b'),
    'r.io/face:gpu': sha('f'),
  });
  expect(records[0]?.moves).toEqual([
    {reference: 'r.io/face:1', before: null, after: sha('a')},
    {reference: 'r.io/face:latest', before: sha('0'), after: sha('a')},
  ]);
});

test('what is right already is left alone, tag by tag', async () => {
  const registry = fakeRegistry({'r.io/face:1': sha('a'), 'r.io/face:1-cuda': sha('b')});
  const {outcomes} = await run(registry, [cpu, cuda]);
  expect(outcomes).toEqual(['face/cpu published', 'face/cuda unchanged']);
  expect(registry.ran).toEqual([`r.io/face:latest r.io/face@${sha('a')}`]);
});

test('new tags come first, and one that cannot be moved puts the others back', async () => {
  const registry = fakeRegistry({'r.io/face:latest': sha('0'), 'r.io/face:gpu': sha('9')});
  registry.faults.set('r.io/face:gpu', 'refused');
  const {outcomes, failures} = await run(registry, [cpu, both, cuda]);
  expect(failures).toEqual(['403 Forbidden']);
  expect(outcomes).toEqual(['face/cpu restored', 'face:gpu failed', 'face/cuda published']);
  expect(registry.ran[0]).toBe(`r.io/face:1-cuda r.io/face@${sha('b')}`);
  expect(registry.tags.get('r.io/face:latest')).toBe(sha('0'));
  expect(registry.tags.get('r.io/face:gpu')).toBe(sha('9'));
  // A registry has no way to remove a tag that all of them know.
  expect(registry.tags.get('r.io/face:1')).toBe(sha('a'));
});

test('what another machine has written since is not put back', async () => {
  const registry = fakeRegistry({'r.io/face:latest': sha('0'), 'r.io/face:1-cuda': sha('9')});
  registry.faults.set('r.io/face:latest', 'overtaken');
  const {outcomes, failures} = await run(registry, [cuda, cpu]);
  expect(failures).toEqual(['r.io/face:1, r.io/face:latest did not become what was built']);
  expect(outcomes).toEqual(['face/cuda restored', 'face/cpu failed']);
  expect(registry.tags.get('r.io/face:latest')).toBe(sha('d'));
  expect(registry.tags.get('r.io/face:1-cuda')).toBe(sha('9'));
});

test('a tag that cannot be read keeps every tag where it is', async () => {
  const registry = fakeRegistry({});
  registry.unreadable.add('r.io/face:1-cuda');
  const {outcomes, failures} = await run(registry, [cpu, cuda]);
  expect(failures).toEqual(['cannot read r.io/face:1-cuda']);
  expect(outcomes).toEqual(['face/cpu held-back', 'face/cuda failed']);
  expect(registry.ran).toEqual([]);
});

test('an image that is not there keeps every tag where it is', async () => {
  const registry = fakeRegistry({});
  const other = tagsOf('face/other', ['face/other'], 'other');
  const {outcomes, failures} = await run(registry, [cpu, other]);
  expect(failures).toEqual(['there is no image of face/other']);
  expect(outcomes).toEqual(['face/cpu held-back', 'face/other failed']);
  expect(registry.ran).toEqual([]);
});

/** The same image in another registry. */
const elsewhere = (one: TagPublication): TagPublication => ({
  ...one,
  repository: 's.io/face',
  references: one.references.map((reference) => reference.replace('r.io/', 's.io/')),
});

test('a registry that lacks an image gets it from the one that has it', async () => {
  const registry = fakeRegistry({
    'r.io/face:1': sha('a'),
    'r.io/face:latest': sha('a'),
    'r.io/face:1-cuda': sha('b'),
  });
  registry.absent.add(`s.io/face@${sha('a')}`);
  const all = [cpu, cuda].flatMap((one) => [one, elsewhere(one)]);
  const {outcomes, failures} = await run(registry, [...all, elsewhere(both)]);
  expect(failures).toEqual([]);
  expect(outcomes).toEqual([
    ...['face/cpu unchanged', 'face/cpu published', 'face/cuda unchanged', 'face/cuda published'],
    'face:gpu published',
  ]);
  expect(registry.ran).toEqual([
    `buildx s.io/face:1 s.io/face:latest r.io/face@${sha('a')}`,
    `s.io/face:1-cuda s.io/face@${sha('b')}`,
    `buildx s.io/face:gpu r.io/face@${sha('a')} s.io/face@${sha('b')}`,
  ]);
});

test('an image that no registry has keeps every tag where it is', async () => {
  const registry = fakeRegistry({});
  registry.absent.add(`s.io/face@${sha('a')}`).add(`r.io/face@${sha('a')}`);
  const {outcomes, failures} = await run(registry, [cpu, elsewhere(cpu)]);
  expect(failures).toEqual([
    `r.io/face:${sha('a')} is not there`,
    `s.io/face:${sha('a')} is not there`,
  ]);
  expect(outcomes).toEqual(['face/cpu failed', 'face/cpu failed']);
  expect(registry.ran).toEqual([]);
});

test("docker's own store pushes what the registry does not have, and is not asked otherwise", async () => {
  const stored: TagPublication = {...cpu, through: 'store'};
  const registry = fakeRegistry({'r.io/face:1': sha('a')});
  registry.absent.add(`r.io/face@${sha('a')}`);
  await run(registry, [stored]);
  expect(registry.ran).toEqual(['push r.io/face:latest']);
  const pushed = fakeRegistry({'r.io/face:1': sha('a')});
  await run(pushed, [stored]);
  expect(pushed.ran).toEqual([`r.io/face:latest r.io/face@${sha('a')}`]);
});

test('an answer that was lost is no failure, and one that lied is', async () => {
  const registry = fakeRegistry({});
  registry.faults.set('r.io/face:1', 'lost-answer');
  expect((await run(registry, [cpu])).outcomes).toEqual(['face/cpu published']);
  registry.faults.set('r.io/face:1-cuda', 'ignored');
  const {failures} = await run(registry, [cuda]);
  expect(failures).toEqual(['r.io/face:1-cuda did not become what was built']);
});

test('an end that is asked for moves nothing more, and puts back what moved', async () => {
  const registry = fakeRegistry({'r.io/face:latest': sha('0'), 'r.io/face:1': sha('0')});
  const stop = new AbortController();
  const moving = {
    ...registry,
    writer: createFakeTagWriter(async (image) => {
      const written = await registry.writer.writeTags(image);
      stop.abort({reason: 'interrupted', signal: 'SIGINT'});
      return written;
    }),
  };
  const {outcomes} = await run(moving, [cpu, cuda], stop.signal);
  expect(outcomes).toEqual(['face/cpu held-back', 'face/cuda published']);
  expect(registry.tags.get('r.io/face:1')).toBe(sha('0'));
});

test('a publication tells when it begins and what came of it', async () => {
  const {events} = await run(fakeRegistry({}), [cuda]);
  expect(events).toEqual([
    {type: 'publication-started', at: 0, of: 'face/cuda', references: ['r.io/face:1-cuda']},
    {
      ...{type: 'publication-finished', at: 0, of: 'face/cuda', outcome: 'published'},
      moves: [{reference: 'r.io/face:1-cuda', before: null, after: sha('b')}],
    },
  ]);
});

test('a registry that is busy is asked again, and everybody is told', async () => {
  const registry = fakeRegistry({});
  registry.faults.set('r.io/face:1-cuda', 'busy');
  const {outcomes, failures, events} = await run(registry, [cuda]);
  expect(failures).toEqual([]);
  expect(outcomes).toEqual(['face/cuda published']);
  expect(registry.ran).toHaveLength(2);
  expect(events.filter(({type}) => type === 'target-retried')).toEqual([
    {
      ...{type: 'target-retried', at: 0, target: 'face/cuda'},
      ...{because: 'r.io answered 503', delayMs: 1500, attempt: 2, of: 4},
    },
  ]);
});
