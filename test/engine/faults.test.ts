import {afterAll, describe, expect, test} from 'vitest';

import type {RegistryFailureKind} from '../../src/events/registry-failure-kind.ts';
import {answers, startFaultyRegistry, type FaultRule} from '../rig/faulty-registry.ts';
import {checkFaultTable, type FaultRow} from '../rig/fault-table.ts';
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
  readonly rules: (repository: string) => readonly FaultRule[];
  /** Something else is under the tag already. */
  readonly earlier?: true;
  /** Tries of the build, or of the move of the tag. */
  readonly tries: number;
  /** Why it failed in the end; null when it did not. */
  readonly cause: RegistryFailureKind | null;
}

/** BuildKit sends each request four times when it is answered with 5xx or not at all. */
const inner = 4;

const faults: readonly Fault[] = [
  {
    title: 'a 503 that is over before BuildKit gives up',
    rules: () => [{...putManifest, times: 2, fault: answers.unavailable()}],
    ...{tries: 1, cause: null},
  },
  {
    title: '429 with `Retry-After: 3`, as JSON',
    // BuildKit sends it five times at once, whatever the header says.
    rules: () => [{...putManifest, times: 5, fault: answers.limitedJson(3)}],
    ...{tries: 2, cause: null},
  },
  {
    title: '429 with `Retry-After: 3`, in plain text',
    rules: () => [{...putManifest, times: 5, fault: answers.limitedPlain(3)}],
    ...{tries: 2, cause: null},
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
    rules: () => [{...all, after: 4, times: 2, fault: answers.unauthorized()}],
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
    title: '503 for the tag alone, four times',
    rules: () => [{...putTag, times: 2 * inner, fault: answers.unavailable()}],
    ...{tries: 2, cause: null},
  },
];

describe.concurrent('a registry with', () => {
  test.each(faults)(
    '$title',
    async ({title, rules, earlier = false, varies = false, tries, cause}) => {
      // One each: BuildKit has few connections to one host, and one that waits holds up the others.
      const registry = await startFaultyRegistry(upstream);
      const run = await runWithFaults({registry, upstream, rules, earlier});
      opened.push(registry, run);
      rows.set(title, {title, run, earlier, varies});

      expect(run.runs, 'the step is never run again for a push').toBe(1);
      expect({
        exitCode: run.ended.exitCode,
        tries: run.retries.length + 1,
        cause: run.failure === undefined ? null : 'cause' in run.failure && run.failure.cause,
      }).toEqual({exitCode: cause === null ? 0 : 1, tries, cause});
      if (cause === null) {
        expect(run.digest).toMatch(/^sha256:/u);
        expect(run.tagged).toBe(run.digest);
      } else {
        expect(run.failure).toMatchObject({hint: expect.stringMatching(/./u) as string});
        expect(run.tagged === null || earlier).toBe(true);
      }
    },
  );
});

test('docs/faults.md tells what these runs did', async () => {
  const {written, expected} = await checkFaultTable(
    faults.flatMap(({title}) => rows.get(title) ?? []),
  );
  expect(written).toBe(expected);
});
