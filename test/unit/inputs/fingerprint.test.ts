import fc from 'fast-check';
import {describe, expect, test} from 'vitest';

import {sampleGit} from '../plan/plan-rig.ts';
import {labelsOf, openProject, pushed, type Project} from './inputs-rig.ts';

type Json = Readonly<Record<string, unknown>>;

const dockerfile = `# syntax=docker/dockerfile:1
ARG BASE=python:3.12-slim
FROM golang:1.26 AS tools
FROM \${BASE} AS base
COPY . /srv
FROM base AS last
COPY --from=tools /bin/x /bin/x
COPY --from=busybox:1 /bin/y /bin/y
COPY --from=extra . /extra
`;

/** A target that uses everything that can decide what an image holds. */
const target: Json = {
  context: 'app',
  dockerfile: 'Dockerfile',
  platforms: ['linux/amd64', 'linux/arm64'],
  tags: ['1'],
  args: {BASE: 'python:3.12-slim', OTHER: 'x'},
  labels: {maker: 'ann'},
  annotations: {'index:note': 'n'},
  contexts: {
    extra: 'extra',
    tool: 'docker-image://r.io/tool:1',
    kept: 'oci-layout://layouts/kept:1',
  },
  stage: 'last',
  secrets: [{id: 'token', env: 'TOKEN'}],
  ssh: [{id: 'default'}],
  network: 'none',
  addHosts: {db: '10.0.0.1'},
  shmSize: '1g',
  ulimits: {nofile: '1024:1024'},
  allow: ['network.host'],
  provenance: 'max',
  sbom: true,
};

const paths = fc
  .array(fc.constantFrom('a', 'b', 'src', 'lib.py', 'data', 'ünï code', '[x]', '.hidden'), {
    minLength: 1,
    maxLength: 3,
  })
  .map((names) => names.join('/'));

/** Paths of which none is the folder of another. */
const trees = fc
  .uniqueArray(fc.tuple(paths, fc.string({maxLength: 12})), {
    selector: ([path]) => path,
    minLength: 1,
    maxLength: 6,
  })
  .map((entries) =>
    entries.filter(
      ([path]) => !entries.some(([other]) => other !== path && path.startsWith(`${other}/`)),
    ),
  );

const under = (folder: string, tree: readonly (readonly [string, string])[]) =>
  Object.fromEntries(tree.map(([path, text]) => [`${folder}/${path}`, text]));

const projects: fc.Arbitrary<Project> = fc
  .record({app: trees, extra: trees})
  .map(({app, extra}) => ({
    matrix: {
      registries: {hub: {type: 'docker-hub', namespace: 'acme'}},
      images: {face: {targets: {cpu: {...target, registries: ['hub']}}}},
    },
    files: {
      'app/Dockerfile': dockerfile,
      'app/.dockerignore': 'ignored\n*.log\n',
      'layouts/kept/index.json': '{"manifests": []}',
      ...under('app', app),
      ...under('extra', extra),
      'app/ignored/file': 'x',
      'app/run.log': 'x',
    },
    git: sampleGit,
    variables: {SOURCE_DATE_EPOCH: '1'},
  }));

const visible = ({files}: Project): readonly string[] =>
  Object.keys(files).filter(
    (path) =>
      (path.startsWith('app/') || path.startsWith('extra/')) &&
      !path.startsWith('app/ignored/') &&
      !path.endsWith('.log'),
  );

const withTarget = (project: Project, change: (target: Json) => Json): Project => {
  const images = project.matrix['images'] as {face: {targets: {cpu: Json}}};
  const cpu = change(images.face.targets.cpu);
  return {...project, matrix: {...project.matrix, images: {face: {targets: {cpu}}}}};
};
const set =
  (key: string, value: unknown) =>
  (project: Project): Project =>
    withTarget(project, (one) => ({...one, [key]: value}));
const setIn =
  (key: string, name: string, value: unknown) =>
  (project: Project): Project =>
    withTarget(project, (one) => ({...one, [key]: {...(one[key] as Json), [name]: value}}));
const write =
  (path: string, text: string) =>
  (project: Project): Project => ({...project, files: {...project.files, [path]: text}});
