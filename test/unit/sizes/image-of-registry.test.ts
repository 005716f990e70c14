import {beforeEach, describe, expect, test} from 'vitest';

import {instructionOfHistory} from '../../../src/sizes/instruction-of-history.ts';
import {imageOfRegistry} from '../../../src/sizes/image-of-registry.ts';
import type {StoredManifest} from '../../../src/ports/images.ts';
import type {ImageSizes} from '../../../src/sizes/size-report.ts';
import {createFakeImages, type FakeImages} from '../../fakes/fake-images.ts';
import {digestOf, image, made} from './sample-images.ts';

let images: FakeImages;
beforeEach(() => {
  images = createFakeImages();
  committed = {};
});

const oci = 'application/vnd.oci.image';
const like = image({
  base: [made(2, 'ENV A=1'), made(3, 'COPY --link requirements.txt .', 10, 'a')],
  runtime: [made(6, 'RUN --mount=type=cache,target=/c pip install x', 500, 'b')],
});

/** Layers as letter, bytes and entry of the history. */
type Layer = readonly [letter: string, size: number, createdBy: string];
const baseLayer: Layer = ['0', 1000, 'ADD rootfs / # buildkit'];
const copy: Layer = ['a', 10, 'COPY requirements.txt . # buildkit'];
const install: Layer = ['z', 400, 'RUN |1 A=1 /bin/sh -c pip install x # buildkit'];

/** The manifest that was put last. */
const stored: {current: StoredManifest} = {current: {digest: '', mediaType: '', json: null}};

function put(
  layers: readonly Layer[],
  more: object = {},
  type = `${oci}.layer.v1.tar+gzip`,
  labels: Readonly<Record<string, string>> = {},
): void {
  const config = {mediaType: `${oci}.config.v1+json`, digest: digestOf('c'), size: 1};
  stored.current = {
    ...{digest: digestOf('7'), mediaType: ''},
    json: {
      config,
      layers: layers.map(([letter, size]) => ({mediaType: type, digest: digestOf(letter), size})),
      ...more,
    },
  };
  images.put('r.io/face:1', stored.current);
  images.put(`r.io/face@${digestOf('c')}`, {
    ...{digest: digestOf('c'), mediaType: ''},
    json: {
      ...{os: 'linux', architecture: 'amd64', config: {Labels: labels}},
      history: [
        {created_by: 'ENV A=1', empty_layer: true},
        ...layers.map(([, , createdBy]) => ({created_by: createdBy})),
      ],
    },
  });
}

/** Texts of the Dockerfile by commit. */
let committed: Record<string, string>;

const read = (as: ImageSizes = like) =>
  imageOfRegistry({
    ...{images, repository: 'r.io/face', reference: '1', like: as},
    dockerfileAt: (commit) => Promise.resolve(committed[commit] ?? null),
    unpack: ({layers}) =>
      Promise.resolve({
        layers: layers.map((layer) => ({...layer, unpackedBytes: null})),
        unknownBecause: null,
      }),
  });
const readImage = async (as?: ImageSizes): Promise<ImageSizes> => {
  const result = await read(as);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
};

