import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

/** Work in which every target has a context of its own, so that a change of a file means one of them. */
export interface SeparateWork {
  readonly folder: string;
  /** A file that only the first target sees. */
  readonly file: string;
}

const dockerfile = (base: string): string => `FROM ${base} AS build
RUN dd if=/dev/urandom of=/payload bs=64k count=16 2>/dev/null
FROM ${base}
COPY --from=build /payload /srv/
COPY app.txt /srv/
`;

/** The same work twice: as matrix.yml and as docker-bake.json, `count` targets for two platforms. */
export async function writeSeparateWork(
  folder: string,
  {
    count,
    base,
    registry,
  }: {readonly count: number; readonly base: string; readonly registry: string},
): Promise<SeparateWork> {
  const platforms = ['linux/amd64', 'linux/arm64'];
  const names = Array.from({length: count}, (_, index) => `alone${index}`);
  for (const name of names) {
    await mkdir(join(folder, name), {recursive: true});
    await writeFile(join(folder, name, 'Dockerfile'), dockerfile(base));
    await writeFile(join(folder, name, 'app.txt'), `${name}\n`);
  }
  const images = names.map((name) => [name, {targets: {main: {context: name, tags: ['bench']}}}]);
  const matrix = {
    version: 1,
    registries: {bench: {type: 'oci', url: `http://${registry}`, namespace: 'bench'}},
    defaults: {registries: ['bench'], platforms},
    images: Object.fromEntries(images) as unknown,
  };
  const targets = names.map((name) => [
    name,
    {context: name, platforms, tags: [`${registry}/bench/${name}:bake`]},
  ]);
  const bake = {
    group: {default: {targets: names}},
    target: Object.fromEntries(targets) as unknown,
  };
  // JSON is YAML too.
  await writeFile(join(folder, 'matrix.yml'), JSON.stringify(matrix, null, 1));
  await writeFile(join(folder, 'docker-bake.json'), JSON.stringify(bake, null, 1));
  return {folder, file: join(folder, names[0] ?? '', 'app.txt')};
}
