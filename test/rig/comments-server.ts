import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

import type {components} from '@octokit/openapi-types';

type Comment = components['schemas']['issue-comment'];

/** The part of GitHub that comments on pull requests are written to, by its OpenAPI description. */
export interface CommentsServer {
  /** For GITHUB_API_URL. */
  readonly url: string;
  /** Bodies of all comments, the oldest first. */
  readonly bodies: () => readonly string[];
  /** `GET /repos/…`, in the order in which they came. */
  readonly requests: readonly string[];
  add(body: string, type: 'Bot' | 'User'): void;
  close(): Promise<void>;
}

/** What GitHub takes, and what it says of more. */
const longestBody = 65_536;

/** @param mayWrite false: the token of a workflow of a fork */
export async function startCommentsServer(mayWrite = true): Promise<CommentsServer> {
  const comments: Comment[] = [];
  const requests: string[] = [];
  let url = '';
  const add = (body: string, type: 'Bot' | 'User'): Comment => {
    const id = comments.length + 1;
    const comment = {...{id, body}, user: {login: type, type}} as Comment;
    comments.push(comment);
    return comment;
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const {method = '', url: path = ''} = request;
    requests.push(`${method} ${path}`);
    const {pathname, searchParams} = new URL(path, url);
    const send = (status: number, value: unknown, headers = {}): void => {
      response.writeHead(status, {'content-type': 'application/json', ...headers});
      response.end(JSON.stringify(value));
    };
    if (request.headers.authorization !== 'token ghs_secret') {
      send(401, {message: 'Bad credentials'});
      return;
    }
    const list = '/repos/acme/app/issues/7/comments';
    if (method === 'GET' && pathname === list) {
      const page = Number(searchParams.get('page') ?? 1);
      const count = Number(searchParams.get('per_page') ?? 30);
      const next = `<${url}${list}?per_page=${count}&page=${page + 1}>; rel="next"`;
      const isLast = page * count >= comments.length;
      const link = isLast ? {} : {link: next};
      send(200, comments.slice((page - 1) * count, page * count), link);
      return;
    }
    const id = /^\/repos\/acme\/app\/issues\/comments\/(\d+)$/.exec(pathname)?.[1];
    const known = comments.find((one) => String(one.id) === id);
    const isWrite = (method === 'POST' && pathname === list) || (method === 'PATCH' && known);
    if (!isWrite) {
      send(404, {message: 'Not Found'});
      return;
    }
    if (!mayWrite) {
      send(403, {message: 'Resource not accessible by integration'});
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const sent = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
    const {body} = sent;
    if (typeof body !== 'string' || Object.keys(sent).length !== 1 || body.length > longestBody) {
      send(422, {message: 'Validation Failed'});
    } else if (known === undefined) {
      send(201, add(body, 'Bot'));
    } else {
      known.body = body;
      send(200, known);
    }
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    bodies: () => comments.map(({body = ''}) => body),
    add(body, type) {
      add(body, type);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
