import {once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {digestOf} from './images.contract.ts';

/** The reading half of a registry, on a port of its own. */
export interface RegistryServer {
  /** `localhost:PORT`. */
  readonly host: string;
  /** `METHOD path authorization` of every request, in order. */
  readonly requests: readonly string[];
  /** Most requests that were open at the same time. */
  readonly most: number;
  put(path: string, bytes: Uint8Array, tag?: string): void;
  /** Serves these bytes at this path of the API, whatever they are. */
  serve(path: string, bytes: Uint8Array): void;
  /** Answers before anything else; false to go on as usual. */
  intercept(answer: Intercept): void;
  /** Calls back for each connection that is opened, whatever is then spoken on it. */
  onConnection(listener: () => void): void;
  close(): Promise<void>;
}

export type Intercept = (
  request: IncomingMessage,
  response: ServerResponse,
) => boolean | Promise<boolean>;

export async function startRegistry(): Promise<RegistryServer> {
  const documents = new Map<string, Uint8Array>();
  const requests: string[] = [];
  const intercepts: Intercept[] = [];
  let open = 0;
  let most = 0;

  const server = createServer((request, response) => {
    open += 1;
    most = Math.max(most, open);
    response.once('close', () => (open -= 1));
    const path = request.url ?? '';
    const {authorization} = request.headers;
    requests.push([request.method, path, ...(authorization ? [authorization] : [])].join(' '));
    void (async () => {
      for (const intercept of intercepts) if (await intercept(request, response)) return;
      const bytes = documents.get(path);
      if (bytes === undefined) {
        refuse(response, 404, 'MANIFEST_UNKNOWN', 'manifest unknown');
        return;
      }
      response.writeHead(200, {'content-type': 'application/json'});
      response.end(bytes);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;

  return {
    host: `localhost:${port}`,
    requests,
    get most() {
      return most;
    },
    put(path, bytes, tag) {
      documents.set(`/v2/${path}/manifests/${digestOf(bytes)}`, bytes);
      documents.set(`/v2/${path}/blobs/${digestOf(bytes)}`, bytes);
      if (tag !== undefined) documents.set(`/v2/${path}/manifests/${tag}`, bytes);
    },
    serve: (path, bytes) => documents.set(path, bytes),
    intercept: (answer) => intercepts.push(answer),
    onConnection: (listener) => server.on('connection', listener),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** An error as registries write it. */
export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
): void {
  response.writeHead(status, {'content-type': 'application/json'});
  response.end(JSON.stringify({errors: [{code, message}]}));
}
