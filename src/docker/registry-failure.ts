import type {RegistryFailureKind} from '../events/registry-failure-kind.ts';
import {registryDiskFull, registryRemedy, type RegistryClient} from './registry-remedies.ts';
import {registrySubject, withoutNames, type RegistrySubject} from './registry-subject.ts';

/** Why a registry did not do what it was asked. */
export interface RegistryFailure {
  readonly kind: RegistryFailureKind;
  /** The first line of the cause, as it was worded. */
  readonly message: string;
  /** The cause in a few words, for a line of progress: `127.0.0.1:5000 answered 503 Service Unavailable`. */
  readonly because: string;
  /** It may be over by itself. */
  readonly passing: boolean;
  /** What to do about it. */
  readonly remedy: string;
  /** What the registry asks to wait at least, in ms; known only where the registry was asked itself. */
  readonly retryAfterMs?: number;
  /** The words have lost what the registry said: asking it (`RegistryProbe`) can tell more. */
  readonly vague: boolean;
  readonly subject: RegistrySubject;
}

export interface RegistryEvidence {
  /** The whole error, as BuildKit, buildx, docker or the registry worded it. */
  readonly error: string;
  /** What was printed before: BuildKit's notices of its own retries. */
  readonly log?: string;
  /** What was about to be done, for errors that name nothing. */
  readonly doing?: {readonly reference: string; readonly action: 'push' | 'pull'};
  /** Who asked the registry; the builder without it. */
  readonly by?: RegistryClient;
}

interface Rule {
  readonly kind: RegistryFailureKind;
  readonly pattern: RegExp;
  readonly passing?: true;
}

/**
 * Words that tell more than a status, the special before the general. Three generations of messages
 * of the same answers are covered: docker's own client, BuildKit to 0.23 (containerd 1.7) which drops
 * bodies, and BuildKit since 0.24, which prints a code that containerd does not know as `unknown: …`.
 */
const words: readonly Rule[] = [
  {
    kind: 'invalid-reference',
    pattern:
      /invalid reference format|invalid tag "|repository name must be (?:lowercase|canonical)/u,
  },
  {
    kind: 'disk-full',
    pattern: /no space left on device|disk quota exceeded|\bENOSPC\b/iu,
  },
  {
    kind: 'tag-immutable',
    pattern:
      /tag invalid|cannot be overwritten|(?:is|are) immutable|\bimmutable tags?\b|\btag \S+ already exists|TAG_INVALID|ImageTagAlreadyExists/iu,
  },
  {
    // goharbor/harbor#17390 and #8802, quay, ECR's LimitExceededException.
    kind: 'quota',
    pattern:
      /exceed the configured upper limit|quota (?:available|exceeded|has been exceeded)|over (?:the )?quota|storage limit|LimitExceeded|507 Insufficient Storage/iu,
  },
  {
    kind: 'repository-missing',
    pattern:
      /repository with name \S+ does not exist|name unknown|NAME_UNKNOWN|repository name not known|^REF: not found$/mu,
  },
  {kind: 'login-expired', pattern: /token (?:has|is) expired|ExpiredToken|reauthenticate/iu},
  {
    kind: 'rate-limited',
    pattern: /toomanyrequests|\b429\b|HAP429|pull rate limit|Rate exceeded|ThrottlingException/iu,
    passing: true,
  },
  {kind: 'plain-http', pattern: /server gave HTTP response to HTTPS client|does not speak TLS/u},
  {kind: 'timeout', pattern: /TLS handshake timeout/u, passing: true},
  {
    kind: 'tls',
    pattern:
      /x509|failed to verify certificate|\btls: |self-signed certificate|unable to verify the first certificate/u,
  },
  {
    kind: 'name-unresolved',
    pattern: /Temporary failure in name resolution|server misbehaving|EAI_AGAIN/u,
    passing: true,
  },
  {kind: 'name-unresolved', pattern: /no such host|ENOTFOUND/u},
  {
    kind: 'not-logged-in',
    pattern:
      /no basic auth credentials|\bunauthorized(?::|$)|authentication required|authorization failed|insufficient_scope|may require authorization/imu,
  },
  {kind: 'denied', pattern: /\bdenied(?::|$)|\bis denied|permission_denied|access denied/imu},
];