const without = (project: Project, path: string): Project => ({
  ...project,
  files: Object.fromEntries(Object.entries(project.files).filter(([one]) => one !== path)),
});
const moved =
  (tag: string) =>
  (project: Project): Project => ({...project, moved: [tag]});

type Mutation = (project: Project, pick: <T>(from: readonly T[]) => T) => Project;

const edited: Mutation = (project, pick) => {
  const path = pick(visible(project));
  return write(path, `${project.files[path] ?? ''}#`)(project);
};

/** Everything that must give another fingerprint. */
const counting: Readonly<Record<string, Mutation>> = {
  'the content of a file': edited,
  'a blank at the end of a file': (project, pick) => {
    const path = pick(visible(project));
    return write(path, `${project.files[path] ?? ''} `)(project);
  },
  'a new file': (project, pick) => write(`${pick(['app', 'extra'])}/brand-new`, '')(project),
  'a file less': (project, pick) =>
    without(
      project,
      // The last file takes its folder along, and a context has to be there.
      pick(
        visible(project).filter(
          (path, _, all) =>
            !path.endsWith('Dockerfile') &&
            all.some((one) => one !== path && one.split('/', 1)[0] === path.split('/', 1)[0]),
        ),
      ),
    ),
  'a file of another name': (project, pick) => {
    const path = pick(visible(project).filter((one) => !one.endsWith('Dockerfile')));
    return write(`${path}~`, project.files[path] ?? '')(without(project, path));
  },
  'permissions of a file': (project, pick) => ({
    ...project,
    modes: {[pick(visible(project))]: 0o755},
  }),
  'permissions of a folder': (project, pick) => ({
    ...write('app/deep/file', '')(project),
    modes: {'app/deep': pick([0o700, 0o1777, 0o2755])},
  }),
  'an empty folder': (project) => ({...project, folders: ['app/empty']}),
  'a link': (project) => ({...project, links: {'app/link': 'a'}}),
  'what is ignored': (project) => write('app/.dockerignore', 'ignored\n')(project),
  'an ignore file of the Dockerfile’s own': (project) =>
    write('app/Dockerfile.dockerignore', '*.log\n')(project),
  'an ignore file of the named context': (project) => write('extra/.dockerignore', '*\n')(project),
  'the Dockerfile': (project) => write('app/Dockerfile', `${dockerfile}RUN true\n`)(project),
  'a comment of the Dockerfile': (project) =>
    write('app/Dockerfile', dockerfile.replace('ARG', '# note\nARG'))(project),
  'the base image': moved('docker.io/library/python:3.12-slim'),
  'the base of another stage': moved('docker.io/library/golang:1.26'),
  'an image that is copied from': moved('docker.io/library/busybox:1'),
  'the frontend': moved('docker.io/docker/dockerfile:1'),
  'a named image': moved('r.io/tool:1'),
  'another tag of the base': setIn('args', 'BASE', 'python:3.13-slim'),
  'the index of a layout': write('layouts/kept/index.json', '{"manifests": [{}]}'),
  'another layout': setIn('contexts', 'kept', 'oci-layout://layouts/kept:2'),
  'an argument': setIn('args', 'OTHER', 'y'),
  'a new argument': setIn('args', 'NEW', ''),
  'an argument of the defaults': (project) => ({
    ...project,
    matrix: {...project.matrix, defaults: {args: {MORE: '1'}}},
  }),
  'a frontend by argument': setIn('args', 'BUILDKIT_SYNTAX', 'docker/dockerfile:1.2'),
  'a label': setIn('labels', 'maker', 'bob'),
  'a label that the commit brings, set by the user': setIn(
    'labels',
    'org.opencontainers.image.revision',
    'r1',
  ),
  'an annotation': setIn('annotations', 'index:note', 'm'),
  'a named context less': (project) => setIn('contexts', 'tool', null)(project),
  'another folder as a context': (project) =>
    write('third/file', 'x')(setIn('contexts', 'extra', 'third')(project)),
  'the stage': set('stage', 'base'),
  'a platform less': set('platforms', ['linux/amd64']),
  'a platform by the command line': (project) => ({
    ...project,
    options: {platforms: ['linux/arm64']},
  }),
  'the name of a secret': set('secrets', [{id: 'other', env: 'TOKEN'}]),
  'an ssh agent less': set('ssh', []),
  'the network': set('network', 'default'),
  'a host': setIn('addHosts', 'db', '10.0.0.2'),
  'shared memory': set('shmSize', '2g'),
  'a limit': setIn('ulimits', 'nofile', '1024:2048'),
  'an entitlement': set('allow', ['network.host', 'security.insecure']),
  provenance: set('provenance', false),
  SBOM: set('sbom', false),
  'the version': (project) => ({...project, options: {version: '9.9.9'}}),
  'a variable of the environment': (project) => ({
    ...project,
    variables: {SOURCE_DATE_EPOCH: '2'},
  }),
  'another mirror': (project) => ({
    ...project,
    options: {mirrors: {'docker.io': 'm.io/hub'}},
    moved: ['m.io/hub/library/python:3.12-slim'],
  }),
};

