import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

export interface Workload {
  readonly folder: string;
  readonly targets: readonly string[];
}

/** A small service: two stages, three layers of its own, no network, and megabytes to compute on. */
const dockerfile = (base: string, workMegabytes: number): string => `ARG BASE_IMAGE=${base}
FROM \${BASE_IMAGE} AS build
ARG NONCE
RUN dd if=/dev/zero bs=1M count=${workMegabytes} 2>/dev/null | sha256sum
RUN echo "\${NONCE}" > /nonce && dd if=/dev/urandom of=/payload bs=64k count=16 2>/dev/null
FROM \${BASE_IMAGE} AS runtime
ARG NONCE
RUN echo "\${NONCE}" > /started
COPY --from=build /payload /nonce /srv/
COPY app.txt /srv/
CMD ["cat", "/srv/nonce"]
`;

/**
 * Writes the same work twice into `folder`: as matrix.yml and as docker-bake.json, `count` targets
 * that all use one Dockerfile and go to `registry` (`host:port`, plain HTTP).
 */
export async function writeWorkload(
  folder: string,
  work: {
    readonly count: number;
    readonly base: string;
    readonly registry: string;
    readonly platforms?: readonly string[];
    readonly workMegabytes?: number;
  },
): Promise<Workload> {
  const {count, base, registry, workMegabytes = 0} = work;
  const {platforms = ['linux/amd64', 'linux/arm64']} = work;
  const targets = Array.from({length: count}, (_, index) => `target${index}`);
  await mkdir(folder, {recursive: true});
  await writeFile(join(folder, 'Dockerfile'), dockerfile(base, workMegabytes));
  await writeFile(join(folder, 'app.txt'), 'hello\n');
  await writeFile(
    join(folder, 'matrix.yml'),
    [
      'version: 1',
      'vars: {nonce: none}',
      `registries: {bench: {type: oci, url: "http://${registry}", namespace: bench}}`,
      `defaults: {registries: [bench], platforms: [${platforms.join(', ')}]}`,
      'images:',
      ...targets.flatMap((name, index) => [
        `  ${name}:`,
        '    targets:',
        '      main:',
        `        args: {NONCE: "{vars.nonce}-${index}"}`,
        '        tags: ["bench"]',
      ]),
      '',
    ].join('\n'),
  );
  const target = Object.fromEntries(
    targets.map((name, index) => [
      name,
      {
        context: '.',
        dockerfile: 'Dockerfile',
        platforms,
        args: {NONCE: `none-${index}`},
        tags: [`${registry}/bench/${name}:bench`],
      },
    ]),
  );
  await writeFile(
    join(folder, 'docker-bake.json'),
    `${JSON.stringify({group: {default: {targets}}, target}, null, 1)}\n`,
  );
  return {folder, targets};
}
