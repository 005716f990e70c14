import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {
  classifyRegistryFailure,
  type RegistryEvidence,
  type RegistryFailure,
} from '../../../src/docker/registry-failure.ts';
import type {RegistryFailureKind} from '../../../src/events/registry-failure-kind.ts';

const classify = (error: string, more: Partial<RegistryEvidence> = {}): RegistryFailure => {
  const failure = classifyRegistryFailure({error, ...more});
  if (failure === undefined) throw new Error(`not classified: ${error}`);
  return failure;
};

const pushing = {reference: 'h:5000/a/b:1', action: 'push'} as const;

/** Does not pass; passes by itself; the words may have lost the cause. */
type Expected = readonly [RegistryFailureKind, ...('passing' | 'vague')[]];

const uploads = 'http://h:5000/v2/a/b/blobs/uploads/';
const manifest = 'http://h:5000/v2/a/b/manifests/1';
const inBuildKit = 'failed to push h:5000/a/b:1: ';
const commit = 'failed commit on ref "index-sha256:0": ';

/**
 * The answers of one faulty registry, as three generations worded them: docker's own client (A),
 * BuildKit up to 0.23 (B) and since 0.24 (C).
 */
const seen: readonly (readonly [string, Expected])[] = [
  // 401 Basic, without a login.
  ['no basic auth credentials', ['not-logged-in', 'vague']],
  ['unauthorized', ['not-logged-in', 'vague']],
  [
    `${inBuildKit}unexpected status from HEAD request to http://h:5000/v2/a/b/blobs/sha256:0: 401 Unauthorized`,
    ['not-logged-in', 'vague'],
  ],
  // 401 of the token server, and one that fails.
  [
    `${inBuildKit}failed to authorize: failed to fetch anonymous token: unexpected status from GET request to http://t/token?scope=x: 401 Unauthorized`,
    ['not-logged-in', 'vague'],
  ],
  [
    `${inBuildKit}failed to authorize: failed to fetch oauth token: unexpected status from POST request to http://t/token: 503 Service Unavailable`,
    ['server-error', 'passing', 'vague'],
  ],
  [
    'push access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    ['not-logged-in', 'vague'],
  ],
  // 403 with DENIED.
  ['denied: requested access to the resource is denied', ['denied']],
  [
    `${inBuildKit}unexpected status from POST request to ${uploads}: 403 Forbidden`,
    ['denied', 'vague'],
  ],
  [`${inBuildKit}denied: permission_denied: write_package`, ['denied']],
  // BuildKit 0.32 drops messages that are the usual ones of their codes.
  [`${inBuildKit}denied`, ['denied', 'vague']],
  [`${inBuildKit}unauthorized`, ['not-logged-in', 'vague']],
  [`${inBuildKit}toomanyrequests`, ['rate-limited', 'passing', 'vague']],
  [
    `${inBuildKit}unexpected status from PUT request to ${uploads}x?digest=sha256%3A0: 413 Payload Too Large: <html>\n<head><title>413</title></head>`,
    ['too-large'],
  ],
  // ECR's token has expired.
  [
    'denied: Your authorization token has expired. Reauthenticate and try again.',
    ['login-expired'],
  ],
  // ECR's repository is missing.
  [
    "name unknown: The repository with name 'a/b' does not exist in the registry with id '1'",
    ['repository-missing'],
  ],
  [
    `${inBuildKit}unexpected status from POST request to ${uploads}: 404 Not Found`,
    ['repository-missing', 'vague'],
  ],
  [
    `${inBuildKit}unknown: The repository with name 'a/b' does not exist in the registry with id '1'`,
    ['repository-missing'],
  ],
  // ECR's tag is immutable.
  [
    "tag invalid: The image tag '1' already exists in the 'a/b' repository and cannot be overwritten because the repository is immutable.",
    ['tag-immutable'],
  ],
  [
    `${inBuildKit}${commit}unexpected status from PUT request to ${manifest}: 400 Bad Request`,
    ['unknown', 'vague'],
  ],
  [
    `${inBuildKit}unknown: The image tag '1' already exists in the 'a/b' repository and cannot be overwritten because the repository is immutable.`,
    ['tag-immutable'],
  ],
  // buildx imagetools create tells both, on two lines.
  [
    `unexpected status from PUT request to ${manifest}: 400 Bad Request\nunknown: The image tag '1' already exists in the 'a/b' repository and cannot be overwritten because the repository is immutable.`,
    ['tag-immutable'],
  ],
  ['authorization failed: no basic auth credentials', ['not-logged-in', 'vague']],
  // 429 with a JSON body and in plain text.
  ['toomanyrequests: slow down', ['rate-limited', 'passing', 'vague']],
  [
    `${inBuildKit}unexpected status from PUT request to ${manifest}: 429 Too Many Requests`,
    ['rate-limited', 'passing', 'vague'],
  ],
  [
    `${inBuildKit}unexpected status from PUT request to ${manifest}: 429 Too Many Requests: Too Many Requests (HAP429).`,
    ['rate-limited', 'passing', 'vague'],
  ],
  [
    'toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit',
    ['rate-limited', 'vague'],
  ],
  // 5xx.
  [
    'received unexpected HTTP status: 500 Internal Server Error',
    ['server-error', 'passing', 'vague'],
  ],
  [
    `${inBuildKit}unexpected status from PUT request to ${manifest}: 502 Bad Gateway: <html>`,
    ['server-error', 'passing', 'vague'],
  ],
  [`${inBuildKit}unknown`, ['unknown', 'vague']],
  // 413.
  ['unknown: <html>413 Request Entity Too Large</html>', ['too-large']],
  [
    `${inBuildKit}unexpected status from PUT request to ${uploads}x: 413 Request Entity Too Large: <html>`,
    ['too-large'],
  ],
  // Connections.
  [`Put "${uploads}x": EOF`, ['connection-lost', 'passing']],
  [
    `${inBuildKit}${commit}failed to do request: Put "${uploads}x": readfrom tcp 127.0.0.1:1->127.0.0.1:2: write tcp 127.0.0.1:1->127.0.0.1:2: use of closed network connection`,
    ['connection-lost', 'passing'],
  ],
  [
    `failed to copy: failed to do request: Put "${uploads}x": write tcp 172.17.0.2:48736->109.107.38.167:443: write: connection reset by peer`,
    ['connection-lost', 'passing'],
  ],
  [`${inBuildKit}failed to copy: io: read/write on closed pipe`, ['connection-lost', 'passing']],
  [
    `${inBuildKit}failed to do request: Post "${uploads}": EOF`,
    ['connection-lost', 'passing', 'vague'],
  ],
  [
    'Get "http://h:5000/v2/": dial tcp 127.0.0.1:5000: connect: connection refused',
    ['connection-lost', 'passing'],
  ],
  [
    `${inBuildKit}failed to do request: Head "http://h:5000/v2/": dial tcp 10.0.0.1:443: i/o timeout`,
    ['timeout', 'passing'],
  ],
  [
    `${inBuildKit}failed to do request: Head "https://h/v2/": net/http: TLS handshake timeout`,
    ['timeout', 'passing'],
  ],
  [
    'Get "https://no.invalid/v2/": dial tcp: lookup no.invalid on 127.0.0.53:53: no such host',
    ['name-unresolved'],
  ],
  [
    'failed to do request: Head "https://h/v2/": dial tcp: lookup h on 127.0.0.53:53: server misbehaving',
    ['name-unresolved', 'passing'],
  ],
  [
    `${inBuildKit}failed to do request: Head "https://h:5000/v2/": http: server gave HTTP response to HTTPS client`,
    ['plain-http'],
  ],
  [
    `${inBuildKit}failed to do request: Head "https://h:5000/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    ['tls'],
  ],
  // What cannot be a name.
  ['invalid tag "R:1+2": invalid reference format', ['invalid-reference']],
  ['invalid tag "R:1": repository name must be lowercase', ['invalid-reference']],
  // An upload that the registry has lost, for want of room or otherwise.
  [`${inBuildKit}unknown: blob upload invalid`, ['connection-lost', 'passing', 'vague']],
  // Room: goharbor/harbor#17390, a builder's disk.
  [
    'denied: adding 29.0 MiB of storage resource, which when updated to current usage of 152.4 MiB will exceed the configured upper limit of 10.0 MiB.',
    ['quota'],
  ],
  [
    'failed to prepare sha256:0 as x: mkdir /var/lib/buildkit/x: no space left on device',
    ['disk-full'],
  ],
];

describe('a message that was seen', () => {
  test.each(seen)('%s', (error, [kind, ...traits]) => {
    const failure = classify(error, error.includes('failed to push') ? {} : {doing: pushing});
    expect({
      kind: failure.kind,
      passing: failure.passing,
      vague: failure.vague,
      message: failure.message,
    }).toEqual({
      kind,
      passing: traits.includes('passing'),
      vague: traits.includes('vague'),
      message: error.split('\n', 1)[0],
    });
  });
});

test('a bare `unknown` is told by the notices of retries before it', () => {
  const log = [
    'pushing layers',
    `error: unexpected status from PUT request to ${manifest}: 500 Internal Server Error`,
    'retrying in 4s',
  ].join('\n');
  expect(classify(`${inBuildKit}unknown`, {log})).toMatchObject({
    kind: 'server-error',
    passing: true,
    because: 'h:5000 answered 500',
  });
});

test.each([
  [
    'a step',
    'process "/bin/sh -c echo 503 Service Unavailable" did not complete successfully: exit code: 1',
  ],
  ['a Dockerfile', 'dockerfile parse error on line 2: unexpected EOF'],
  ['a local file', 'failed to read dockerfile: open Dockerfile: permission denied'],
  [
    'a builder that died',
    'failed to receive status: rpc error: code = Unavailable desc = error reading from server: EOF',
  ],
  ['an image that is not there', 'failed to resolve source metadata for a:1: a:1: not found'],
  ['a context', 'failed to load cache key: invalid response status 404'],
])('the failure of %s is none of a registry', (_, error) => {
  expect(classifyRegistryFailure({error})).toBeUndefined();
});

test('a download that an ADD asks for may pass too', () => {
  const error =
    'failed to load cache key: Get "https://h/x.tar": dial tcp 10.0.0.1:443: i/o timeout';
  expect(classify(error)).toMatchObject({kind: 'timeout', passing: true, vague: false});
});

test('names decide nothing, whatever they look like', () => {
  const word = fc.constantFrom(
    'denied',
    '503',
    'eof',
    'unauthorized',
    'toomanyrequests',
    '429',
    'tls',
  );
  const names = fc.tuple(word, word, word).map((words) => words.join('/'));
  fc.assert(
    fc.property(fc.constantFrom(...seen), names, word, ([error, [kind]], path, tag) => {
      const renamed = error
        .replaceAll('h:5000/v2/a/b', `h:5000/v2/${path}`)
        .replaceAll('h:5000/a/b:1', `h:5000/${path}:${tag}`)
        .replaceAll('manifests/1', `manifests/${tag}`);
      const doing = {reference: `h:5000/${path}:${tag}`, action: 'push'} as const;
      expect(classify(renamed, {doing}).kind).toBe(kind);
    }),
  );
});

describe('the remedy is that of', () => {
  const remedyOf = (reference: string, error: string): string =>
    classify(`failed to push ${reference}: ${error}`).remedy;
  const ecr = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
  const missing =
    "unknown: The repository with name 'a/b' does not exist in the registry with id '1'";
  test.each([
    [
      `${ecr}/a/b:1`,
      'no basic auth credentials',
      `log in with an account that may push: \`aws ecr get-login-password --region eu-west-1 | docker login --username AWS --password-stdin ${ecr}\``,
    ],
    [
      `${ecr}/a/b:1`,
      missing,
      'create it first: `aws ecr create-repository --region eu-west-1 --repository-name a/b`',
    ],
    [
      'ghcr.io/a/b:1',
      'denied: permission_denied: write_package',
      'the token may not write ghcr.io/a/b:1: it needs write:packages (`permissions: packages: write`), and the package must give this repository access (Package settings, Manage Actions access)',
    ],
    [
      'a/b:1',
      'denied: requested access to the resource is denied',
      'the account may not push to a/b:1: the namespace must be its own or its organization\'s, and the access token "Read & Write"',
    ],
    ['h:5000/a/b:1', missing, 'create a/b in the registry first'],
  ])('%s: %s', (reference, error, remedy) => {
    expect(remedyOf(reference, error)).toBe(remedy);
  });

  test('a pull from Docker Hub', () => {
    const error =
      'failed to resolve source metadata for docker.io/library/python:3.12: toomanyrequests: You have reached your pull rate limit.';
    expect(classify(error)).toMatchObject({
      passing: false,
      subject: {host: 'docker.io', repository: 'docker.io/library/python', action: 'pull'},
      remedy:
        'Docker Hub limits pulls: log in for a higher limit (`docker login`), wait up to 6 hours, or set `mirrors` to a registry that has the image',
    });
  });
});
