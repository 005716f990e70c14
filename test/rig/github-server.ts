import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

import {answerProblems, leastOf, requestProblems, routeOf} from './github-description.ts';

/** What GitHub keeps of a release. */
export interface StoredRelease {
  readonly id: number;
  readonly tag_name: string;
  target_commitish: string;
  name: string;
  body: string;
  draft: boolean;
  prerelease: boolean;
  immutable: boolean;
  readonly assets: StoredAsset[];
}

export interface StoredAsset {
  readonly id: number;
  readonly name: string;
  /** GitHub's prose calls the second `starter`, its description knows `open`. */
  readonly state: 'uploaded' | 'open';
  readonly bytes: Buffer;
}

/** An answer in place of the usual one. */
export interface Fault {
  /** `POST /repos/acme/app/releases`. */
  readonly request: RegExp;
  /** It begins after the first request like this one; at once without it. */
  since?: RegExp | undefined;
  /** How often; until `heal` when absent. */
  times?: number;
  /** `lost`: the connection ends; `lost-after`: it is done, and then the connection ends. */
  readonly kind: 'lost' | 'lost-after' | 'answer' | 'starter';
  readonly status?: number;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One repository on a GitHub of its own, held to GitHub's description of its API in both directions. */
export interface GitHubServer {
  readonly url: string;
  readonly repository: string;
  readonly token: string;
  readonly releases: readonly StoredRelease[];
  /** Comments of issues and pull requests, by their number. */
  readonly comments: ReadonlyMap<number, readonly StoredComment[]>;
  /** Id of the release that is shown as the latest; null for none. */
  readonly latest: number | null;
  /** `METHOD /path` of every request. */
  readonly requests: readonly string[];
  /** What GitHub's description has against our requests, or this server's answers. */
  readonly violations: readonly string[];
  fail(fault: Fault): void;
  /** The next requests like this one are answered when as many of them have come. */
  meet(request: RegExp, count: number): void;
  /** Ends all faults. */
  heal(): void;
  /** The token may not write any more, or may again. */
  readOnly(isReadOnly: boolean): void;
  addComment(number: number, body: string, type: StoredComment['type']): void;
  add(release: Partial<StoredRelease> & {readonly tag_name: string}): StoredRelease;
  close(): Promise<void>;
}

export interface StoredComment {
  readonly id: number;
  body: string;
  /** Who wrote it: an app, as a workflow is, or a person. */
  readonly type: 'Bot' | 'User';
}

/** Characters that GitHub takes of a comment. */
const longestComment = 65_536;

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  /** Where it is instead. */
  readonly location?: string;
}

