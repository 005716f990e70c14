import type {ClientHttp2Session, ClientHttp2Stream} from 'node:http2';
import {Duplex, PassThrough} from 'node:stream';
import {err, ok, type Result} from '../model/result.ts';
import type {Processes} from '../ports/processes.ts';
import {createGrpcFrames, readRequest} from './content-messages.ts';

/** `not-found`: the builder answered that it has none. `unavailable`: it could not be asked like this. */
export type ContentFailure = 'not-found' | 'unavailable';

/** What a builder stores, by digest. */
export interface BuilderContent {
  /** The bytes as they come. The iteration throws when they break off. */
  read(
    digest: string,
    signal?: AbortSignal,
  ): Promise<Result<AsyncIterable<Uint8Array>, ContentFailure>>;
  /** Ends the connection, which would hold the process until it has been idle long enough. */
  close(): void;
}

/** A connection that nobody uses ends after this long, in ms: reads come in bursts. */
const idleMs = 1000;

/**
 * Reads from the content API of a builder (containerd's `content.proto`, which buildkitd serves), over
 * one connection for all reads: `docker buildx history inspect attachment` reads by the same API, but a
 * process each takes a hundred times as long. `docker buildx dial-stdio` (buildx 0.13) connects to
 * whatever kind of builder it is.
 */
export function openBuilderContent(processes: Processes, builder: string): BuilderContent {
  let open: Connection | undefined;
  return {
    async read(digest, signal) {
      if (open === undefined || open.session.closed || open.session.destroyed) {
        open = dial(processes, builder);
      }
      return readOver(open, digest, signal);
    },
    close() {
      open?.session.destroy();
    },
  };
}

interface Connection {
  readonly session: ClientHttp2Session;
  /** A read begins; what is returned is to be called at its end. */
  readonly use: () => () => void;
}

/** Loaded when something is read: it brings TLS with it, which takes 20 ms. */
const http2 = () => process.getBuiltinModule('node:http2');

function dial(processes: Processes, builder: string): Connection {
  const end = new AbortController();
  const toBuilder = new PassThrough();
  const {socket, receive} = socketOn(toBuilder);
  const session = http2().connect('http://builder', {
    createConnection: () => socket,
    settings: {initialWindowSize: 1024 * 1024},
  });
  void processes
    .run({
      command: 'docker',
      args: ['buildx', 'dial-stdio', `--builder=${builder}`],
      input: toBuilder,
      onStdoutBytes: receive,
      signal: end.signal,
      // It passes bytes on and keeps nothing; SIGTERM alone it obeys half of the time.
      killAfterMs: 0,
    })
    .then(() => {
      // Reads under way end with it, and say that they broke off.
      session.destroy();
      socket.destroy();
    });
  // Each read sees its own end; an error that nobody listens to would end the process.
  for (const part of [session, socket, toBuilder]) part.on('error', () => undefined);
  let reads = 0;
  let idle: NodeJS.Timeout | undefined;
  session.on('close', () => {
    clearTimeout(idle);
    end.abort();
  });
  return {
    session,
    use() {
      clearTimeout(idle);
      reads += 1;
      return () => {
        reads -= 1;
        if (reads > 0 || session.destroyed) return;
        idle = setTimeout(() => {
          session.destroy();
        }, idleMs);
      };
    },
  };
}

/** A socket that writes to `toBuilder`, and gets what is received. */
function socketOn(toBuilder: PassThrough): {
  readonly socket: Duplex;
  /** Resolves when more is wanted. */
  readonly receive: (bytes: Uint8Array) => Promise<void>;
} {
  let wantMore = (): void => undefined;
  const socket = new Duplex({
    read() {
      wantMore();
    },
    write(chunk: Uint8Array, _encoding, done) {
      toBuilder.write(chunk, done);
    },
    final(done) {
      toBuilder.end(done);
    },
    destroy(_error, done) {
      wantMore();
      toBuilder.end();
      done(null);
    },
  });
  return {
    socket,
    receive: (bytes) =>
      new Promise((resolve) => {
        wantMore = resolve;
        if (socket.destroyed || socket.push(bytes)) resolve();
      }),
  };
}

async function readOver(
  {session, use}: Connection,
  digest: string,
  signal: AbortSignal | undefined,
): ReturnType<BuilderContent['read']> {
  const release = use();
  const {constants} = http2();
  let stream: ClientHttp2Stream;
  try {
    stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/containerd.services.content.v1.Content/Read',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
  } catch {
    release();
    return err('unavailable');
  }
  stream.once('close', release);
  const stop = (): void => {
    stream.close(constants.NGHTTP2_CANCEL);
  };
  signal?.addEventListener('abort', stop, {once: true});
  stream.once('close', () => signal?.removeEventListener('abort', stop));

  const status = statusOf(stream);
  const messages = messagesOf(stream, status);
  stream.end(readRequest(digest));
  try {
    const first = await messages.next();
    // An empty blob has no message at all, and nothing is left.
    return ok(first.done === true ? messages : continued(first.value, messages));
  } catch {
    return err((await status) === notFound ? 'not-found' : 'unavailable');
  }
}

/** gRPC's status codes (grpc/grpc doc/statuscodes.md). */
const success = '0';
const notFound = '5';

/** The status at the end of the call; undefined when it broke off. Never rejects. */
function statusOf(stream: ClientHttp2Stream): Promise<string | undefined> {
  return new Promise((resolve) => {
    const take = (headers: Readonly<Record<string, unknown>>): void => {
      const status = headers['grpc-status'];
      if (typeof status === 'string') resolve(status);
    };
    // A call that fails at once has its status in the first headers.
    stream.on('response', take);
    stream.on('trailers', take);
    stream.once('error', () => {
      resolve(undefined);
    });
    stream.once('close', () => {
      resolve(undefined);
    });
  });
}

/** The data of each message; throws when the call does not end well. */
async function* messagesOf(
  stream: ClientHttp2Stream,
  status: Promise<string | undefined>,
): AsyncGenerator<Uint8Array, undefined> {
  const frames = createGrpcFrames();
  for await (const chunk of stream) yield* frames.push(chunk as Uint8Array);
  const ended = await status;
  if (ended !== success) throw new Error(`the builder broke off (gRPC status ${ended ?? 'none'})`);
  return undefined;
}

async function* continued(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array, undefined>,
): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    yield* rest;
  } finally {
    // A reader that stops at the first piece has not begun with the rest.
    await rest.return(undefined);
  }
}
