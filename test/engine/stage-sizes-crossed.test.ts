import {randomBytes} from 'node:crypto';

import {afterAll, beforeAll, describe, expect, test} from 'vitest';

import type {ImageSizes, SizeReport, StageReport} from '../../src/sizes/size-report.ts';
import {realCommand, type RealCommand} from '../rig/real-command.ts';
import {build, processes, registry} from './docker/real-builds.ts';

const repository = `${registry}/sizes-crossed`;
const busybox = `${registry}/docker.io/library/busybox:1.36`;
const platform = 'linux/amd64';

/** Everything that a stage can be: every case is one of these stages. */
const dockerfile = `# syntax-free
ARG BASE=busybox:1.36
FROM scratch AS scratch-files
COPY salt /salt
COPY <<A <<B /files/
first
A
second
B
FROM \${BASE} AS os
RUN <<MAKE
head -c 40000 /dev/urandom > /made
sha256sum /made > /sum
MAKE
FROM os AS bare-alias
FROM bare-alias AS on-alias
ENV A=1
COPY --link salt /linked
COPY --link --from=scratch-files /files /files
FROM os AS twice-a
FROM os AS twice-b
RUN echo b > /b
FROM twice-b AS two-names
COPY --from=twice-a /made /made-again
RUN rm /made
`;

/** Stages of each case from the base up, with the number of layers that each makes. */
const cases: Readonly<Record<string, readonly (readonly [string, number])[]>> = {
  'scratch-files': [['scratch-files', 2]],
  os: [['os', 1]],
  'bare-alias': [
    ['os', 1],
    ['bare-alias', 0],
  ],
  'on-alias': [
    ['os', 1],
    ['bare-alias', 0],
    ['on-alias', 2],
  ],
  'two-names': [
    ['os', 1],
    ['twice-b', 1],
    ['two-names', 2],
  ],
};
/** Images, and how provenance is asked for in matrix.yml. */
const provenances = {none: 'false', min: 'min', max: 'max'};

const matrix = `version: 1
defaults: {platforms: [${platform}], args: {BASE: '\${BASE}'}, tags: ["{version}-{target}"]}
images:
${Object.entries(provenances)
  .map(
    ([image, provenance]) => `  ${image}:
    defaults: {provenance: ${provenance}}
    targets:
${Object.keys(cases)
  .map((stage) => `      ${stage}: {stage: ${stage}}`)
  .join('\n')}`,
  )
  .join('\n')}
`;

let command: RealCommand;
beforeAll(async () => {
  const salt = randomBytes(3000).toString('hex');
  command = await realCommand({
    ...{Dockerfile: dockerfile, salt},
    'matrix.yml': matrix.replace('${BASE}', busybox),
  });
  const push = ['build', '--builder', 'bm-one', '--push', '--registry', repository];
  const built = await command.run([...push, '--image-version', 'gzip']);
  if (built.exitCode !== 0) throw new Error(built.stderr);
  // The same by hand, with layers that build-matrix never makes itself.
  const zstd = 'compression=zstd,force-compression=true,oci-mediatypes=true';
  for (const [image, provenance] of Object.entries(provenances)) {
    for (const stage of Object.keys(cases)) {
      const name = `${repository}/${image}:zstd-${stage}`;
      const {exit} = await build(
        ...[command.folder, [platform], '--builder', 'bm-one', '--target', stage],
        ...['--build-arg', `BASE=${busybox}`, `--provenance=${provenance.replace(/^m/, 'mode=m')}`],
        ...['--output', `type=image,name=${name},push=true,${zstd}`],
      );
      if (exit.exitCode !== 0) throw new Error(`${name} was not built`);
    }
  }
}, 300_000);
afterAll(() => command.close());

interface Stored {
  readonly layers: readonly {readonly size: number; readonly mediaType: string}[];
  readonly attestations: number;
}