/** How the network ended it. Read after any status, since an answer came after all. */
const network: readonly Rule[] = [
  {
    kind: 'timeout',
    pattern:
      /i\/o timeout|connection timed out|context deadline exceeded|Client\.Timeout|ETIMEDOUT|operation was aborted due to timeout|no response/u,
    passing: true,
  },
  {
    kind: 'connection-lost',
    pattern:
      /\bEOF\b|connection reset|broken pipe|closed network connection|closed pipe|connection refused|network is unreachable|no route to host|stream error|GOAWAY|server closed idle connection|ECONNRE(?:SET|FUSED)|EPIPE|other side closed|socket hang up|blob upload (?:unknown|invalid)|BLOB_UPLOAD_(?:UNKNOWN|INVALID)/u,
    passing: true,
  },
];

const status =
  /(?:\bstatus(?: code)?:?(?: from \w+ request to URL:?)?|URL:|\bHTTP) (\d{3})\b|\b(\d{3}) (?:Unauthorized|Forbidden|Not Found|Bad Request|Request Timeout|Request Entity Too Large|Payload Too Large|Content Too Large|Internal Server Error|Bad Gateway|Service Unavailable|Gateway Time-?out)/iu;

/**
 * What has gone wrong between us and a registry, or another place on the network; undefined when the
 * error is about something else (a RUN step that fails, whatever it prints, a Dockerfile, a builder
 * that has died).
 */
export function classifyRegistryFailure(evidence: RegistryEvidence): RegistryFailure | undefined {
  const {error, log = '', doing, by = 'builder'} = evidence;
  if (isOfStep.test(error) || isOfBuilder.test(error)) return undefined;
  const subject = registrySubject(error, doing);
  const text = withoutNames(error, subject);
  if (isMissingImage.test(text)) return undefined;
  const isRemote = doing !== undefined || isOfNetwork.test(text);
  const found = judge(text) ?? (isRemote ? judgeLog(log, subject) : undefined);
  if (found === undefined) return undefined;
  const {kind, passing, code, vague} = found;
  if (!isRemote && kind !== 'disk-full' && kind !== 'invalid-reference') return undefined;
  if (text.includes(ofContext) && !passing && kind !== 'name-unresolved') return undefined;
  const about = {...subject, host: unresolvedHost(kind, error) ?? subject.host};
  const isRegistryDisk = kind === 'disk-full' && isAnswer.test(text);
  return {
    kind,
    message: error.split('\n', 1)[0] ?? '',
    because: inFewWords(kind, code, about),
    passing,
    remedy: isRegistryDisk ? registryDiskFull : registryRemedy(kind, about, by),
    vague: vague && !text.includes(ofContext),
    subject: about,
  };
}

/** The command of a step may hold any words. */
const isOfStep = /^process "|did not complete successfully/u;
/** The builder itself went away: nothing is known of any registry. */
const isOfBuilder = /code = Unavailable|closing transport|failed to receive status/u;
/** An image that does not exist, for this platform or at all. */
const isMissingImage = /no match for platform|failed to resolve source metadata: .*: not found/u;
const isOfNetwork = /failed to push|failed to resolve source metadata|URL|failed to copy|dial tcp/u;
/** A remote context or an `ADD` of a URL: no registry, and its statuses mean other things. */
const ofContext = 'failed to load cache key';
/** What a registry answered, as against what a builder met on its own disk. */
const isAnswer = /request to URL|HTTP status|failed to push: \w+: /u;

/** It need not be the registry's: a proxy has a name too. */
function unresolvedHost(kind: RegistryFailureKind, error: string): string | undefined {
  return kind === 'name-unresolved' ? /\blookup ([^\s:]+)/u.exec(error)?.[1] : undefined;
}

