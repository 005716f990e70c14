import {once} from 'node:events';
import {createServer, request as ask} from 'node:http';
import {connect, type AddressInfo, type Socket} from 'node:net';

/** A proxy that wants a login and writes down what it is asked for. */
export interface TinyProxy {
  /** With its login. */
  readonly url: string;
  /** `CONNECT HOST:PORT`, or the method and the URL of plain HTTP. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

export const proxyPassword = 'pr0xy-s3cret';

/**
 * Speaks for its clients to whatever they ask for: by `CONNECT` (RFC 9110 section 9.3.6), and by requests
 * with a whole URL. Names ending in `.invalid` are this machine to it: nobody else can reach them.
 */
export async function startTinyProxy(): Promise<TinyProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const wanted = `Basic ${Buffer.from(`ann:${proxyPassword}`).toString('base64')}`;
  const reachable = (host: string): string => (host.endsWith('.invalid') ? '127.0.0.1' : host);
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    if (request.headers['proxy-authorization'] !== wanted) {
      response.writeHead(407, {'proxy-authenticate': 'Basic realm="tiny"'}).end();
      return;
    }
    const {hostname, port, pathname, search} = new URL(request.url ?? '');
    const {method, headers} = request;
    const to = {host: reachable(hostname), port: port || 80, path: pathname + search};
    const onward = ask({...to, method, headers}, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.writeHead(502).end());
    request.pipe(onward);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  server.on('connect', (request, client: Socket) => {
    asked.push(`CONNECT ${request.url ?? ''}`);
    if (request.headers['proxy-authorization'] !== wanted) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const far = connect(Number(port), reachable(host), () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      far.pipe(client).pipe(far);
    });
    sockets.add(far);
    far.on('error', () => client.destroy()).on('close', () => sockets.delete(far));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://ann:${proxyPassword}@127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
