import {once} from 'node:events';
import {createServer, type IncomingMessage, type RequestListener, type Server} from 'node:http';
import {createServer as createNetServer, type AddressInfo, type Socket} from 'node:net';
import {text} from 'node:stream/consumers';
import {afterEach, expect, test} from 'vitest';
import {sendRequest} from '../../../src/adapters/http-request.ts';
import {causeOf} from '../../../src/adapters/registry-sayings.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<{origin: string; server: Server}> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server};
}

const told = ({method, url, headers}: IncomingMessage): string =>
  [method, url, headers.authorization ?? 'nobody', headers['content-type'] ?? 'no type'].join(' ');

const answers: RequestListener = (request, response) => {
  void text(request).then((body) => response.end(`${told(request)} ${body}`));
};

test('a body is sent as a form, and an answer has its head and its body', async () => {
  const {origin} = await serve(answers);
  const answer = await sendRequest(`${origin}/token`, {
    ...{method: 'POST', headers: {authorization: 'me'}},
    body: new URLSearchParams({scope: 'a b'}),
  });
  expect(answer).toMatchObject({status: 200, statusText: 'OK', ok: true});
  expect(answer.headers.get('nothing')).toBe(null);
  expect(await text(answer.body)).toBe(
    'POST /token me application/x-www-form-urlencoded;charset=UTF-8 scope=a+b',
  );
});

test.each([
  [301, 'POST', 'GET /there me no type '],
  [302, 'POST', 'GET /there me no type '],
  [303, 'DELETE', 'GET /there me no type '],
  [307, 'POST', 'POST /there me application/x-www-form-urlencoded;charset=UTF-8 a=1'],
  [308, 'GET', 'GET /there me no type '],
])('%i after %s goes on as the fetch standard says', async (status, method, expected) => {
  const {origin} = await serve((request, response) => {
    if (request.url === '/there') answers(request, response);
    else response.writeHead(status, {location: 'there'}).end('moved');
  });
  const answer = await sendRequest(`${origin}/here`, {
    ...{method, headers: {authorization: 'me'}},
    ...(method === 'POST' && {body: new URLSearchParams({a: '1'})}),
  });
  expect(await text(answer.body)).toBe(expected);
});

test('another port is another origin, which gets no login, nor does what that redirects to', async () => {
  const back = {url: ''};
  const other = await serve((_, response) => response.writeHead(307, {location: back.url}).end());
  const {origin} = await serve((request, response) => {
    if (request.url === '/back') answers(request, response);
    else response.writeHead(307, {location: other.origin}).end();
  });
  back.url = `${origin}/back`;
  const answer = await sendRequest(origin, {headers: {authorization: 'me'}});
  expect(await text(answer.body)).toBe('GET /back nobody no type ');
});

test('redirects without end have one', async () => {
  let asked = 0;
  const {origin} = await serve((_, response) => {
    asked += 1;
    response.writeHead(302, {location: '/'}).end();
  });
  await expect(sendRequest(origin, {})).rejects.toThrow(
    /^127\.0\.0\.1:\d+ redirects without end$/u,
  );
  expect(asked).toBe(21);
});

test('answers that are discarded, or have no body, leave their connection to the next request', async () => {
  let connections = 0;
  const {origin, server} = await serve((_, response) =>
    response.writeHead(200, {'content-length': 5}).end('small'),
  );
  server.on('connection', () => (connections += 1));
  for (const method of ['GET', 'HEAD', 'GET']) {
    (await sendRequest(origin, {method})).discard();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const last = await sendRequest(origin, {method: 'HEAD'});
  expect(await text(last.body)).toBe('');
  expect(connections).toBe(1);
});

test('a connection that was closed while idle is no failure of the next request', async () => {
  const sockets: Socket[] = [];
  const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
  const server = createNetServer((socket) => {
    sockets.push(socket);
    let asked = 0;
    // The first connection takes a second request, and ends without an answer.
    socket.on('data', () => {
      asked += 1;
      if (sockets.length === 1 && asked === 2) socket.resetAndDestroy();
      else socket.write(answer);
    });
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    expect(await text((await sendRequest(origin, {})).body)).toBe('ok');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await text((await sendRequest(origin, {})).body)).toBe('ok');
    expect(sockets).toHaveLength(2);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

test('an abort rejects with its reason: before, while waiting, and within the body', async () => {
  const {origin} = await serve((request, response) => {
    if (request.url === '/begun') response.write('begin');
  });
  const reason = {reason: 'interrupted'};
  const before = sendRequest(origin, {signal: AbortSignal.abort(reason)});
  await expect(before).rejects.toBe(reason);

  const stop = new AbortController();
  const waiting = sendRequest(origin, {signal: stop.signal});
  setTimeout(() => {
    stop.abort(reason);
  }, 20);
  await expect(waiting).rejects.toBe(reason);

  const later = new AbortController();
  const {body} = await sendRequest(`${origin}/begun`, {signal: later.signal});
  const pieces = body[Symbol.asyncIterator]();
  expect(Buffer.from((await pieces.next()).value as Uint8Array).toString()).toBe('begin');
  later.abort(reason);
  await expect(pieces.next()).rejects.toBe(reason);
});

test('a name of several addresses, none of which answers, is told with the cause', async () => {
  const {origin, server} = await serve(answers);
  server.close();
  await once(server, 'close');
  const failed = sendRequest(origin.replace('127.0.0.1', 'localhost'), {});
  expect(causeOf(await failed.catch((error: unknown) => error))).toMatch(/^connect ECONNREFUSED /u);
});