export async function startGitHub(
  repository = 'acme/app',
  token = 'a-token-of-github',
): Promise<GitHubServer> {
  const releases: StoredRelease[] = [];
  const comments = new Map<number, StoredComment[]>();
  const requests: string[] = [];
  const violations: string[] = [];
  let faults: Fault[] = [];
  let meeting: {
    readonly request: RegExp;
    missing: number;
    readonly waiting: (() => void)[];
  } | null = null;
  let latest: number | null = null;
  let isReadOnly = false;
  let nextId = 1;
  let url = '';

  const newId = (): number => nextId++;

  const assetOf = (id: number): StoredAsset | undefined =>
    releases.flatMap(({assets}) => assets).find((asset) => asset.id === id);

  function releaseBody(release: StoredRelease): object {
    const page = `${url}/${repository}/releases`;
    const api = `${url}/repos/${repository}/releases/${release.id}`;
    const {assets, ...plain} = release;
    return {
      ...leastOf('release'),
      ...plain,
      url: api,
      html_url: `${page}/tag/${release.tag_name}`,
      assets_url: `${api}/assets`,
      upload_url: `${api}/assets{?name,label}`,
      author: leastOf('simple-user'),
      assets: assets.map(assetBody),
    };
  }

  function assetBody({id, name, state, bytes}: StoredAsset): object {
    return {
      ...leastOf('release-asset'),
      ...{id, name, state},
      size: bytes.byteLength,
      digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
      url: `${url}/repos/${repository}/releases/assets/${id}`,
    };
  }

  function commentBody({id, body, type}: StoredComment): object {
    return {...leastOf('issue-comment'), id, body, user: {...leastOf('simple-user'), type}};
  }

  function addComment(number: number, body: string, type: StoredComment['type']): StoredComment {
    const comment = {id: newId(), body, type};
    comments.set(number, [...(comments.get(number) ?? []), comment]);
    return comment;
  }

  const notFound: Answer = {status: 404, body: {message: 'Not Found', documentation_url: 'x'}};
  const invalid = (resource: string, code: string, field: string): Answer => ({
    status: 422,
    body: {
      message: 'Validation Failed',
      errors: [{resource, code, field}],
      documentation_url: 'https://docs.github.com/rest',
    },
  });

  type Handler = (
    values: readonly string[],
    body: Record<string, unknown>,
    search: URLSearchParams,
  ) => Answer;
  const base = '/repos/{owner}/{repo}';
  const handlers: Readonly<Record<string, Handler>> = {
    [`GET ${base}`]: () => ({
      status: 200,
      body: {
        ...leastOf('full-repository'),
        full_name: repository,
        owner: leastOf('simple-user'),
        permissions: {admin: false, pull: true, push: !isReadOnly},
      },
    }),
    [`GET ${base}/releases`]: (_values, _body, search) => {
      const size = Number(search.get('per_page') ?? 30);
      const page = Number(search.get('page') ?? 1);
      const shown = releases.toReversed().slice((page - 1) * size, page * size);
      return {status: 200, body: shown.map(releaseBody)};
    },
    [`POST ${base}/releases`]: (_values, body) => {
      const tag = String(body['tag_name']);
      if (releases.some((one) => !one.draft && one.tag_name === tag)) {
        return invalid('Release', 'already_exists', 'tag_name');
      }
      const release: StoredRelease = {
        id: newId(),
        tag_name: tag,
        target_commitish: (body['target_commitish'] as string | undefined) ?? 'main',
        name: (body['name'] as string | undefined) ?? '',
        body: (body['body'] as string | undefined) ?? '',
        draft: body['draft'] === true,
        prerelease: body['prerelease'] === true,
        immutable: false,
        assets: [],
      };
      releases.push(release);
      return {status: 201, body: releaseBody(release)};
    },
    [`POST ${base}/releases/generate-notes`]: (_values, body) => ({
      status: 200,
      body: {
        name: body['tag_name'],
        body: `## What's Changed\n* A change by @someone\n\n**Full Changelog**: ${url}/${repository}/compare/${(body['previous_tag_name'] as string | undefined) ?? ''}...${String(body['tag_name'])}`,
      },
    }),
    [`GET ${base}/releases/tags/{tag}`]: ([, , tag]) => {
      const release = releases.find((one) => !one.draft && one.tag_name === tag);
      return release === undefined ? notFound : {status: 200, body: releaseBody(release)};
    },
    [`GET ${base}/releases/{release_id}`]: ([, , id]) => {
      const release = releases.find((one) => one.id === Number(id));
      return release === undefined ? notFound : {status: 200, body: releaseBody(release)};
    },
    [`PATCH ${base}/releases/{release_id}`]: ([, , id], body) => {
      const release = releases.find((one) => one.id === Number(id));
      if (release === undefined) return notFound;
      const isTaken = releases.some((one) => !one.draft && one.tag_name === release.tag_name);
      if (release.draft && isTaken && body['draft'] === false) {
        return invalid('Release', 'already_exists', 'tag_name');
      }
      const wasDraft = release.draft;
      if (typeof body['body'] === 'string') release.body = body['body'];
      if (typeof body['draft'] === 'boolean') release.draft = body['draft'];
      if (body['make_latest'] === 'true' || (wasDraft && body['make_latest'] === undefined)) {
        latest = release.id;
      }
      return {status: 200, body: releaseBody(release)};
    },
    [`DELETE ${base}/releases/{release_id}`]: ([, , id]) => {
      const at = releases.findIndex((one) => one.id === Number(id));
      if (at < 0) return notFound;
      releases.splice(at, 1);
      return {status: 204};
    },
    [`GET ${base}/releases/assets/{asset_id}`]: ([, , id]) =>
      assetOf(Number(id)) === undefined
        ? notFound
        : {status: 302, location: `${url}/files/${id ?? ''}`},
    [`DELETE ${base}/releases/assets/{asset_id}`]: ([, , id]) => {
      for (const {assets} of releases) {
        const at = assets.findIndex((asset) => asset.id === Number(id));
        if (at >= 0) assets.splice(at, 1);
      }
      return {status: 204};
    },
    [`GET ${base}/issues/{issue_number}/comments`]: ([, , number], _body, search) => {
      const size = Number(search.get('per_page') ?? 30);
      const page = Number(search.get('page') ?? 1);
      const all = comments.get(Number(number)) ?? [];
      return {status: 200, body: all.slice((page - 1) * size, page * size).map(commentBody)};
    },
    [`POST ${base}/issues/{issue_number}/comments`]: ([, , number], body) => {
      const text = String(body['body']);
      if (text.length > longestComment) return invalid('IssueComment', 'unprocessable', 'body');
      return {status: 201, body: commentBody(addComment(Number(number), text, 'Bot'))};
    },
    [`PATCH ${base}/issues/comments/{comment_id}`]: ([, , id], body) => {
      const comment = [...comments.values()].flat().find((one) => one.id === Number(id));
      if (comment === undefined) return notFound;
      const text = String(body['body']);
      if (text.length > longestComment) return invalid('IssueComment', 'unprocessable', 'body');
      comment.body = text;
      return {status: 200, body: commentBody(comment)};
    },
  };

  function upload(id: number, name: string, bytes: Buffer, state: StoredAsset['state']): Answer {
    const release = releases.find((one) => one.id === id);
    if (release === undefined) return notFound;
    if (release.assets.some((asset) => asset.name === name)) {
      return invalid('ReleaseAsset', 'already_exists', 'name');
    }
    const asset = {id: newId(), name, state, bytes};
    release.assets.push(asset);
    return {status: 201, body: assetBody(asset)};
  }

  async function arrive(at: NonNullable<typeof meeting>): Promise<void> {
    at.missing -= 1;
    if (at.missing > 0) await new Promise<void>((resolve) => at.waiting.push(resolve));
    meeting = null;
    for (const go of at.waiting) go();
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? '';
    const {pathname, searchParams} = new URL(request.url ?? '', url);
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const bytes = Buffer.concat(pieces);
    const line = `${method} ${pathname}`;
    requests.push(line);
    if (meeting?.request.test(line) === true) await arrive(meeting);
    const send = (
      status: number,
      body?: unknown,
      headers: Readonly<Record<string, string>> = {},
    ): void => {
      response.writeHead(status, {
        ...(body === undefined ? {} : {'content-type': 'application/json; charset=utf-8'}),
        ...headers,
      });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    };
    const fault = faults.find(
      ({request: pattern, since, times = Infinity}) =>
        since === undefined && times > 0 && pattern.test(line),
    );
    for (const one of faults) if (one.since?.test(line) === true) one.since = undefined;
    if (fault?.times !== undefined) fault.times -= 1;
    if (fault?.kind === 'lost') {
      request.socket.destroy();
      return;
    }
    if (fault?.kind === 'answer') {
      send(fault.status ?? 500, {message: fault.message ?? 'Server Error'}, fault.headers);
      return;
    }
    const file = /^\/files\/(\d+)$/u.exec(pathname)?.[1];
    if (file !== undefined) {
      response.writeHead(200, {'content-type': 'application/octet-stream'});
      response.end(assetOf(Number(file))?.bytes);
      return;
    }
    const route = routeOf(method, pathname);
    if (request.headers.authorization !== `token ${token}`) {
      send(401, {message: 'Bad credentials', documentation_url: 'x', status: '401'});
      return;
    }
    if (route === undefined || !pathname.startsWith(`/repos/${repository}`)) {
      if (route === undefined) violations.push(`${line} is not described`);
      send(404, notFound.body);
      return;
    }
    if (isReadOnly && method !== 'GET') {
      send(403, {message: 'Resource not accessible by integration', documentation_url: 'x'});
      return;
    }
    const done = ((): Answer => {
      if (route.template.endsWith('/{release_id}/assets')) {
        const state = fault?.kind === 'starter' ? 'open' : 'uploaded';
        return upload(Number(route.values[2]), searchParams.get('name') ?? '', bytes, state);
      }
      const body =
        bytes.length === 0 ? {} : (JSON.parse(bytes.toString()) as Record<string, unknown>);
      const problems = bytes.length === 0 ? [] : requestProblems(method, route, body);
      violations.push(...problems.map((problem) => `request ${line}: ${problem}`));
      if (problems.length > 0) return invalid('Release', 'invalid', problems.join('; '));
      return (
        handlers[`${method} ${route.template}`]?.(route.values, body, searchParams) ?? notFound
      );
    })();
    // GitHub says both, and its description neither.
    const isUnsaid =
      route.template.endsWith('/releases/{release_id}') &&
      (done === notFound || done.status === 422);
    const unlike = isUnsaid ? [] : answerProblems(method, route, done.status, done.body);
    violations.push(...unlike.map((problem) => `answer ${done.status} to ${line}: ${problem}`));
    // A whole page: there may be another one.
    const size = Number(searchParams.get('per_page') ?? 30);
    const next = new URL(request.url ?? '', url);
    next.searchParams.set('page', String(Number(searchParams.get('page') ?? 1) + 1));
    const isFull = Array.isArray(done.body) && done.body.length === size;
    if (fault?.kind === 'lost-after') request.socket.destroy();
    else if (fault?.kind === 'starter') send(502, {message: 'Bad Gateway'});
    else {
      send(done.status, done.body, {
        ...(isFull ? {link: `<${next.href}>; rel="next"`} : {}),
        ...(done.location === undefined ? {} : {location: done.location}),
      });
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      violations.push(`this server: ${String(error)}`);
      response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    repository,
    token,
    releases,
    comments,
    requests,
    violations,
    get latest() {
      return latest;
    },
    meet(request, count) {
      meeting = {request, missing: count, waiting: []};
    },
    fail: (fault) => faults.push({...fault}),
    heal() {
      faults = [];
    },
    readOnly(value) {
      isReadOnly = value;
    },
    addComment,
    add(release) {
      const whole: StoredRelease = {
        ...{id: newId(), target_commitish: 'main', name: '', body: '', draft: false},
        ...{prerelease: false, immutable: false, assets: []},
        ...release,
      };
      releases.push(whole);
      return whole;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
