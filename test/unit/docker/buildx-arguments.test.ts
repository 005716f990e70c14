import {expect, test} from 'vitest';

import {
  buildxCommand,
  stageExportCommand,
  type BuildxBuild,
} from '../../../src/docker/buildx-arguments.ts';
import {csvAttributes} from '../../../src/docker/csv-attributes.ts';

const smallest: BuildxBuild = {
  context: '.',
  dockerfile: 'Dockerfile',
  stage: null,
  platforms: ['linux/amd64'],
  tags: [],
  args: {},
  labels: {},
  annotations: {},
  contexts: {},
  secrets: [],
  ssh: [],
  cacheFrom: [],
  cacheTo: [],
  noCache: false,
  noCacheStages: [],
  pull: false,
  provenance: null,
  sbom: null,
  network: null,
  addHosts: {},
  shmSize: null,
  ulimits: {},
  allow: [],
  builder: null,
  outputs: [{kind: 'load'}],
  metadataFile: 'work/a.json',
};

test('the smallest build', () => {
  expect(buildxCommand(smallest)).toEqual({
    program: 'docker',
    args: [
      ...['buildx', 'build', '--progress=rawjson', '--metadata-file=work/a.json'],
      ...['--file=Dockerfile', '--platform=linux/amd64', '--load', '.'],
    ],
    env: {BUILDX_METADATA_PROVENANCE: 'disabled'},
  });
});

test('the export of a stage keeps what decides on the cache, and leaves nothing behind', () => {
  const build: BuildxBuild = {
    ...smallest,
    ...{stage: 'runtime', tags: ['a:1'], labels: {l: 'v'}, annotations: {a: 'v'}, args: {A: 'x'}},
    ...{cacheFrom: ['type=gha'], cacheTo: ['type=gha'], provenance: 'mode=max', sbom: 'true'},
    ...{pull: true, network: 'none', contexts: {base: 'docker-image://b'}, builder: 'bm'},
    secrets: [{id: 'token', from: 'env', source: 'TOKEN'}],
    outputs: [{kind: 'push', through: 'digest', repositories: ['r.io/a']}],
  };
  const one = {stage: 'builder', platforms: ['linux/arm64'], metadataFile: 'work/b.json'};
  expect(stageExportCommand(build, one)).toEqual({
    program: 'docker',
    args: [
      ...['buildx', 'build', '--progress=rawjson', '--builder=bm', '--metadata-file=work/b.json'],
      ...['--file=Dockerfile', '--target=builder', '--platform=linux/arm64', '--build-arg', 'A=x'],
      ...['--build-context', 'base=docker-image://b', '--secret', 'id=token,env=TOKEN'],
      ...['--cache-from', 'type=gha', '--pull', '--network=none', '--provenance=false'],
      ...['--output', 'type=image,push=false,store=false', '.'],
    ],
    env: {BUILDX_METADATA_PROVENANCE: 'disabled'},
  });
});

test('everything at once, in its order', () => {
  const {args} = buildxCommand({
    context: '-folder',
    dockerfile: '-folder/Dockerfile',
    stage: 'runtime',
    platforms: ['linux/amd64', 'linux/arm64'],
    tags: ['a:1', 'a:2'],
    args: {A: 'x=y z', B: ''},
    labels: {l: 'v'},
    annotations: {'index:a': 'v'},
    contexts: {base: 'docker-image://b'},
    secrets: [
      {id: 'token', from: 'env', source: 'TOKEN'},
      {id: 'netrc', from: 'file', source: 'a,b"c'},
    ],
    ssh: [
      {id: 'default', keys: []},
      {id: 'deploy', keys: ['k1', 'k2']},
    ],
    cacheFrom: ['type=gha'],
    cacheTo: ['type=inline'],
    noCache: true,
    noCacheStages: ['test'],
    pull: true,
    provenance: 'mode=max',
    sbom: 'true',
    network: 'host',
    addHosts: {h: '::1'},
    shmSize: '1g',
    ulimits: {nofile: '1:2'},
    allow: ['network.host'],
    builder: 'bm',
    outputs: [
      {kind: 'push', through: 'store', repositories: ['r.io/a']},
      {kind: 'oci', folder: 'out/a,b'},
    ],
    metadataFile: 'work/a.json',
  });
  expect(args).toEqual([
    ...['buildx', 'build', '--progress=rawjson', '--builder=bm', '--metadata-file=work/a.json'],
    ...['--file=-folder/Dockerfile', '--target=runtime', '--platform=linux/amd64,linux/arm64'],
    ...['--build-arg', 'A=x=y z', '--build-arg', 'B=', '--build-context', 'base=docker-image://b'],
    ...['--secret', 'id=token,env=TOKEN', '--secret', 'id=netrc,"src=a,b""c"'],
    ...['--ssh', 'default', '--ssh', 'deploy=k1,k2'],
    ...['--cache-from', 'type=gha', '--cache-to', 'type=inline'],
    ...['--no-cache', '--no-cache-filter=test', '--pull', '--network=host', '--add-host', 'h=::1'],
    ...['--shm-size=1g', '--ulimit', 'nofile=1:2', '--allow=network.host'],
    ...['--provenance=mode=max', '--sbom=true', '--label', 'l=v', '--annotation', 'index:a=v'],
    ...['--tag', 'a:1', '--tag', 'a:2', '--load', '--output', 'type=oci,tar=false,"dest=out/a,b"'],
    './-folder',
  ]);
});

test('attributes are quoted only where they have to be', () => {
  expect(
    csvAttributes([
      ['a', 'b c'],
      ['d', 'e,f'],
      ['g', '"'],
    ]),
  ).toBe('a=b c,"d=e,f","g="""');
});