describe('stages', () => {
  test('on the same base: layers of unchanged instructions, what is shared unpacked too', async () => {
    put([baseLayer, copy, install]);
    expect(await readImage()).toMatchObject({
      digest: digestOf('7'),
      size: {compressed: 1410, unpacked: null},
      base: {size: {compressed: 1000, unpacked: 2000}, layers: [digestOf('0')]},
      stages: [
        {
          name: 'base',
          total: {compressed: 1010, unpacked: 2020},
          instructions: [{line: 3, text: 'COPY --link requirements.txt .', size: {unpacked: 20}}],
        },
        {name: 'runtime', added: {compressed: 400, unpacked: null}, total: {compressed: 1410}},
      ],
      unknown: [],
    });
  });

  test('of a stage beside the chain nothing is told: it is neither measured nor new', async () => {
    put([baseLayer, copy, install]);
    const beside = like.stages.slice(0, 1).map((one) => ({...one, name: 'test', shipped: false}));
    const told = await readImage({...like, stages: [...beside, ...like.stages]});
    expect(told).toMatchObject({
      stages: [
        {name: 'test', shipped: false, added: {compressed: null}, instructions: []},
        {name: 'base', total: {compressed: 1010}},
        {name: 'runtime', total: {compressed: 1410}},
      ],
      unknown: ['Stage test: its layers are not in the image'],
    });
  });

  test('on another base: only when all that is above it is what the Dockerfile of now makes', async () => {
    put([['e', 900, 'ADD x /'], ['f', 50, 'RUN /bin/sh -c y'], copy, install]);
    expect(await readImage()).toMatchObject({
      base: {size: {compressed: 950, unpacked: null}, layers: [digestOf('e'), digestOf('f')]},
      stages: [{name: 'base'}, {name: 'runtime'}],
    });
    put([['e', 900, 'ADD x /'], copy, ['z', 400, 'RUN /bin/sh -c pip install y # buildkit']]);
    expect(await readImage()).toMatchObject({
      size: {compressed: 1310, unpacked: null},
      base: null,
      stages: [],
      instructions: [
        {line: 0, text: 'ADD x /', size: {compressed: 900}},
        // As it is written now, with the flag that a history leaves out.
        {line: 0, text: 'COPY --link requirements.txt .'},
        {line: 0, text: 'RUN pip install y', size: {compressed: 400}},
      ],
      unknown: [
        'stages are not known: it was built elsewhere, by a Dockerfile that is not the one of now',
      ],
    });
  });

  test('here-documents: a history has the body of a RUN, and of a COPY the line alone', async () => {
    const long = 'x'.repeat(199);
    put([
      ['a', 10, 'COPY --chown=1 <<A <<B /files/ # buildkit'],
      ['b', 20, 'RUN |1 A=1 /bin/sh -c make\n  make; make install\n # buildkit'],
      ['d', 30, `RUN /bin/sh -c ${long}yyy\nzzz\n # buildkit`],
    ]);
    const now = image({
      runtime: [
        made(3, 'COPY --link --chown=1 <<A <<B /files/ (first; second)', 11, 'f'),
        made(8, 'RUN --mount=type=cache,target=/c <<MAKE (make; make; make install)', 21, 'e'),
        made(20, `RUN <<"E" (${long}y…)`, 21, '6'),
      ],
    });
    const scratch = {from: 'scratch', size: {compressed: 0, unpacked: 0}};
    expect(await readImage({...now, base: scratch})).toMatchObject({
      base: {from: 'scratch', size: {compressed: 0, unpacked: 0}},
      stages: [
        {
          instructions: [{line: 3}, {line: 8}, {line: 20}],
          added: {compressed: 60},
          name: 'runtime',
        },
      ],
      unknown: [],
    });
    // One letter else is another instruction.
    const other = now.stages.map((stage) => ({
      ...stage,
      instructions: stage.instructions.map((one) => ({
        ...one,
        text: one.text.replace('; make install)', '; make instal)'),
      })),
    }));
    expect(await readImage({...now, base: scratch, stages: other})).toMatchObject({
      stages: [],
      // Those that are the same are told as they are written now.
      instructions: [
        {text: 'COPY --link --chown=1 <<A <<B /files/ (first; second)'},
        {text: 'RUN make make; make install'},
        {text: `RUN <<"E" (${long}y…)`},
      ],
    });
  });

  test('a layer that no instruction of now makes is given to a stage only where it can be of no other', async () => {
    const extra: Layer = ['x', 5, 'RUN /bin/sh -c extra # buildkit'];
    put([baseLayer, copy, install, extra]);
    expect((await readImage()).stages[1]?.instructions.map(({text}) => text)).toEqual([
      'RUN --mount=type=cache,target=/c pip install x',
      'RUN extra',
    ]);
    // Of the stage base, or of runtime: nobody knows.
    put([baseLayer, copy, extra, install]);
    expect((await readImage()).stages).toEqual([]);
  });

  test('no layer of another base passes for one of a stage from scratch', async () => {
    const scratch = image(
      {runtime: [made(2, 'COPY x /', 10, 'a')]},
      {base: {from: 'scratch', size: {compressed: 0, unpacked: 0}, layers: []}},
    );
    put([baseLayer, ['a', 10, 'COPY x / # buildkit']]);
    expect((await readImage(scratch)).stages).toEqual([]);
    put([['a', 10, 'COPY x / # buildkit']]);
    expect((await readImage(scratch)).stages).toMatchObject([
      {total: {compressed: 10, unpacked: 20}},
    ]);
  });

  test('the very same image is what is known of it', async () => {
    put([baseLayer]);
    expect(await readImage({...like, digest: digestOf('7')})).toEqual({
      ...like,
      digest: digestOf('7'),
    });
  });
});

