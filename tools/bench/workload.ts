import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

export interface Workload {
  readonly folder: string;
  readonly targets: readonly string[];
}

const platforms = ['linux/amd64', 'linux/arm64'];

/** A small service: two stages, three layers of its own, no network. */
const dockerfile = (base: string): string => `ARG BASE_IMAGE=${base}
FROM \${BASE_IMAGE} AS build
ARG NONCE
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
 * on amd64 and arm64 that all use one Dockerfile and go to `registry` (`host:port`, plain HTTP).
 */
export async function writeWorkload(
  folder: string,
  count: number,
  base: string,
  registry: string,
): Promise<Workload> {
  const targets = Array.from({length: count}, (_, index) => `target${index}`);
  await mkdir(folder, {recursive: true});
  await writeFile(join(folder, 'Dockerfile'), dockerfile(base));
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
