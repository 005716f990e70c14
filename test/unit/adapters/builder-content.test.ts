import {createServer, type Http2Server, type ServerHttp2Stream} from 'node:http2';
import {connect, type AddressInfo} from 'node:net';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';

import {openBuilderContent, type BuilderContent} from '../../../src/adapters/builder-content.ts';
import {createGrpcFrames, readRequest} from '../../../src/adapters/content-messages.ts';
import type {Processes} from '../../../src/ports/processes.ts';
import {ok} from '../../../src/model/result.ts';
import {collect} from './images.contract.ts';

const digest = `sha256:${'a'.repeat(64)}`;

/** A frame of `ReadContentResponse`. */
function frame(data: string, offset = 300): Buffer {
  const bytes = Buffer.from(data);
  const message = Buffer.concat([
    Buffer.from([0x08, (offset & 127) | 128, offset >> 7, 0x12, bytes.length]),
    bytes,
  ]);
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

let server: Http2Server;
let dials: number;
let content: BuilderContent;
let answer: (stream: ServerHttp2Stream) => void;
let asked: Buffer[];

/** `docker buildx dial-stdio`, to a builder in this process. */
const processes: Processes = {
  run: async ({input, onStdoutBytes, signal}) => {
    dials += 1;
    const socket = connect((server.address() as AddressInfo).port);
    signal?.addEventListener('abort', () => socket.destroy());
    socket.on('data', (bytes) => void onStdoutBytes?.(bytes));
    void (async () => {
      if (typeof input !== 'object') return;
      for await (const bytes of input) socket.write(bytes);
      socket.end();
    })();
    await new Promise((resolve) => socket.on('close', resolve).on('error', resolve));
    return ok({exitCode: 0, stdout: '', stderr: ''});
  },
  killAll: () => undefined,
};

beforeEach(async () => {
  dials = 0;
  asked = [];
  server = createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    stream.on('data', (bytes: Buffer) => asked.push(bytes));
    stream.once('end', () => {
      answer(stream);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  content = openBuilderContent(processes, 'bm');
});
afterEach(() => {
  server.close();
});

/** Answers with these bytes, and then with this status. */
const answering =
  (status: string, ...pieces: readonly Buffer[]) =>
  (stream: ServerHttp2Stream): void => {
    stream.respond({'content-type': 'application/grpc'}, {waitForTrailers: true});
    stream.once('wantTrailers', () => {
      stream.sendTrailers({'grpc-status': status});
    });
    for (const piece of pieces) stream.write(piece);
    stream.end();
  };

async function textOf(): Promise<string> {
  const read = await content.read(digest);
  return read.ok ? Buffer.from(await collect(read.value)).toString() : read.error;
}

test('reads of one builder share a connection', async () => {
  const whole = Buffer.concat([frame('some '), frame('bytes')]);
  answer = answering('0', whole.subarray(0, 7), whole.subarray(7));
  expect(await Promise.all([textOf(), textOf()])).toEqual(['some bytes', 'some bytes']);
  expect(await textOf()).toBe('some bytes');
  expect(dials).toBe(1);
  expect(asked[0]).toEqual(readRequest(digest));
});

test('a connection that is closed is opened anew by the next read', async () => {
  answer = answering('0', frame('bytes'));
  expect(await textOf()).toBe('bytes');
  content.close();
  expect(await textOf()).toBe('bytes');
  expect(dials).toBe(2);
});

test('nothing is what an empty blob holds', async () => {
  answer = answering('0');
  expect(await textOf()).toBe('');
});

test('a connection that ended is made anew', async () => {
  answer = (stream) => stream.session?.destroy();
  expect(await textOf()).toBe('unavailable');
  answer = answering('0', frame('again'));
  expect(await textOf()).toBe('again');
  expect(dials).toBe(2);
});

test.each([
  ['5', 'not-found'],
  ['12', 'unavailable'],
])('status %s is %s', async (status, failure) => {
  answer = answering(status);
  expect(await textOf()).toBe(failure);
  answer = (stream) => {
    stream.respond({'grpc-status': status}, {endStream: true});
  };
  expect(await textOf()).toBe(failure);
});

test('a builder that is not there is unavailable', async () => {
  const nowhere: Processes = {
    ...processes,
    run: () => Promise.resolve({ok: false, error: {kind: 'not-found', command: 'docker'}}),
  };
  expect(await openBuilderContent(nowhere, 'bm').read(digest)).toEqual({
    ...{ok: false, error: 'unavailable'},
  });
});

test('bytes that break off are no end', async () => {
  answer = answering('14', frame('some '));
  const read = await content.read(digest);
  await expect(read.ok ? collect(read.value) : undefined).rejects.toThrow(
    'the builder broke off (gRPC status 14)',
  );
});

test('an abort ends a read', async () => {
  const stop = new AbortController();
  answer = () => {
    stop.abort();
  };
  expect(await content.read(digest, stop.signal)).toEqual({ok: false, error: 'unavailable'});
});

describe('frames', () => {
  test('are put together wherever they are cut', () => {
    const whole = Buffer.concat([frame('one'), frame(''), frame('two')]);
    for (let size = 1; size <= whole.length; size += 1) {
      const frames = createGrpcFrames();
      const found: string[] = [];
      for (let at = 0; at < whole.length; at += size) {
        const pieces = frames.push(whole.subarray(at, at + size));
        found.push(...pieces.map((piece) => Buffer.from(piece).toString()));
      }
      expect(found).toEqual(['one', '', 'two']);
    }
  });

  test.each([
    ['a compressed gRPC message, which was not asked for', [1, 0, 0, 0, 0]],
    ['a gRPC message that is cut short', [0, 0, 0, 0, 2, 0x12, 9]],
    ['a gRPC message that is cut short', [0, 0, 0, 0, 2, 0x08, 0x80]],
    ['a field of kind 5 in a gRPC message', [0, 0, 0, 0, 1, 0x0d]],
  ])('%s', (message, bytes) => {
    expect(() => createGrpcFrames().push(Uint8Array.from(bytes))).toThrow(message);
  });
});

test('a reader that stops at the first piece ends the call', async () => {
  const closed = new Promise<void>((resolve) => {
    answer = (stream) => {
      stream.once('close', resolve);
      stream.respond({'content-type': 'application/grpc'});
      stream.write(frame('first'));
    };
  });
  const read = await content.read(digest);
  const pieces = read.ok ? read.value[Symbol.asyncIterator]() : undefined;
  await pieces?.next();
  await pieces?.return?.();
  await expect(closed).resolves.toBeUndefined();
});