/** Everything that must leave the fingerprint as it is. */
const idle: Readonly<Record<string, Mutation>> = {
  nothing: (project) => project,
  'a time of a file': (project, pick) => ({...project, touched: [pick(visible(project))]}),
  'the content of an ignored file': write('app/ignored/file', 'y'),
  'a new ignored file': write('app/other.log', 'y'),
  'a pipe among ignored files': (project) => ({...project, pipes: ['app/ignored/pipe']}),
  'permissions of an ignored file': (project) => ({...project, modes: {'app/run.log': 0o600}}),
  'a file outside of every context': write('elsewhere', 'y'),
  'the commit': (project) => ({
    ...project,
    git: {...sampleGit, commit: 'f'.repeat(40), committedAt: '2030-01-01T00:00:00.000Z'},
  }),
  'uncommitted work': (project) => ({...project, git: {...sampleGit, dirty: true}}),
  'the branch': (project) => ({...project, git: {...sampleGit, branch: 'other'}}),
  tags: set('tags', ['2', 'latest']),
  'another registry': (project) => ({
    ...set('registries', ['other'])(project),
    matrix: {
      ...set('registries', ['other'])(project).matrix,
      registries: {other: {type: 'oci', url: 'http://localhost:1'}},
    },
  }),
  caches: set('cache', {type: 'local'}),
  'the builder': (project) => ({...project, options: {builder: 'big'}}),
  '`pull`': set('pull', true),
  'where a secret comes from': set('secrets', [{id: 'token', env: 'OTHER'}]),
  'a budget': set('budget', {compressed: '1GB'}),
  'the description': set('description', 'x'),
  'the accelerator': set('accelerator', 'cpu'),
  'the order of platforms': set('platforms', ['linux/arm64', 'linux/amd64']),
  'a layout folder as the output': (project) => ({
    ...project,
    options: {output: {kind: 'oci', folder: 'out'}},
  }),
  'an image that no stage uses': moved('docker.io/library/unused:1'),
  'a target beside it': (project) => {
    const images = project.matrix['images'] as {face: {targets: Json}};
    const targets = {
      ...images.face.targets,
      other: {
        context: 'extra',
        dockerfile: '../app/Dockerfile',
        tags: ['o'],
        registries: ['hub'],
        platforms: ['linux/amd64'],
        contexts: {extra: 'extra'},
      },
    };
    return {...project, matrix: {...project.matrix, images: {face: {targets}}}};
  },
  'an ignore rule that hides nothing': write('app/ignored/.dockerignore', '*'),
};

const picker =
  (seed: number) =>
  <T>(from: readonly T[]): T => {
    const one = from[seed % from.length];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  };

describe.each(Object.entries(counting))('%s', (_, mutate) => {
  test('gives another fingerprint', async () => {
    await fc.assert(
      fc.asyncProperty(projects, fc.nat(1000), async (project, seed) => {
        const changed = mutate(project, picker(seed));
        const [before, after] = await Promise.all([labelsOf(project), labelsOf(changed)]);
        expect(before.inputs).toMatch(/^1:sha256:[0-9a-f]{64}$/u);
        expect(after.inputs).toMatch(/^1:sha256:[0-9a-f]{64}$/u);
        expect(after.inputs).not.toBe(before.inputs);
        expect(after.parts).not.toBe(before.parts);
      }),
      {numRuns: 6},
    );
  });
});

