import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {HistoryEntry} from '../../../src/docker/read-image.ts';
import type {StageOfDockerfile} from '../../../src/docker/stage-layers.ts';
import {
  stageSizes,
  type BesideStages,
  type StageImage,
  type StageSizes,
} from '../../../src/docker/stage-sizes.ts';
import {err, ok} from '../../../src/model/result.ts';

const dockerfile = `ARG TAG=3.12
FROM python:$TAG AS base
RUN apt-get update

FROM base AS builder
RUN make

FROM base AS install
COPY requirements.txt /
RUN pip install \\
  -r requirements.txt
ENV A=1

FROM install AS alias

FROM alias
WORKDIR /srv
COPY --from=builder /x <<EOF /y
FROM inside a heredoc
EOF
CMD ["serve"]
`;

const stages: readonly StageOfDockerfile[] = [
  {
    name: 'base',
    index: 0,
    line: 2,
    base: {kind: 'image', reference: 'python:3.12'},
    shipped: true,
    used: true,
  },
  {name: 'builder', index: 1, line: 5, base: {kind: 'stage', index: 0}, shipped: false, used: true},
  {name: 'install', index: 2, line: 8, base: {kind: 'stage', index: 0}, shipped: true, used: true},
  {name: 'alias', index: 3, line: 14, base: {kind: 'stage', index: 2}, shipped: true, used: true},
  {name: null, index: 4, line: 16, base: {kind: 'stage', index: 3}, shipped: true, used: true},
];

const made = (createdBy: string): HistoryEntry => ({
  createdBy,
  comment: 'buildkit.dockerfile.v0',
  empty: false,
});
const noted = (createdBy: string): HistoryEntry => ({...made(createdBy), empty: true});
const ofBase = [made('COPY rootfs /'), noted('CMD ["python3"]'), made('RUN pip')];
const ofBuild = [
  made('RUN /bin/sh -c apt-get update # buildkit'),
  made('COPY requirements.txt / # buildkit'),
  made('RUN /bin/sh -c pip install   -r requirements.txt # buildkit'),
  noted('ENV A=1'),
  made('WORKDIR /srv'),
  made('COPY /x /y # buildkit'),
  noted('CMD ["serve"]'),
];
const layersOf = (...sizes: readonly number[]) =>
  sizes.map((size, position) => ({mediaType: 'layer', digest: `sha256:${position}`, size}));
const layers = layersOf(1000, 200, 30, 4, 500, 6, 70);
const noneBeside: BesideStages = {
  images: new Map(),
  reasonOf: ({name}) => `nobody asked for ${name}`,
};
interface Facts {
  readonly dockerfile: string | undefined;
  readonly stages: readonly StageOfDockerfile[];
  readonly history: StageImage['history'];
  readonly layers: StageImage['layers'];
  readonly beside?: BesideStages;
}
const request: Facts = {dockerfile, stages, history: ok([...ofBase, ...ofBuild]), layers};
const sizesOf = ({beside = noneBeside, history, layers: all, ...rest}: Facts): StageSizes =>
  stageSizes({...rest, beside, image: {history, layers: all}});

