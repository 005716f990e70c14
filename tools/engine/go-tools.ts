import {mkdir} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {cached} from './cache.ts';
import type {Reporter} from './console.ts';
import {stderrReporter} from './console.ts';
import {EngineError} from './errors.ts';
import {enginePaths, REPOSITORY} from './paths.ts';
import {GO_TOOLS} from './pins.ts';
import {onPath, run} from './shell.ts';

/**
 * The path of a program that is written in Go and packaged by no Debian release: built from source
 * into the cache, once for each version.
 * @throws EngineError where there is no Go, or it does not build: what needs it must not be skipped.
 */
export async function goTool(
  name: keyof typeof GO_TOOLS,
  report: Reporter = stderrReporter(),
): Promise<string> {
  const {command, version} = GO_TOOLS[name];
  const target = join(dirname(enginePaths(REPOSITORY).cache), 'go-tools', `${name}-${version}`);
  await cached(target, report, async (folder) => {
    if (!(await onPath('go'))) {
      throw new EngineError(`there is no Go on the PATH to build ${name} with`, {
        remedy: 'install a current Go',
      });
    }
    await report.step(`${name} ${version} from source`, async () => {
      await mkdir(folder, {recursive: true});
      const env = {...process.env, GOBIN: folder, CGO_ENABLED: '0'};
      await run('go', ['install', '-trimpath', `${command}@${version}`], {env});
    });
  });
  return join(target, name);
}
