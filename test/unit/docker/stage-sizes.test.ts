import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {HistoryEntry} from '../../../src/docker/read-image.ts';
import type {StageOfDockerfile} from '../../../src/docker/stage-layers.ts';
import {stageSizes} from '../../../src/docker/stage-sizes.ts';
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
  {name: 'base', index: 0, line: 2, base: {kind: 'image', reference: 'python:3.12'}, shipped: true},
  {name: 'builder', index: 1, line: 5, base: {kind: 'stage', index: 0}, shipped: false},
  {name: 'install', index: 2, line: 8, base: {kind: 'stage', index: 0}, shipped: true},
  {name: 'alias', index: 3, line: 14, base: {kind: 'stage', index: 2}, shipped: true},
  {name: null, index: 4, line: 16, base: {kind: 'stage', index: 3}, shipped: true},
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
const request: Parameters<typeof stageSizes>[0] = {
  dockerfile,
  stages,
  history: ok([...ofBase, ...ofBuild]),
  layers,
};

describe('sizes', () => {
  test('of shipped stages add up to the manifest; a stage beside them has none', () => {
    const {stages: sizes, unknownBecause} = stageSizes(request);
    expect(unknownBecause).toBeNull();
    expect(sizes).toEqual([
      {
        name: 'base',
        index: 0,
        line: 2,
        from: 'python:3.12',
        shipped: true,
        addedBytes: 30,
        totalBytes: 1230,
        layers: 1,
      },
      {
        name: 'builder',
        index: 1,
        line: 5,
        from: 'base',
        shipped: false,
        addedBytes: null,
        totalBytes: null,
        layers: null,
      },
      {
        name: 'install',
        index: 2,
        line: 8,
        from: 'base',
        shipped: true,
        addedBytes: 504,
        totalBytes: 1734,
        layers: 2,
      },
      {
        name: 'alias',
        index: 3,
        line: 14,
        from: 'install',
        shipped: true,
        addedBytes: 0,
        totalBytes: 1734,
        layers: 0,
      },
      {
        name: 'stage-4',
        index: 4,
        line: 16,
        from: 'alias',
        shipped: true,
        addedBytes: 76,
        totalBytes: 1810,
        layers: 2,
      },
    ]);
  });

  test('do not need the history of the base: what the exporter adds for it is set apart', () => {
    const exporter = {createdBy: '', comment: 'buildkit.exporter.image.v0', empty: false};
    const history = ok([...ofBuild, exporter, exporter]);
    expect(stageSizes({...request, history})).toEqual(stageSizes(request));
  });

  test('name what is really read where a named context replaces a base', () => {
    const bases = [
      {kind: 'image', reference: 'python:3.12', source: 'm.example/library/python:3.12'},
      {kind: 'context', name: 'python:3.12', source: 'svc/base'},
      {kind: 'context', name: 'python:3.12'},
    ] as const;
    const froms = bases.map((base) => {
      const replaced = stages.map((stage) => (stage.index === 0 ? {...stage, base} : stage));
      return stageSizes({...request, stages: replaced}).stages?.[0]?.from;
    });
    expect(froms).toEqual(['m.example/library/python:3.12', 'svc/base', 'python:3.12']);
  });

  test('of an image from scratch', () => {
    const {stages: sizes} = stageSizes({
      dockerfile: 'FROM scratch\nCOPY a /\nLABEL x=y\n',
      stages: [{name: null, index: 0, line: 1, base: {kind: 'scratch'}, shipped: true}],
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
            };
          });
          const own = bodies.flat().map((text) => (isNoted(text) ? noted(text) : made(text)));
          const ownSizes = own
            .filter(({empty}) => !empty)
            .map((_, at) => sizes[at % sizes.length] ?? 0);
          const all = layersOf(...baseSizes, ...ownSizes);
          const {stages: result} = stageSizes({
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
  test.each<[string, Partial<typeof request>]>([
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
      'a stage has ONBUILD instructions, which another stage runs',
      {dockerfile: dockerfile.replace('ENV A=1', 'ONBUILD RUN x')},
    ],
    [
      'the named context `Install` takes the place of the stage `Install`',
      {
        stages: stages.map((stage) =>
          stage.index === 2
            ? {...stage, name: 'Install', base: {kind: 'context', name: 'install', source: 'svc/t'}}
            : {...stage, shipped: stage.index > 2},
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
    expect(stageSizes({...request, ...change})).toEqual({stages: null, unknownBecause});
  });
});
