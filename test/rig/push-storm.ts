import {randomBytes} from 'node:crypto';

import {digestOf} from './fault-run.ts';
import {
  answers,
  startFaultyRegistry,
  type Fault,
  type FaultRule,
  type SeenRequest,
} from './faulty-registry.ts';
import {realCommand, type Ended} from './real-command.ts';

export interface PushStorm {
  readonly ended: Ended;
  /** Requests that a fault has hit. */
  readonly faulted: number;
  /** Images whose push a fault has hit at least once. */
  readonly pushesHit: number;
  /** Images whose tag points at the digest of the record, and whose every blob the registry has. */
  readonly right: number;
  /** Tries that build-matrix made beyond the first, of builds and of moves of tags. */
  readonly retries: number;
  readonly seconds: number;
}

/**
 * Pushes `count` small images, each into a repository of its own, through a registry in which the
 * first manifest that is PUT of each image goes wrong, and the first PUT of its tag too if `tags`.
 */
export async function pushStorm(
  count: number,
  upstream: string,
  {tags, env = {}}: {readonly tags: boolean; readonly env?: Readonly<Record<string, string>>},
): Promise<PushStorm> {
  const registry = await startFaultyRegistry(upstream);
  const namespace = `storm-${randomBytes(5).toString('hex')}`;
  registry.setRules(namespace, [stormRule(tags)]);
  const names = Array.from({length: count}, (_, index) => `app${index}`);
  const command = await realCommand({
    Dockerfile: 'FROM scratch\nARG NAME\nCOPY content /${NAME}\n',
    content: randomBytes(2000).toString('base64'),
    'matrix.yml': [
      'version: 1',
      'defaults: {platforms: [linux/amd64], tags: ["1"]}',
      'images:',
      ...names.map((name) => `  ${name}: {targets: {one: {args: {NAME: ${name}}}}}`),
      '',
    ].join('\n'),
  });
  try {
    const startedAt = performance.now();
    const to = ['--push', '--registry', `${registry.host}/${namespace}`];
    const ended = await command.run(
      ['build', ...to, '--progress', 'json', '--concurrency', '12', '--keep-going'],
      env,
    );
    const seconds = (performance.now() - startedAt) / 1000;
    const record = await command.record();
    let right = 0;
    for (const target of record.targets) {
      const repository = `${namespace}/${target.image}`;
      const tagged = await digestOf(upstream, repository, '1');
      if (
        tagged !== null &&
        tagged === target.digest &&
        (await isWhole(upstream, repository, tagged))
      )
        right += 1;
    }
    const hit = registry.requests.filter(({faulted}) => faulted);
    return {
      ended,
      right,
      seconds,
      faulted: hit.length,
      pushesHit: new Set(hit.map(({path}) => path.split('/')[3])).size,
      retries: ended.stderr.split('\n').filter((line) => line.includes('"target-retried"')).length,
    };
  } finally {
    await registry.close();
    await command.close();
  }
}

/** Every manifest of the image and every blob that they name is there. */
async function isWhole(host: string, repository: string, digest: string): Promise<boolean> {
  const response = await fetch(`http://${host}/v2/${repository}/manifests/${digest}`, {
    headers: {
      accept: 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json',
    },
  });
  if (!response.ok) return false;
  const document = (await response.json()) as {
    readonly manifests?: readonly {readonly digest: string}[];
    readonly config?: {readonly digest: string};
    readonly layers?: readonly {readonly digest: string}[];
  };
  for (const manifest of document.manifests ?? []) {
    if (!(await isWhole(host, repository, manifest.digest))) return false;
  }
  for (const blob of [document.config ?? [], document.layers ?? []].flat()) {
    const there = await fetch(`http://${host}/v2/${repository}/blobs/${blob.digest}`, {
      method: 'HEAD',
    });
    if (!there.ok) return false;
  }
  return true;
}

/** What goes wrong, and how often in a row; chosen by the name of the image, so always the same. */
const storms: readonly {readonly fault: Fault; readonly times: number}[] = [
  // More than BuildKit sends at once: the registry limits this repository for a second.
  {fault: answers.limitedJson(1), times: 5},
  {fault: answers.unavailable(), times: 2},
  {fault: {is: 'reset', of: 'request', afterBytes: 1}, times: 1},
  {fault: {is: 'done-but', answer: answers.forbidden()}, times: 1},
  {fault: answers.badGateway(), times: 2},
];

/** A try to write a tag is one request (src/publish/retry.ts). */
const triesOfTags = 4;

function stormRule(tags: boolean): FaultRule {
  const hits = new Map<string, number>();
  const limitedUntil = new Map<string, number>();
  return {
    path: /./u,
    fault: ({method, path, at}: SeenRequest) => {
      const repository = path.split('/').slice(0, 4).join('/');
      const manifest = /\/manifests\/([^/?]+)$/u.exec(path)?.[1];
      if (method !== 'PUT' || manifest === undefined) {
        // What asks how long the limit lasts is told.
        return at < (limitedUntil.get(repository) ?? 0) && method === 'POST'
          ? answers.limitedJson(1)
          : undefined;
      }
      if (!tags && !manifest.includes(':')) return undefined;
      // The image and its tag each have their own: a build that is run again makes another index,
      // since its provenance tells when it was built.
      const place = `${repository} ${manifest.includes(':') ? 'image' : 'tag'}`;
      const sum = Buffer.from(place).reduce((all, byte) => all + byte, 0);
      const storm = storms[sum % storms.length];
      const seen = (hits.get(place) ?? 0) + 1;
      hits.set(place, seen);
      const most = manifest.includes(':') ? Infinity : triesOfTags - 1;
      if (storm === undefined || seen > Math.min(storm.times, most)) return undefined;
      if (storm.times === 5) limitedUntil.set(repository, at + 1000);
      return storm.fault;
    },
  };
}
