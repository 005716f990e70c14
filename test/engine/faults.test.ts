import {networkInterfaces} from 'node:os';

import {afterAll, describe, expect, test} from 'vitest';

import {freePort} from '../../tools/engine/free-port.ts';
import type {RegistryFailureKind} from '../../src/events/registry-failure-kind.ts';
import {
  answers,
  startFaultyRegistry,
  type FaultRule,
  type FaultyRegistry,
} from '../rig/faulty-registry.ts';
import {checkFaultTable, type FaultRow} from '../rig/fault-table.ts';
import {makeAuthority, readPair, type KeyPair} from '../rig/certificates.ts';
import {startSmallRegistry} from '../rig/small-registry.ts';
import {engineRegistry, runWithFaults} from '../rig/fault-run.ts';

const upstream = engineRegistry();
const opened: {close(): Promise<void>}[] = [];
const rows = new Map<string, FaultRow>();
afterAll(async () => {
  await Promise.all(opened.map((each) => each.close()));
});

const putManifest = {method: 'PUT', path: /\/manifests\//u};
const putTag = {method: 'PUT', path: /\/manifests\/1$/u};
const beginUpload = {method: 'POST', path: /\/blobs\/uploads\//u};
const upload = {method: ['PUT', 'PATCH'], path: /\/blobs\/uploads\//u};
const all = {path: /./u};

interface Fault {
  /** The words depend on which of several requests was hit first: the page does not have them. */
  readonly varies?: true;
  /** The row of docs/faults.md. */
  readonly title: string;
  readonly rules?: (repository: string) => readonly FaultRule[];
  /** Something else is under the tag already. */
  readonly earlier?: true;
  /** Rules of the base image, which is pulled through the faulty registry. */
  readonly base?: readonly FaultRule[];
  /** Where the push goes, when it is not to the faulty registry. */
  readonly host?: () => Promise<string> | string;
  /** More of its environment, as it is when the host is known. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another builder than bm-one. */
  readonly builder?: string;
  /** Size of what is pushed; a few kilobytes without it. */
  readonly bytes?: number;
  /** The first pause is at least so long. */
  readonly waitsMs?: number;
  /** Tries of the build, or of the move of the tag. */
  readonly tries: number;
  /** Why it failed in the end; null when it did not. */
  readonly cause: RegistryFailureKind | null;
}

/** BuildKit sends each request four times when it is answered with 5xx or not at all. */
const inner = 4;

/** What build-matrix itself trusts: it asks the registry before it builds. */
const trusted: Record<string, string> = {};

const faults: readonly Fault[] = [
  {
    title: 'a 503 that is over before BuildKit gives up',
    rules: () => [{...putManifest, times: 2, fault: answers.unavailable()}],
    ...{tries: 1, cause: null},
  },
  {
    title: '429 with `Retry-After: 4` for all, as JSON',
    // BuildKit sends it five times at once, whatever the header says.
    rules: () => [{...all, forMs: 4000, fault: answers.limitedJson(4)}],
    ...{tries: 2, cause: null, waitsMs: 4000},
  },
  {
    title: '429 with `Retry-After: 4` for all, in plain text',
    rules: () => [{...all, forMs: 4000, fault: answers.limitedPlain(4)}],
    ...{tries: 2, cause: null, waitsMs: 4000},
  },
  {
    title: '429 for the manifest, and nobody says for how long',
    rules: () => [{...putManifest, times: 5, fault: answers.limitedJson()}],
    ...{tries: 2, cause: null, waitsMs: 5000},
  },
  {
    title: '429 with `Retry-After: 21600`',
    rules: () => [{...all, fault: answers.limitedJson(21_600)}],
    ...{tries: 1, cause: 'rate-limited'},
  },
  {
    title: '500 at each upload for 11 seconds',
    rules: () => [{...beginUpload, forMs: 11_000, fault: answers.serverError()}],
    ...{tries: 2, cause: null},
  },
  {
    title: '502 with an HTML page, and it stays',
    rules: () => [{...putManifest, fault: answers.badGateway()}],
    ...{tries: 4, cause: 'server-error'},
  },
  {
    title: '503 for the manifest, longer than BuildKit is patient',
    rules: () => [{...putManifest, times: 2 * inner, fault: answers.unavailable()}],
    ...{tries: 2, cause: null},
  },
  {
    title: 'connections reset in the middle of each uploaded blob for 11 seconds',
    rules: () => [{...upload, forMs: 11_000, fault: {is: 'reset', of: 'request', afterBytes: 100}}],
    ...{tries: 2, cause: null},
  },
  {
    title: 'slow answers (2 s each for the first six)',
    rules: () => [{...all, times: 6, fault: {is: 'late', ms: 2000}}],
    ...{tries: 1, cause: null},
  },
  {
    title: 'no answer at all to the push, for 50 s',
    rules: () => [{...all, forMs: 50_000, fault: {is: 'silence'}}],
    ...{tries: 2, cause: null},
  },
  {
    title: '401 for all, no login',
    rules: () => [{...all, fault: answers.unauthorized()}],
    ...{tries: 1, cause: 'not-logged-in'},
  },
  {
    title: '401 in the middle of the push, and the login is taken again',
    rules: () => [{...upload, times: 1, fault: answers.unauthorized()}],
    ...{tries: 2, cause: null},
  },
  {
    title: '401 in the middle of the push, and it stays',
    rules: () => [{...all, after: 4, fault: answers.unauthorized()}],
    varies: true,
    ...{tries: 1, cause: 'not-logged-in'},
  },
  {
    title: 'an expired token (ECR)',
    rules: () => [{...all, fault: answers.ecrExpired()}],
    ...{tries: 1, cause: 'login-expired'},
  },
  {
    title: '403 DENIED for the upload',
    rules: () => [{...beginUpload, fault: answers.denied()}],
    ...{tries: 1, cause: 'denied'},
  },
  {
    title: '403 without a body for the upload',
    rules: () => [{...beginUpload, fault: answers.forbidden()}],
    ...{tries: 1, cause: 'denied'},
  },
  {
    title: '403 for a manifest that was stored all the same',
    rules: () => [{...putManifest, times: 1, fault: {is: 'done-but', answer: answers.forbidden()}}],
    ...{tries: 2, cause: null},
  },
  {
    title: 'the repository does not exist (ECR)',
    rules: (repository) => [{...all, fault: answers.ecrMissing(repository)}],
    ...{tries: 1, cause: 'repository-missing'},
  },
  {
    title: 'the tag exists and is immutable (ECR)',
    earlier: true,
    rules: (repository) => [
      {...putTag, fault: {is: 'refuse-overwrite', answer: answers.ecrImmutable('1', repository)}},
    ],
    ...{tries: 1, cause: 'tag-immutable'},
  },
  {
    title: 'the tag exists and may not move: 403 without a body (Docker Hub)',
    earlier: true,
    rules: () => [{...putTag, fault: {is: 'refuse-overwrite', answer: answers.forbidden()}}],
    ...{tries: 1, cause: 'tag-immutable'},
  },
  {
    title: '413 of a proxy, with an HTML page',
    rules: () => [{...upload, fault: answers.tooLarge()}],
    ...{tries: 1, cause: 'too-large'},
  },
  {
    title: 'the quota is exceeded (Harbor)',
    rules: () => [{...putManifest, fault: answers.quota()}],
    ...{tries: 1, cause: 'quota'},
  },
  {
    title: '503 for the tag alone, twice',
    rules: () => [{...putTag, times: 2, fault: answers.unavailable()}],
    ...{tries: 3, cause: null},
  },
  {
    title: 'what was pushed cannot be read back for six seconds: 503',
    rules: () => [
      {method: 'GET', path: /\/manifests\//u, forMs: 6000, fault: answers.unavailable()},
    ],
    ...{tries: 1, cause: null},
  },
  {
    title: 'the docker driver, which pushes by `docker push`: 503 for the tag, twice',
    rules: () => [{...putTag, times: 2, fault: answers.unavailable()}],
    builder: 'default',
    ...{tries: 2, cause: null},
  },
  {
    title: 'the docker driver, which pushes by `docker push`: 403 DENIED',
    rules: () => [{...beginUpload, fault: answers.denied()}],
    builder: 'default',
    ...{tries: 1, cause: 'denied'},
  },
  {
    title: 'a base image: 429 with `Retry-After: 4`',
    base: [{...all, forMs: 4000, fault: answers.limitedJson(4)}],
    ...{tries: 2, cause: null, waitsMs: 4000},
  },
  {
    title: "a base image: Docker Hub's limit of pulls",
    base: [{...all, fault: answers.pullLimit()}],
    ...{tries: 1, cause: 'rate-limited'},
  },
  {
    title: 'a base image: 500 twice',
    base: [{path: /\/manifests\//u, times: 2, fault: answers.serverError()}],
    ...{tries: 2, cause: null},
  },
  {
    title: 'a base image: connections reset in the middle of a layer for 12 seconds',
    base: [
      {
        method: 'GET',
        path: /\/blobs\//u,
        forMs: 12_000,
        fault: {is: 'reset', of: 'answer', afterBytes: 500},
      },
    ],
    ...{tries: 2, cause: null},
  },
  {
    title: 'a base image: 401, no login',
    base: [{...all, fault: answers.unauthorized()}],
    ...{tries: 1, cause: 'not-logged-in'},
  },
  {
    title: 'a base image: 403 DENIED',
    base: [{...all, fault: answers.denied()}],
    ...{tries: 1, cause: 'denied'},
  },
  {
    title: 'the disk of the registry is full',
    host: async () => {
      const small = await startSmallRegistry(3);
      opened.push(small);
      return small.host;
    },
    bytes: 6_000_000,
    ...{tries: 1, cause: 'disk-full'},
    varies: true,
  },
  {
    title: 'a name that DNS does not know',
    host: () => 'no-such-registry.invalid',
    ...{tries: 1, cause: 'name-unresolved'},
  },
  {
    title: 'a port that nobody listens on',
    host: async () => `127.0.0.1:${await freePort()}`,
    ...{tries: 4, cause: 'connection-lost'},
  },
  {
    title: 'a certificate that the builder does not trust',
    host: async () => {
      const authority = await makeAuthority();
      opened.push(authority);
      trusted['NODE_EXTRA_CA_CERTS'] = authority.file;
      const pair = await authority.sign('faulty', [`IP:${ownAddress()}`]);
      return (await elsewhere(await readPair(pair))).host;
    },
    env: trusted,
    ...{tries: 1, cause: 'tls'},
  },
  {
    title: 'plain HTTP where nobody said so',
    host: async () => (await elsewhere()).host,
    ...{tries: 1, cause: 'plain-http'},
  },
];

/** A registry at an address of this machine that is not taken for it: TLS is expected there. */
async function elsewhere(tls?: KeyPair): Promise<FaultyRegistry> {
  const registry = await startFaultyRegistry(upstream, {address: ownAddress(), ...(tls && {tls})});
  opened.push(registry);
  return registry;
}

function ownAddress(): string {
  const address = Object.values(networkInterfaces())
    .flatMap((one) => one ?? [])
    .find(({family, internal}) => family === 'IPv4' && !internal)?.address;
  if (address === undefined) throw new Error('this machine has no address but that of itself');
  return address;
}

describe.concurrent('a real push meets', () => {
  test.each(faults)('$title', async (fault) => {
    const {
      title,
      rules = () => [],
      earlier = false,
      varies = false,
      tries,
      cause,
      base,
      bytes,
      builder,
    } = fault;
    // One each: BuildKit has few connections to one host, and one that waits holds up the others.
    const registry = await startFaultyRegistry(upstream);
    const host = (await fault.host?.()) ?? registry.host;
    const run = await runWithFaults({
      registry,
      upstream,
      rules,
      earlier,
      host,
      ...(base && {base}),
      ...(bytes && {bytes}),
      ...(fault.env && {env: fault.env}),
      ...(builder && {args: ['--builder', builder]}),
    });
    opened.push(registry, run);
    rows.set(title, {title, run, earlier, varies});

    const isPublished = run.tagged !== null && run.tagged === run.digest;
    const tried = run.retries.length + 1;
    expect({
      exitCode: run.ended.exitCode,
      tries: varies && tried === tries + 1 ? tries : tried,
      cause: run.failure === undefined ? null : 'cause' in run.failure && run.failure.cause,
      isPublished,
      // What was there before stays where nothing new came.
      isTagged: run.tagged !== null,
      isRemedied: run.remedy !== '',
      // Never again for a push; and not at all when its base image could not be pulled.
      runs: run.runs,
    }).toEqual({
      ...{exitCode: cause === null ? 0 : 1, tries, cause},
      isPublished: cause === null,
      isTagged: cause === null || earlier,
      isRemedied: cause !== null,
      runs: base !== undefined && cause !== null ? 0 : 1,
    });
    expect(run.retries[0]?.delayMs ?? 0).toBeGreaterThanOrEqual(fault.waitsMs ?? 0);
  });
});

test('docs/faults.md tells what these runs did', async () => {
  const {written, expected} = await checkFaultTable(
    faults.flatMap(({title}) => rows.get(title) ?? []),
  );
  expect(written).toBe(expected);
});