describe('sizes', () => {
  test('of shipped stages and their instructions add up to the manifest', () => {
    const {stages: sizes, unknownBecause} = sizesOf(request);
    expect(unknownBecause).toBeNull();
    const shipped = {shipped: true, unknownBecause: null};
    const unpacked = {addedUnpackedBytes: null, totalUnpackedBytes: null};
    const made = (line: number, text: string, position: number, addedBytes: number) => ({
      ...{line, text, addedBytes},
      ...{unpackedBytes: null, layer: `sha256:${position}`},
    });
    const noted = (line: number, text: string) => ({
      ...{line, text, addedBytes: 0},
      ...{unpackedBytes: 0, layer: null},
    });
    const none = {...unpacked, addedBytes: null, totalBytes: null, layers: null};
    expect(sizes).toEqual([
      {
        ...{name: 'base', index: 0, line: 2, from: 'python:3.12', ...shipped, ...unpacked},
        ...{addedBytes: 30, totalBytes: 1230, layers: 1},
        instructions: [made(3, 'RUN apt-get update', 2, 30)],
      },
      {
        ...{name: 'builder', index: 1, line: 5, from: 'base', shipped: false, ...none},
        instructions: [],
        unknownBecause: 'nobody asked for builder',
      },
      {
        ...{name: 'install', index: 2, line: 8, from: 'base', ...shipped, ...unpacked},
        ...{addedBytes: 504, totalBytes: 1734, layers: 2},
        instructions: [
          made(9, 'COPY requirements.txt /', 3, 4),
          made(10, 'RUN pip install -r requirements.txt', 4, 500),
          noted(12, 'ENV A=1'),
        ],
      },
      {
        ...{name: 'alias', index: 3, line: 14, from: 'install', ...shipped, ...unpacked},
        // Nothing is what it adds, and that is known.
        ...{addedBytes: 0, totalBytes: 1734, layers: 0, addedUnpackedBytes: 0, instructions: []},
      },
      {
        ...{name: 'stage-4', index: 4, line: 16, from: 'alias', ...shipped, ...unpacked},
        ...{addedBytes: 76, totalBytes: 1810, layers: 2},
        instructions: [
          made(17, 'WORKDIR /srv', 5, 6),
          made(18, 'COPY --from=builder /x <<EOF /y (FROM inside a heredoc)', 6, 70),
          noted(21, 'CMD ["serve"]'),
        ],
      },
    ]);
  });

  test('unpacked ones are sums, and unknown as soon as one of their layers is', () => {
    const measured = layers.map((layer, position) => ({
      ...layer,
      unpackedBytes: position === 4 ? null : 1024 * 2 ** position,
    }));
    const {stages: sizes} = sizesOf({...request, layers: measured});
    expect(
      sizes?.map((stage) => [stage.name, stage.addedUnpackedBytes, stage.totalUnpackedBytes]),
    ).toEqual([
      ['base', 4096, 7168],
      ['builder', null, null],
      ['install', null, null],
      ['alias', 0, null],
      ['stage-4', 1024 * 96, null],
    ]);
    expect(sizes?.[2]?.instructions.map(({unpackedBytes}) => unpackedBytes)).toEqual([
      8192,
      null,
      0,
    ]);
  });

  test('of a stage beside the shipped ones are those of its own image', () => {
    const image = {
      history: ok([...ofBase, ofBuild[0] ?? made(''), made('RUN /bin/sh -c make # buildkit')]),
      // A shipped stage is told by what was shipped, not by this.
      layers: layersOf(1000, 200, 31, 9999),
    };
    const beside: BesideStages = {...noneBeside, images: new Map([[1, image]])};
    const {stages: sizes} = sizesOf({...request, beside});
    expect(sizes?.[0]).toMatchObject({addedBytes: 30, totalBytes: 1230});
    expect(sizes?.[1]).toMatchObject({
      ...{name: 'builder', shipped: false, addedBytes: 9999, totalBytes: 11_230, layers: 1},
      instructions: [{line: 6, text: 'RUN make', addedBytes: 9999, layer: 'sha256:3'}],
      unknownBecause: null,
    });
  });

  test('of a stage beside the shipped ones: why only its unpacked size is not known', () => {
    const unread = {unpackedUnknownBecause: 'its base image was not read'};
    const image = {
      history: ok([...ofBase, ofBuild[0] ?? made(''), made('RUN /bin/sh -c make # buildkit')]),
      layers: layersOf(1000, 200, 31, 9999),
      ...unread,
    };
    const of = (one: StageImage): StageSizes =>
      sizesOf({...request, beside: {...noneBeside, images: new Map([[1, one]])}});
    expect(of(image).stages?.[1]).toMatchObject({totalUnpackedBytes: null, ...unread});
    // The shipped ones are told by their own image.
    expect(of(image).stages?.[0]).not.toHaveProperty('unpackedUnknownBecause');
    const read = {...image, layers: image.layers.map((layer) => ({...layer, unpackedBytes: 1}))};
    expect(of(read).stages?.[1]).toMatchObject({totalUnpackedBytes: 4});
    expect(of(read).stages?.[1]).not.toHaveProperty('unpackedUnknownBecause');
  });

  test('a stage beside the shipped ones tells of those it starts from; the unused stay unknown', () => {
    const text =
      'FROM x AS a\nRUN a\nFROM a AS b\nFROM b AS c\nRUN c\nFROM x AS d\nRUN d\nFROM x\n';
    const image = {kind: 'image', reference: 'x'} as const;
    const at = (name: string | null, index: number, line: number, base: number | null) => ({
      ...{name, index, line, base: base === null ? image : ({kind: 'stage', index: base} as const)},
      ...{shipped: index === 4, used: index !== 3},
    });
    const {stages: sizes} = sizesOf({
      dockerfile: text,
      stages: [
        at('a', 0, 1, null),
        at('b', 1, 3, 0),
        at('c', 2, 4, 1),
        at('d', 3, 6, null),
        at(null, 4, 8, null),
      ],
      history: ok([made('ADD rootfs /')]),
      layers: layersOf(5),
      beside: {
        ...noneBeside,
        images: new Map([
          [
            2,
            {history: ok(['ADD rootfs /', 'RUN a', 'RUN c'].map(made)), layers: layersOf(5, 6, 7)},
          ],
        ]),
      },
    });
    expect(sizes?.map((stage) => [stage.name, stage.addedBytes, stage.totalBytes])).toEqual([
      ['a', 6, 11],
      ['b', 0, 11],
      ['c', 7, 18],
      ['d', null, null],
      ['stage-4', 0, 5],
    ]);
    expect(sizes?.[3]?.unknownBecause).toBe('the build does not use it');
  });

  test('of a stage whose own image does not fit the Dockerfile are unknown', () => {
    const image = {history: ok([made('COPY x /')]), layers: layersOf(1)};
    const beside: BesideStages = {...noneBeside, images: new Map([[1, image]])};
    expect(sizesOf({...request, beside}).stages?.[1]).toMatchObject({
      addedBytes: null,
      unknownBecause: 'the history in the image configuration does not fit the Dockerfile',
    });
  });

  test('what ONBUILD makes a stage do is the size of that stage, at the line of the ONBUILD', () => {
    const text = 'FROM x AS a\nONBUILD RUN one\nRUN two\nFROM a AS b\nRUN three\nFROM b\n';
    const {stages: sizes} = sizesOf({
      dockerfile: text,
      stages: [
        {name: 'a', index: 0, line: 1, base: {kind: 'scratch'}, shipped: true, used: true},
        {name: 'b', index: 1, line: 4, base: {kind: 'stage', index: 0}, shipped: true, used: true},
        {name: null, index: 2, line: 6, base: {kind: 'stage', index: 1}, shipped: true, used: true},
      ],
      history: ok(['RUN two', 'RUN one', 'RUN three'].map(made)),
      layers: layersOf(20, 100, 3),
    });
    expect(
      sizes?.map(({name, instructions}) => [
        name,
        ...instructions.map(({line, text: shown, addedBytes}) => [line, shown, addedBytes]),
      ]),
    ).toEqual([
      ['a', [2, 'ONBUILD RUN one', 0], [3, 'RUN two', 20]],
      ['b', [2, 'ONBUILD RUN one', 100], [5, 'RUN three', 3]],
      ['stage-2'],
    ]);
  });

  test('do not need the history of the base: what the exporter adds for it is set apart', () => {
    const exporter = {createdBy: '', comment: 'buildkit.exporter.image.v0', empty: false};
    const history = ok([...ofBuild, exporter, exporter]);
    expect(sizesOf({...request, history})).toEqual(sizesOf(request));
  });

  test('name what is really read where a named context replaces a base', () => {
    const bases = [
      {kind: 'image', reference: 'python:3.12', source: 'm.example/library/python:3.12'},
      {kind: 'context', name: 'python:3.12', source: 'svc/base'},
      {kind: 'context', name: 'python:3.12'},
    ] as const;
    const froms = bases.map((base) => {
      const replaced = stages.map((stage) => (stage.index === 0 ? {...stage, base} : stage));
      return sizesOf({...request, stages: replaced}).stages?.[0]?.from;
    });
    expect(froms).toEqual(['m.example/library/python:3.12', 'svc/base', 'python:3.12']);
  });

  test('of an image from scratch', () => {
    const {stages: sizes} = sizesOf({
      dockerfile: 'FROM scratch\nCOPY a /\nLABEL x=y\n',
      stages: [{name: null, index: 0, line: 1, base: {kind: 'scratch'}, shipped: true, used: true}],
      history: ok([made('COPY a / # buildkit'), noted('LABEL x=y')]),
      layers: layersOf(7),
    });
    expect(sizes).toMatchObject([
      {name: 'stage-0', from: 'scratch', addedBytes: 7, totalBytes: 7, layers: 1},
    ]);
  });

  test('add up for any Dockerfile: base and shipped stages are the manifest', () => {
    const isNoted = (line: string): boolean => /^(?:ENV|USER)/u.test(line);
    const instruction = fc.constantFrom('RUN x', 'COPY a b', 'ENV A=1', 'WORKDIR /x', 'USER app');
    const sum = (sizes: readonly number[]): number => sizes.reduce((all, size) => all + size, 0);
    fc.assert(
      fc.property(
        fc.array(fc.array(instruction), {minLength: 1}),
        fc.array(fc.nat(1e9), {minLength: 1}),
        fc.array(fc.nat(1e9), {minLength: 1}),
        (bodies, baseSizes, sizes) => {
          let line = 1;
          const chain = bodies.map((body, index): StageOfDockerfile => {
            const from = line;
            line += body.length + 1;
            return {
              name: `s${index}`,
              index,
              line: from,
              base:
                index === 0 ? {kind: 'image', reference: 'x'} : {kind: 'stage', index: index - 1},
              shipped: true,
              used: true,
            };
          });
          const own = bodies.flat().map((text) => (isNoted(text) ? noted(text) : made(text)));
          const ownSizes = own
            .filter(({empty}) => !empty)
            .map((_, at) => sizes[at % sizes.length] ?? 0);
          const all = layersOf(...baseSizes, ...ownSizes);
          const {stages: result} = sizesOf({
            dockerfile: bodies
              .map((body, at) =>
                [`FROM ${at === 0 ? 'x' : `s${at - 1}`} AS s${at}`, ...body].join('\n'),
              )
              .join('\n'),
            stages: chain,
            history: ok([...baseSizes.map(() => made('ADD x')), ...own]),
            layers: all,
          });
          const added = (result ?? []).map(({addedBytes}) => addedBytes ?? NaN);
          expect(sum(baseSizes) + sum(added)).toBe(sum(all.map(({size}) => size)));
          expect(result?.at(-1)?.totalBytes).toBe(sum(all.map(({size}) => size)));
          expect(result?.map((stage) => stage.layers)).toEqual(
            bodies.map((body) => body.filter((text) => !isNoted(text)).length),
          );
        },
      ),
    );
  });
});