describe('what is not as it should be', () => {
  test('a history that does not fit the layers', async () => {
    put([baseLayer, copy]);
    images.put(`r.io/face@${digestOf('c')}`, {digest: '', mediaType: '', json: {}});
    expect(await readImage()).toMatchObject({
      size: {compressed: 1010},
      stages: [],
      unknown: [
        'stages are not known: the history in the image configuration does not fit its layers',
      ],
    });
  });

  test('layers of foreign types are counted as stated, and said to be', async () => {
    const foreign = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
    put([baseLayer], {}, foreign);
    expect((await readImage()).unknown[0]).toBe(
      `layers of the type ${foreign} are counted as the manifest states them`,
    );
  });

  test.each([
    [
      'a manifest of another platform',
      {...like, platform: 'linux/arm64'},
      {},
      'it is an image for linux/amd64, not for linux/arm64',
    ],
    [
      'no image at all',
      like,
      {
        config: {
          mediaType: 'application/vnd.cncf.helm.config.v1+json',
          digest: digestOf('c'),
          size: 1,
        },
      },
      'it is no image, but holds application/vnd.cncf.helm.config.v1+json',
    ],
    [
      'no manifest',
      like,
      {layers: 'none'},
      `${digestOf('7')} (linux/amd64) is not an image manifest`,
    ],
  ])('%s', async (_, as, more, message) => {
    put([baseLayer], more);
    expect(await read(as)).toEqual({ok: false, error: {kind: 'invalid', message}});
  });

  test.each([
    ['linux/arm64', {architecture: 'arm64', variant: 'v8'}, true],
    ['linux/arm/v7', {architecture: 'arm'}, true],
    ['linux/amd64/v2', {architecture: 'amd64'}, false],
    ['linux/arm/v7', {architecture: 'arm', variant: 'v6'}, false],
  ])(
    'an image for %s whose configuration says %j: is it one? %s',
    async (platform, says, isOne) => {
      put([baseLayer]);
      images.put(`r.io/face@${digestOf('c')}`, {
        ...{digest: digestOf('c'), mediaType: ''},
        json: {os: 'linux', ...says, history: []},
      });
      expect((await read({...like, platform})).ok).toBe(isOne);
    },
  );

  test('nothing there', async () => {
    expect(await read()).toMatchObject({ok: false, error: {kind: 'not-found'}});
  });
});

test.each([
  ['COPY a b # buildkit', 'COPY a b'],
  ['RUN /bin/sh -c make all # buildkit', 'RUN make all'],
  ['RUN |2 A=/bin/sh -c B=2 /bin/sh -c make # buildkit', 'RUN make'],
  ['RUN /bin/bash -o pipefail -c make | tee x # buildkit', 'RUN make | tee x'],
  ['/bin/sh -c #(nop) ADD file:1 in / ', 'ADD file:1 in /'],
  ['/bin/sh -c apt-get   update', 'RUN apt-get update'],
  ['|1 A=1 /bin/sh -c make', 'RUN make'],
  ['', ''],
])('history %j', (createdBy, text) => {
  expect(instructionOfHistory(createdBy)).toBe(text);
});