interface Judgement {
  readonly kind: RegistryFailureKind;
  readonly passing: boolean;
  readonly code: number | undefined;
  readonly vague: boolean;
}

function judge(text: string): Judgement | undefined {
  const [, first, second] = status.exec(text) ?? [];
  const code = first === undefined && second === undefined ? undefined : Number(first ?? second);
  const said = words.find(({pattern}) => pattern.test(text));
  // A token server that fails is no login that fails, whatever word stands before its status.
  const isServer = code !== undefined && code >= 500 && code !== 507;
  if (said !== undefined && !(isServer && said.kind === 'not-logged-in')) {
    return {
      kind: said.kind,
      passing: said.passing === true && !isLongLimit.test(text),
      code,
      vague: isVague(said.kind, text),
    };
  }
  const byStatus = code === undefined ? undefined : ofStatus(code);
  if (byStatus !== undefined) return {...byStatus, code};
  const lost = network.find(({pattern}) => pattern.test(text));
  return lost && {kind: lost.kind, passing: true, code, vague: brokenUpload.test(text)};
}

/**
 * How long to wait is in no message; a login that is refused now may have been taken before; and
 * BuildKit leaves out a message that is the usual one, `denied` stands for all of them.
 */
function isVague(kind: RegistryFailureKind, text: string): boolean {
  if (kind === 'denied') return /(?:^|: )denied$/mu.test(text);
  return kind === 'rate-limited' || kind === 'not-logged-in';
}

/** Docker Hub's limit of pulls is one of six hours: it does not pass within minutes. */
const isLongLimit = /pull rate limit/iu;
/**
 * ECR breaks the connection of an upload to a repository that does not exist, or where the right to
 * upload is missing (docker/build-push-action#599, #1017); an upload that was begun may be lost since
 * the registry has no room for it.
 */
const brokenUpload = /Post URL: EOF|blob upload|BLOB_UPLOAD/u;

/**
 * A status without words. Bodies of 400, 401, 403 and 404 may have been dropped on the way, and what
 * stands behind a 5xx, or how long it will last, is told to who asks.
 */
function ofStatus(code: number): Omit<Judgement, 'code'> | undefined {
  if (code === 401) return {kind: 'not-logged-in', passing: false, vague: true};
  if (code === 403) return {kind: 'denied', passing: false, vague: true};
  if (code === 404) return {kind: 'repository-missing', passing: false, vague: true};
  if (code === 408) return {kind: 'timeout', passing: true, vague: false};
  if (code === 413) return {kind: 'too-large', passing: false, vague: false};
  if (code === 429) return {kind: 'rate-limited', passing: true, vague: true};
  if (code >= 500) return {kind: 'server-error', passing: true, vague: true};
  return code >= 400 ? {kind: 'unknown', passing: false, vague: true} : undefined;
}

/** A 500 reaches us as `unknown` and nothing else; the notices of BuildKit's own retries have it. */
function judgeLog(log: string, subject: RegistrySubject): Judgement {
  const notices = withoutNames(log, subject)
    .split('\n')
    .filter((line) => /^error: |retrying in/u.test(line));
  const told = notices.map(judge).findLast((one) => one !== undefined);
  return told ?? {kind: 'unknown', passing: false, code: undefined, vague: true};
}

function inFewWords(
  kind: RegistryFailureKind,
  code: number | undefined,
  {host}: RegistrySubject,
): string {
  const registry = host ?? 'the registry';
  if (kind === 'rate-limited') return `${registry} limits requests`;
  if (kind === 'not-logged-in') return `${registry} did not take the login`;
  if (code !== undefined) return `${registry} answered ${code}`;
  if (kind === 'connection-lost') return `the connection to ${registry} was lost`;
  if (kind === 'timeout') return `${registry} did not answer in time`;
  if (kind === 'name-unresolved') return `${registry} could not be resolved`;
  return `${registry}: ${kind.replaceAll('-', ' ')}`;
}