describe.each(Object.entries(idle))('%s', (_, mutate) => {
  test('leaves the fingerprint as it is', async () => {
    await fc.assert(
      fc.asyncProperty(projects, fc.nat(1000), async (project, seed) => {
        const changed = mutate(project, picker(seed));
        expect(await labelsOf(changed)).toEqual(await labelsOf(project));
      }),
      {numRuns: 6},
    );
  });
});

/** What a target cannot be proved unchanged with, and the sentence for it. */
const doubts: readonly (readonly [string, (project: Project) => Project, string])[] = [
  ['noCache', set('noCache', true), '`noCache` asks for a new build every time'],
  [
    'noCacheStages',
    set('noCacheStages', ['base']),
    '`noCacheStages` asks for new stages every time',
  ],
  [
    'a remote context',
    set('context', 'https://github.com/acme/face.git'),
    'BuildKit fetches `https://github.com/acme/face.git`, which may hold anything by now',
  ],
  [
    'a remote named context',
    setIn('contexts', 'extra', 'https://example.com/x.git'),
    'BuildKit fetches `https://example.com/x.git`, which may hold anything by now',
  ],
  [
    'ADD of a URL',
    write('app/Dockerfile', `${dockerfile}ADD https://example.com/model.bin /model\n`),
    'Dockerfile:10: ADD fetches `https://example.com/model.bin` without a --checksum',
  ],
  [
    'an image that is not there',
    (project) => ({...project, lost: ['docker.io/library/golang:1.26']}),
    'what golang:1.26 is now cannot be told: docker.io/library/golang:1.26 is not there',
  ],
  [
    'a pipe in the context',
    (project) => ({...project, pipes: ['app/pipe']}),
    '`app/pipe` is a pipe, a socket or a device',
  ],
  [
    'a base of the machine that builds',
    write('app/Dockerfile', 'FROM go-$BUILDARCH AS last\n'),
    'Dockerfile:1: the base image depends on the machine that builds',
  ],
  [
    'another frontend',
    write('app/Dockerfile', `# syntax=acme/frontend:1\n${dockerfile}`),
    'only the frontend `acme/frontend:1` knows what it reads',
  ],
  [
    'a source policy',
    (project) => ({...project, variables: {EXPERIMENTAL_BUILDKIT_SOURCE_POLICY: 'p.json'}}),
    'EXPERIMENTAL_BUILDKIT_SOURCE_POLICY may put other images in place of those named',
  ],
  [
    'its own state in the context',
    (project) => ({...set('context', '.')(set('dockerfile', 'app/Dockerfile')(project))}),
    '`.` holds `.build-matrix`, which changes in every run: add `.build-matrix` to its .dockerignore',
  ],
  [
    'an ignore pattern that may mean two things',
    write('app/.dockerignore', 'a|b*\n'),
    'the ignore file of `app`: the pattern `a|b*` cannot be read for sure',
  ],
  [
    'an empty ignore file before another',
    write('app/Dockerfile.dockerignore', ''),
    '`app/Dockerfile.dockerignore` is empty: write a comment into it, or remove it',
  ],
];

test.each(doubts)('%s: never unchanged, and the image says so', async (_, change, reason) => {
  const [project] = fc.sample(projects, {numRuns: 1, seed: 1});
  if (project === undefined) throw new Error('no project');
  const doubtful = change(project);
  const {inputs} = await openProject(doubtful);
  expect(await inputs.decide('face/cpu')).toEqual({kind: 'build', reasons: [reason]});
  expect((await labelsOf(doubtful)).inputs).toBe('1:unproved');
});

test('a context with its state left out is as good as any', async () => {
  const {inputs} = await openProject({
    matrix: {
      images: {face: {targets: {cpu: {tags: ['r.io/x:1'].map(() => '1')}}}},
      defaults: {registries: ['r']},
      registries: {r: {type: 'oci', url: 'http://localhost:1'}},
    },
    files: {Dockerfile: 'FROM scratch\n', '.dockerignore': '.build-matrix\n'},
    options: {output: pushed},
  });
  expect(await inputs.decide('face/cpu')).toEqual({kind: 'build', reasons: ['it was never built']});
});
