import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

/** Four stages, of which one is shipped and all are used. */
const stages = ['tools', 'compile', 'check', 'runtime'] as const;

const dockerfile = (base: string): string => `FROM ${base} AS tools
RUN dd if=/dev/urandom of=/tool bs=64k count=16 2>/dev/null
FROM tools AS compile
RUN dd if=/dev/urandom of=/program bs=64k count=32 2>/dev/null
FROM compile AS check
RUN sha256sum /program > /program.sum
FROM ${base} AS runtime
COPY --from=compile /program /srv/
COPY --from=check /program.sum /srv/
`;

export interface StagedWork {
  readonly folder: string;
  /** Lines of a shell script that learns the compressed size of every stage and platform without build-matrix. */
  readonly byHand: string;
}

/** One target with a stage each for tools, compiler, check and run time; `registry` speaks plain HTTP. */
export async function writeStagedWork(
  folder: string,
  {base, registry}: {readonly base: string; readonly registry: string},
): Promise<StagedWork> {
  const image = `${registry}/bench/staged`;
  await mkdir(folder, {recursive: true});
  await writeFile(join(folder, 'Dockerfile'), dockerfile(base));
  await writeFile(
    join(folder, 'matrix.yml'),
    [
      'version: 1',
      `registries: {bench: {type: oci, url: "http://${registry}", namespace: bench}}`,
      'images:',
      '  staged:',
      '    targets:',
      '      main:',
      '        registries: [bench]',
      '        platforms: [linux/amd64, linux/arm64]',
      '        tags: [bench]',
      '',
    ].join('\n'),
  );
  const byHand = [
    'set -e',
    ...stages.flatMap((stage) => [
      `docker buildx build --quiet --push --platform linux/amd64,linux/arm64 --target ${stage} --tag ${image}:${stage} . > /dev/null`,
      // The index names the manifest of each platform, which has the sizes.
      `for digest in $(docker buildx imagetools inspect --raw ${image}:${stage} | grep -o 'sha256:[0-9a-f]*' | head -2); do docker buildx imagetools inspect --raw ${image}@$digest > /dev/null; done`,
    ]),
  ].join('\n');
  return {folder, byHand};
}

/** An image of one layer with `megabytes` that do not compress, as an OCI layout. */
export async function writeLargeWork(
  folder: string,
  {base, megabytes}: {readonly base: string; readonly megabytes: number},
): Promise<void> {
  await mkdir(folder, {recursive: true});
  await writeFile(
    join(folder, 'Dockerfile'),
    `FROM ${base}
RUN mkdir -p /data && for part in 1 2 3 4; do dd if=/dev/urandom of=/data/part$part bs=1M count=${Math.round(megabytes / 4)} 2>/dev/null; done
`,
  );
  await writeFile(
    join(folder, 'matrix.yml'),
    'version: 1\nimages: {large: {targets: {main: {platforms: [linux/amd64]}}}}\n',
  );
}
