import {mkdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {cached} from './cache.ts';
import type {Reporter} from './console.ts';
import {exists} from './files.ts';
import type {EnginePaths} from './paths.ts';
import {BUILDKIT} from './pins.ts';
import {attempt, lastLines, onPath} from './shell.ts';

export function buildkitdIn(paths: EnginePaths): string {
  return join(paths.cache, 'buildkit', 'buildkitd');
}

/**
 * Builds buildkitd from source into the cache, once: no Debian release packages it.
 * @returns undefined, after a loud warning, where there is no Go or no version builds; the docker
 *   driver then serves alone.
 */
export async function provisionBuildkitd(
  paths: EnginePaths,
  report: Reporter,
): Promise<string | undefined> {
  const binary = buildkitdIn(paths);
  if (await exists(binary)) {
    return binary;
  }
  if (!(await onPath('go'))) {
    report.warn('NO BUILDKIT NODES: there is no Go toolchain on the PATH to build buildkitd with.');
    report.warn('Only the docker driver serves: no push by digest, no bm-one, bm-two, bm-nodes.');
    report.warn("Install a current Go and run 'up' again.");
    return undefined;
  }
  const failures: string[] = [];
  for (const version of BUILDKIT.versions) {
    const failure = await report.step(`buildkitd ${version} from source`, () =>
      build(paths, version, report),
    );
    if (failure === undefined) {
      return binary;
    }
    failures.push(`${version}: ${failure}`);
  }
  report.warn(`NO BUILDKIT NODES: buildkitd does not build.\n${failures.join('\n')}`);
  return undefined;
}

/** @returns why it failed */
async function build(
  paths: EnginePaths,
  version: string,
  report: Reporter,
): Promise<string | undefined> {
  let failure: string | undefined;
  await cached(join(paths.cache, 'buildkit'), report, async (folder) => {
    const module = `${folder}-module`;
    try {
      await mkdir(module, {recursive: true});
      // `go install module@version` refuses BuildKit, whose go.mod has exclude lines; as a
      // dependency of an empty module the very same packages build.
      await writeFile(join(module, 'go.mod'), 'module engine.invalid/buildkitd\n\ngo 1.25\n');
      const env = {...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod -buildvcs=false'};
      const command = `${BUILDKIT.module}/cmd/buildkitd`;
      const stamp = `-s -w -X ${BUILDKIT.module}/version.Version=${version}`;
      await mkdir(folder, {recursive: true});
      for (const args of [
        ['get', `${command}@${version}`],
        ['build', '-trimpath', '-ldflags', stamp, '-o', join(folder, 'buildkitd'), command],
      ]) {
        const result = await attempt('go', args, {cwd: module, env});
        if (result.code !== 0) {
          failure = lastLines(result.stderr, 6);
          throw new Error(failure);
        }
      }
    } finally {
      await rm(module, {recursive: true, force: true});
    }
  }).catch((error: unknown) => {
    failure ??= error instanceof Error ? error.message : String(error);
  });
  return failure;
}
