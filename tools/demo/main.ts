import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

import {execa} from 'execa';

import type {BuildRecord} from '../../src/records/build-record.ts';
import {engineEnvironment, ensureEngine} from '../engine/environment.ts';
import {askService} from './ask-service.ts';
import {confirmDigest} from './confirm-digest.ts';

/**
 * The main job on the real thing: brings an engine up if there is none, builds and pushes the sample's
 * targets, asks the registry for every digest, and runs each image that this machine can run.
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
const say = (text: string): void => void process.stdout.write(`${text}\n`);

await ensureEngine();
const environment = await engineEnvironment(root);
const registry = environment['BUILD_MATRIX_ENGINE_REGISTRY'] ?? '';
const env = {...process.env, ...environment};

const args = ['build', '--push', '--registry', registry];
const standIns = environment['BUILD_MATRIX_MIRRORS'];
if (standIns !== undefined && standIns !== '') {
  say(
    '\nThe base images are small stand-ins for python, pytorch and l4t-pytorch, from the local registry:' +
      '\nplatforms and stages are real, sizes are not those of the real bases, and there is no GPU.',
  );
}
say(`\n$ build-matrix ${args.join(' ')}\n`);
const build = await execa(process.execPath, [join(root, 'bin', 'build-matrix.js'), ...args], {
  cwd: root,
  env,
  stdio: 'inherit',
  reject: false,
});

if (build.exitCode === 0) {
  const runs = join(root, '.build-matrix', 'runs');
  const runId = (await readFile(join(runs, 'latest'), 'utf8')).trim();
  const recordFile = join('.build-matrix', 'runs', runId, 'record.json');
  const record = JSON.parse(await readFile(join(root, recordFile), 'utf8')) as BuildRecord;

  say('\nThe registry, asked for each digest:');
  for (const target of record.targets) {
    const repository = (target.tags[0] ?? '').slice(registry.length + 1).replace(/:[^:/]*$/, '');
    for (const digest of [target.digest, ...target.platforms.map((each) => each.digest)]) {
      if (digest === null) throw new Error(`${target.id} was pushed, yet its record has no digest`);
      await confirmDigest(registry, repository, digest);
      say(`  ${digest.slice(0, 19)}  ${repository}  confirmed`);
    }
  }

  say('\nEach image, run here (arm64 under emulation) and asked over HTTP:');
  for (const target of record.targets) {
    for (const {platform, digest} of target.platforms) {
      const image = `${(target.tags[0] ?? '').replace(/:[^:/]*$/, '')}@${digest}`;
      const answer = await askService({image, platform, env});
      say(
        `  ${target.name.padEnd(12)} ${platform.padEnd(12)} /healthz ${answer.health}  /info ${answer.info}`,
      );
    }
  }

  say(`
Where to look next:
  npm run build-matrix -- plan           the exact commands; add --push --registry ${registry}
                                         for those that were just run
  matrix.yml                             the file that this built
  ${recordFile}
                                         digests, layers, sizes, times
  npm run engine -- status               the engine; \`npm run engine -- down\` ends it`);
}
process.exitCode = build.exitCode ?? 1;
