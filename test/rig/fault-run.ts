import {execFile} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

import type {BuildEvent, CommandFailed, TargetRetried} from '../../src/events/event.ts';
import {engineVariable} from './engine-variable.ts';
import type {FaultRule, FaultyRegistry} from './faulty-registry.ts';
import {realCommand, type Ended} from './real-command.ts';

/** What a real `build-matrix build --push` made of a faulty registry. */
export interface FaultRun {
  readonly ended: Ended;
  readonly repository: string;
  readonly retries: readonly TargetRetried[];
  /** How often the RUN step of the Dockerfile ran, and not the cache. */
  readonly runs: number;
  /** As the last line of `--progress json` tells it; undefined when nothing failed. */
  readonly failure: CommandFailed['failure'] | undefined;
  /** What it tells to do about it; '' when nothing failed. */
  readonly remedy: string;
  /** Digest by the record of the run. */
  readonly digest: string | null;
  /** Digest that the tag has in the registry behind the faults; null when there is no such tag. */
  readonly tagged: string | null;
  /** All that the run has written in its folder, logs and records. */
  readonly folder: string;
  close(): Promise<void>;
}

export interface FaultRunRequest {
  readonly registry: FaultyRegistry;
  /** `HOST:PORT` of the registry behind it, for what is in there afterwards. */
  readonly upstream: string;
  readonly rules: (repository: string) => readonly FaultRule[];
  /** Rules of the base image, which is then a new one and pulled through the faulty registry. */
  readonly base?: readonly FaultRule[];
  /** Where the command pushes to, when it is not the faulty registry. */
  readonly host?: string;
  /** Pushes something else under the same tag before the faults begin. */
  readonly earlier?: boolean;
  /** Size of the image's own layer, which does not compress. */
  readonly bytes?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

const stepOf = (bytes: number): string => `RUN head -c ${bytes} /dev/urandom > /made`;

/** Builds and pushes one small image of one platform, in a repository of its own. */
export async function runWithFaults(request: FaultRunRequest): Promise<FaultRun> {
  const {registry, upstream, rules, host = registry.host, base} = request;
  const {earlier = false, env, args = [], bytes = 3000} = request;
  const step = stepOf(bytes);
  const namespace = `faults-${randomBytes(5).toString('hex')}`;
  const repository = `${namespace}/app`;
  const nonce = randomBytes(8).toString('hex');
  const from = base === undefined ? 'busybox:1.36' : await pushBase(registry, upstream, namespace);
  // Another text of ENV each time, so that no earlier run has filled the cache.
  const dockerfile = `FROM ${from}\nARG WAVE=2\nENV RUN_OF=${nonce}-\${WAVE}\n${step}\n`;
  const command = await realCommand({
    Dockerfile: dockerfile,
    'matrix.yml':
      'version: 1\nimages: {app: {targets: {one: {platforms: [linux/amd64], tags: ["1"]}}}}\n',
  });
  const build = ['build', '--push', '--registry', `${host}/${namespace}`, '--progress', 'json'];
  if (earlier) {
    registry.setRules(repository, []);
    const before = await command.run([...build, '--set', 'one.args.WAVE=1'], env);
    if (before.exitCode !== 0) throw new Error(before.stderr);
  }
  registry.setRules(repository, rules(repository));
  if (base !== undefined) {
    // build-matrix itself asks for the digest of the base image before.
    const ofBuilder = base.map((rule) => ({...rule, from: /buildkit/iu}));
    registry.setRules(`${namespace}/base`, ofBuilder);
  }
  const ended = await command.run([...build, ...args], env);
  const events = eventsOf(ended.stderr);
  const failure = events.findLast((event) => event.type === 'failed')?.failure;
  const record = await command.record().catch(() => undefined);
  return {
    ended,
    repository,
    retries: events.filter((event) => event.type === 'target-retried'),
    runs: events.filter(
      (event) => event.type === 'step-finished' && event.name === step && !event.cached,
    ).length,
    failure,
    remedy: failure === undefined ? '' : remedyOf(failure),
    digest: record?.targets[0]?.digest ?? null,
    tagged: await digestOf(upstream, repository, '1'),
    folder: command.folder,
    close: () => command.close(),
  };
}

function remedyOf(failure: CommandFailed['failure']): string {
  if ('hint' in failure) return failure.hint ?? '';
  return 'remedy' in failure ? failure.remedy : '';
}

/** A base image that no builder has yet; its reference is that at the faulty registry. */
async function pushBase(
  {host}: FaultyRegistry,
  upstream: string,
  namespace: string,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bm-base-'));
  const from = `${upstream}/docker.io/library/busybox:1.36`;
  await writeFile(join(folder, 'Dockerfile'), `FROM ${from}\nCOPY made /made\n`);
  await writeFile(join(folder, 'made'), randomBytes(300_000));
  const reference = `${namespace}/base:1`;
  const to = ['--push', '--tag', `${upstream}/${reference}`, folder];
  // On the other node: the content of the image is new to the one that pulls it.
  await promisify(execFile)('docker', ['buildx', 'build', '--builder', 'bm-two', ...to]);
  await rm(folder, {recursive: true});
  return `${host}/${reference}`;
}

function eventsOf(stderr: string): readonly (BuildEvent | CommandFailed)[] {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as BuildEvent | CommandFailed);
}

/** Asks the registry itself, past all faults; null when it has no such manifest. */
export async function digestOf(
  host: string,
  repository: string,
  reference: string,
): Promise<string | null> {
  const response = await fetch(`http://${host}/v2/${repository}/manifests/${reference}`, {
    method: 'HEAD',
    headers: {
      accept:
        'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json',
    },
  });
  return response.ok ? response.headers.get('docker-content-digest') : null;
}

export const engineRegistry = (): string => engineVariable('BUILD_MATRIX_ENGINE_REGISTRY');