describe('sizes are unknown', () => {
  test.each<[string, Partial<Facts>]>([
    ['the Dockerfile is not known here (a remote context)', {dockerfile: undefined}],
    ['the Dockerfile is not known here (a remote context)', {stages: []}],
    ['r.io is gone', {history: err('r.io is gone')}],
    ['the Dockerfile has changed since the build was planned', {dockerfile: `\n${dockerfile}`}],
    [
      'the Dockerfile has changed since the build was planned',
      {dockerfile: `${dockerfile}FROM x\n`},
    ],
    ['the history in the image configuration does not fit its layers', {layers: layers.slice(1)}],
    [
      'the history in the image configuration does not fit its layers',
      {layers: [...layers, ...layersOf(1)]},
    ],
    [
      'the history in the image configuration does not fit the Dockerfile',
      {dockerfile: dockerfile.replace('CMD ["serve"]', 'CMD ["serve"]\nUSER app')},
    ],
    [
      'the history in the image configuration does not fit the Dockerfile',
      {dockerfile: dockerfile.replace('RUN apt-get update', 'COPY x /')},
    ],
    [
      'the history in the image configuration does not fit the Dockerfile',
      {history: ok([]), layers: []},
    ],
    [
      'the named context `Install` takes the place of the stage `Install`',
      {
        stages: stages.map((stage) =>
          stage.index === 2
            ? {...stage, name: 'Install', base: {kind: 'context', name: 'install', source: 'svc/t'}}
            : {...stage, shipped: stage.index > 2, used: stage.index > 2},
        ),
      },
    ],
    [
      'the image has layers that no instruction of the Dockerfile made',
      {
        stages: stages.map((stage) =>
          stage.index === 0 ? {...stage, base: {kind: 'scratch'}} : stage,
        ),
      },
    ],
  ])('%s (%#)', (unknownBecause, change) => {
    expect(sizesOf({...request, ...change})).toEqual({stages: null, unknownBecause});
  });
});