/** What the registry holds, as docker's own tool tells it. */
async function stored(reference: string): Promise<Stored> {
  const raw = async (name: string): Promise<unknown> => {
    const args = ['buildx', 'imagetools', 'inspect', '--raw', name];
    const ended = await processes.run({command: 'docker', args});
    if (!ended.ok || ended.value.exitCode !== 0) throw new Error(`${name} is not there`);
    return JSON.parse(ended.value.stdout);
  };
  const root = (await raw(reference)) as {
    readonly manifests?: readonly {
      readonly digest: string;
      readonly platform: {readonly os: string};
    }[];
  };
  const [image] = root.manifests?.filter(({platform: {os}}) => os === 'linux') ?? [];
  const name = reference.replace(/:[^:/]*$/u, '');
  const manifest = image === undefined ? root : await raw(`${name}@${image.digest}`);
  const {layers} = manifest as Pick<Stored, 'layers'>;
  return {layers, attestations: (root.manifests?.length ?? 1) - 1};
}

const sum = (sizes: readonly (number | null | undefined)[]): number =>
  sizes.reduce<number>((all, size) => all + (size ?? NaN), 0);

function expectExact(
  image: ImageSizes | undefined,
  {layers}: Stored,
  /** The sizes of now, or those that they are compared with. */
  of: (size: StageReport['added']) => number | null | undefined,
): void {
  if (image?.base === undefined || image.base === null) throw new Error('the stages are not told');
  const total = sum(layers.map(({size}) => size));
  const shipped = image.stages.filter((stage) => stage.shipped);
  expect(of(image.size)).toBe(total);
  expect(sum([of(image.base.size), ...shipped.map(({added}) => of(added))])).toBe(total);
  expect(shipped.slice(-1).map((stage) => of(stage.total))).toEqual([total]);
  for (const {instructions, added} of shipped) {
    const makers = instructions.filter(({layer}) => layer !== undefined);
    expect(sum(makers.map(({size}) => of(size)))).toBe(of(added));
  }
  // Stage by stage the very layers of the manifest.
  let end = layers.length;
  const expected = cases[image.target.split('/')[1] ?? ''] ?? [];
  expect(shipped.map(({name}) => name)).toEqual(expected.map(([name]) => name));
  for (const [index, stage] of [...shipped.entries()].toReversed()) {
    const count = expected[index]?.[1] ?? NaN;
    expect(of(stage.added)).toBe(sum(layers.slice(end - count, end).map(({size}) => size)));
    end -= count;
  }
}

describe.each(Object.keys(provenances))('provenance %s', (image) => {
  test('gzip layers: every shipped chain adds up to the manifest, to the byte', async () => {
    const ended = await command.run(['sizes', '--json']);
    const {images} = JSON.parse(ended.stdout) as SizeReport;
    for (const stage of Object.keys(cases)) {
      const held = await stored(`${repository}/${image}:gzip-${stage}`);
      expect(held.attestations).toBe(image === 'none' ? 0 : 1);
      const sizes = images.find(({target}) => target === `${image}/${stage}`);
      expectExact(sizes, held, ({compressed}) => compressed);
    }
  });

  test('zstd layers, of an image built by hand: the same, by what the registry tells', async () => {
    const ended = await command.run(['sizes', '--against', 'zstd', '--json']);
    const {images} = JSON.parse(ended.stdout) as SizeReport;
    for (const stage of Object.keys(cases)) {
      const held = await stored(`${repository}/${image}:zstd-${stage}`);
      expect(held.attestations).toBe(image === 'none' ? 0 : 1);
      expect(held.layers.at(-1)?.mediaType).toBe('application/vnd.oci.image.layer.v1.tar+zstd');
      const sizes = images.find(({target}) => target === `${image}/${stage}`);
      expect(sizes?.beforeToldBy).toBe(
        image === 'max' ? 'the Dockerfile in its provenance' : 'its manifest and history',
      );
      expectExact(sizes, held, ({before}) => before?.compressed);
    }
  });
});