describe('how it was built', () => {
  const earlier = `ARG BASE=python:3.11-slim
FROM \${BASE} AS base
COPY requirements.txt .
FROM base AS builder
RUN make
FROM base AS server
RUN --mount=type=cache,target=/c pip install \\
  y
COPY --from=builder /x /x
`;
  const layers: readonly Layer[] = [
    baseLayer,
    copy,
    ['z', 400, 'RUN |1 A=1 /bin/sh -c pip install   y # buildkit'],
    ['y', 40, 'COPY /x /x # buildkit'],
  ];

  /** Puts the image into an index that has this provenance beside it. */
  function attest(predicate: object, predicateType = 'https://slsa.dev/provenance/v1'): void {
    const manifest = {mediaType: `${oci}.manifest.v1+json`, size: 1};
    const platform = {os: 'linux', architecture: 'amd64'};
    const type = 'vnd.docker.reference.type';
    const attestation = {
      ...{...manifest, digest: digestOf('a')},
      annotations: {[type]: 'attestation-manifest', 'vnd.docker.reference.digest': digestOf('7')},
    };
    const image = {...manifest, digest: digestOf('7'), platform};
    const json = {manifests: [image, attestation]};
    images.put(`r.io/face@${digestOf('7')}`, stored.current);
    images.put('r.io/face:1', {digest: digestOf('9'), mediaType: '', json});
    const annotations = {'in-toto.io/predicate-type': predicateType};
    const layer = {mediaType: 'application/vnd.in-toto+json', digest: digestOf('b'), size: 1};
    const attested = {layers: [{...layer, annotations}]};
    images.put(`r.io/face@${digestOf('a')}`, {digest: '', mediaType: '', json: attested});
    const statement = {predicateType, predicate};
    images.put(`r.io/face@${digestOf('b')}`, {digest: '', mediaType: '', json: statement});
  }
  const material = (name: string, letter: string) => ({
    uri: `pkg:docker/${name}?platform=linux%2Famd64`,
    digest: {sha256: letter.repeat(64)},
  });
  const version1 = (more: {args?: object; dockerfile?: string; materials?: readonly object[]}) => ({
    buildDefinition: {
      externalParameters: {request: {args: more.args}},
      resolvedDependencies: more.materials,
    },
    runDetails: {
      metadata: {
        buildkit_completeness: {request: more.dockerfile !== undefined},
        buildkit_metadata: {
          source: {
            infos:
              more.dockerfile === undefined
                ? undefined
                : [{language: 'Dockerfile', data: Buffer.from(more.dockerfile).toString('base64')}],
          },
        },
      },
    },
  });
  const stages = [
    {name: 'base', from: 'python:3.11', total: {compressed: 1010}},
    {name: 'builder', shipped: false, added: {compressed: null}},
    {
      name: 'server',
      line: 6,
      added: {compressed: 440},
      instructions: [
        {line: 7, text: 'RUN --mount=type=cache,target=/c pip install y', size: {compressed: 400}},
        {line: 9, text: 'COPY --from=builder /x /x', size: {compressed: 40}},
      ],
    },
  ];

  test('the Dockerfile in its provenance tells every stage, with the arguments of then', async () => {
    put(layers);
    attest(version1({dockerfile: earlier, args: {'build-arg:BASE': 'python:3.11'}}));
    expect(await readImage()).toMatchObject({
      digest: digestOf('7'),
      base: {from: 'python:3.11', size: {compressed: 1000}, layers: [digestOf('0')]},
      stages,
      toldBy: 'the Dockerfile in its provenance',
      unknown: ['Stage builder: its layers are not in the image'],
    });
  });

  test('the Dockerfile of the commit tells them where the history proves it, base and all', async () => {
    const commit = 'c0ffee'.repeat(7).slice(0, 40);
    const labels = {'org.opencontainers.image.revision': commit};
    put(layers, {}, undefined, labels);
    committed[commit] = earlier.replace(/^ARG.*\n/u, '').replace('${BASE}', 'python:3.11');
    const last = like.stages.map((stage) =>
      stage.name === 'runtime' ? {...stage, name: 'server'} : stage,
    );
    const like2 = {...like, stages: last};
    expect(await readImage(like2)).toMatchObject({
      stages: [{name: 'base', from: 'python:3.11'}, {name: 'builder'}, {name: 'server', line: 5}],
      toldBy: 'the Dockerfile of commit c0ffeec0ffee (its label)',
    });
    // Another stage than now was shipped: only one fits.
    expect(await readImage()).toMatchObject({stages: [{}, {}, {name: 'server', shipped: true}]});
    // It was built of a changed checkout; it depends on what nobody tells; it is of another repository.
    const {[commit]: text = ''} = committed;
    const told: string[] = [];
    for (const other of [
      text.replace('  y', '  z'),
      earlier,
      text.replace(/FROM base AS server[^]*/u, ''),
    ]) {
      committed[commit] = other;
      const image = await readImage(like2);
      expect(image).toMatchObject({stages: [], toldBy: 'its manifest and history'});
      told.push(image.unknown[0] ?? '');
    }
    committed = {};
    told.push((await readImage(like2)).unknown[0] ?? '');
    const name = 'the Dockerfile of commit c0ffeec0ffee (its label)';
    expect(told).toEqual([
      `${name} does not tell the stages: its line 6 is not what made the image`,
      `${name} does not tell the stages: \`FROM \${BASE}\` depends on build arguments, which are not told`,
      `${name} does not tell the stages: it has no stage \`server\``,
      `${name} is not in this repository`,
    ]);
  });

  test('the base image that its provenance names tells where the stages begin', async () => {
    const other: Layer = ['e', 900, 'ADD x / # buildkit'];
    put([other, copy, ['z', 400, 'RUN /bin/sh -c pip install y # buildkit']]);
    const config = {mediaType: `${oci}.config.v1+json`, digest: digestOf('d'), size: 1};
    const base = {config, layers: [{mediaType: '', digest: digestOf('e'), size: 900}]};
    images.put(`r.io/base@${digestOf('2')}`, {digest: digestOf('2'), mediaType: '', json: base});
    const materials = [material('node@22', '3'), material('r.io/base@1', '2'), {uri: 'git://x'}];
    attest(version1({materials}));
    const one = image({runtime: like.stages.flatMap(({instructions}) => instructions)});
    expect(await readImage(one)).toMatchObject({
      base: {from: 'r.io/base:1', size: {compressed: 900}, layers: [digestOf('e')]},
      stages: [
        {
          ...{name: 'runtime', from: 'r.io/base:1', added: {compressed: 410}},
          instructions: [{text: 'COPY --link requirements.txt .'}, {text: 'RUN pip install y'}],
        },
      ],
      toldBy: 'its manifest and history, and the base image that its provenance names',
    });
  });

  test('a Dockerfile that does not fit, and a provenance that cannot be read, are told', async () => {
    put([baseLayer, copy, install]);
    attest(version1({dockerfile: 'FROM scratch\nCOPY x /\n'}));
    expect(await readImage()).toMatchObject({
      stages: [{name: 'base'}, {name: 'runtime'}],
      toldBy: 'its manifest and history',
      unknown: [
        'the Dockerfile in its provenance does not tell the stages: the history in the image configuration does not fit the Dockerfile',
      ],
    });
    images.fail(`r.io/face@${digestOf('b')}`, {kind: 'unreachable', message: 'r.io is gone'});
    expect(await readImage()).toMatchObject({
      unknown: ['its provenance cannot be read: r.io is gone'],
    });
    attest({}, 'https://spdx.dev/Document');
    expect(await readImage()).toMatchObject({unknown: []});
  });
});
