import {createServer, type Socket} from 'node:net';
import {join} from 'node:path';

import {
  createReader,
  encode,
  socketVariable,
  type FromDocker,
  type ToDocker,
} from './docker-protocol.ts';
import {writeImage, type WrittenImage} from './written-image.ts';

/** One call of `docker`, which goes on until the test ends it. */
export interface DockerCall {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  /** Signals that it got, in order. */
  readonly signals: readonly string[];
  /** Prints a line on stderr. */
  say(line: string): void;
  /** Prints these statuses as `--progress=rawjson` does. */
  progress(...statuses: readonly object[]): void;
  exit(code: number): void;
  /** Writes the image and the metadata file that the arguments ask for, and ends with 0. */
  succeed(): Promise<WrittenImage>;
  /** From now on no signal ends it but SIGKILL. */
  ignoreSignals(): void;
  /** Starts a child that ignores SIGTERM; resolves to its pid when it runs. */
  startChild(): Promise<number>;
  readonly ended: Promise<void>;
}

export interface FakeDocker {
  /** For the PATH and the environment of what shall call this docker. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Every call so far, those that are answered at once too. */
  readonly calls: readonly DockerCall[];
  /**
   * The next `docker buildx build` that nobody took yet, for the target whose metadata file ends
   * with `/NAME.json`; waits for it.
   */
  nextBuild(name: string): Promise<DockerCall>;
  /** Ends every wait for a build with this error: nothing is left that could start one. */
  giveUp(reason: string): void;
  /** Builds that have started and that no `nextBuild` took. */
  readonly untaken: readonly DockerCall[];
  /** Calls whose arguments begin like this print the answer and end, in place of the default. */
  answer(args: readonly string[], answer: Answer): void;
  close(): Promise<void>;
}

export interface Answer {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly code?: number;
}

/** What a healthy engine answers to the questions that come before a build. */
const healthy: readonly (readonly [readonly string[], Answer])[] = [
  [['--version'], {stdout: 'Docker version 28.5.2, build abcdef\n'}],
  [['buildx', 'version'], {stdout: 'github.com/docker/buildx v0.29.1 abcdef\n'}],
  [
    ['buildx', '-D', 'inspect'],
    {
      stdout: `Name:          fake
Driver:        docker-container
Last Activity: 2026-01-02 03:04:05 +0000 UTC

Nodes:
Name:             fake0
Endpoint:         unix:///var/run/docker.sock
Status:           running
BuildKit version: v0.32.2
Platforms:        linux/amd64*, linux/arm64*
Features:
 Automatically load images to the Docker Engine image store: false
 Cache export:                                               true
 Direct push:                                                true
 Docker exporter:                                            true
 Multi-platform build:                                       true
 OCI exporter:                                               true
`,
    },
  ],
];

/** Listens in `folder`, which must exist and have a short path (a socket's path has some 100 bytes). */
export async function startFakeDocker(folder: string): Promise<FakeDocker> {
  const answers = [...healthy];
  const calls: DockerCall[] = [];
  const untaken: DockerCall[] = [];
  const waiting: {
    name: string;
    take: (call: DockerCall) => void;
    fail: (error: Error) => void;
  }[] = [];
  const sockets = new Set<Socket>();

  const take = (call: DockerCall): void => {
    calls.push(call);
    const known = answers.findLast(([args]) => args.every((arg, at) => call.args[at] === arg));
    if (known !== undefined) {
      const [, {stdout = '', stderr = '', code = 0}] = known;
      answerCall(call, stdout, stderr, code);
      return;
    }
    const index = waiting.findIndex(({name}) => builds(call, name));
    if (index === -1) untaken.push(call);
    else waiting.splice(index, 1)[0]?.take(call);
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    listen(socket, take);
  });
  const path = join(folder, 'docker.sock');
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });

  return {
    folder: join(import.meta.dirname, 'fake-docker'),
    env: {[socketVariable]: path},
    calls,
    untaken,
    nextBuild: (name) =>
      new Promise((resolve, reject) => {
        const index = untaken.findIndex((call) => builds(call, name));
        const [call] = index === -1 ? [] : untaken.splice(index, 1);
        if (call === undefined) waiting.push({name, take: resolve, fail: reject});
        else resolve(call);
      }),
    giveUp(reason) {
      for (const {name, fail} of waiting.splice(0)) {
        fail(new Error(`no build of ${name}: ${reason}`));
      }
    },
    answer(args, answer) {
      answers.push([args, answer]);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const senders = new WeakMap<DockerCall, (order: ToDocker) => void>();

function answerCall(call: DockerCall, stdout: string, stderr: string, code: number): void {
  const send = senders.get(call);
  send?.({type: 'print', stream: 'stdout', text: stdout});
  send?.({type: 'print', stream: 'stderr', text: stderr});
  send?.({type: 'exit', code});
}

/** Turns the talk on one connection into a call. */
function listen(socket: Socket, take: (call: DockerCall) => void): void {
  const signals: string[] = [];
  const childWaits: ((pid: number) => void)[] = [];
  const send = (order: ToDocker): void => {
    socket.write(encode(order));
  };
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => {
      resolve();
    });
  });
  const say = (line: string): void => {
    send({type: 'print', stream: 'stderr', text: `${line}\n`});
  };

  socket.setEncoding('utf8');
  socket.on(
    'data',
    createReader((document) => {
      const message = document as FromDocker;
      if (message.type === 'signalled') signals.push(message.signal);
      else if (message.type === 'has-child') childWaits.shift()?.(message.pid);
      else {
        const {args, cwd, env, pid} = message;
        const call: DockerCall = {
          args,
          cwd,
          env,
          pid,
          signals,
          ended,
          say,
          progress(...statuses) {
            for (const status of statuses) say(JSON.stringify(status));
          },
          exit(code) {
            send({type: 'exit', code});
          },
          async succeed() {
            const image = await writeImage(cwd, args);
            send({type: 'exit', code: 0});
            return image;
          },
          ignoreSignals() {
            send({type: 'ignore-signals'});
          },
          startChild: () =>
            new Promise((resolve) => {
              childWaits.push(resolve);
              send({type: 'start-child'});
            }),
        };
        senders.set(call, send);
        take(call);
      }
    }),
  );
}

function builds({args}: DockerCall, name: string): boolean {
  return args.includes('build') && metadataFileOf(args).endsWith(`/${name}.json`);
}

function metadataFileOf(args: readonly string[]): string {
  const index = args.findIndex((arg) => arg.startsWith('--metadata-file'));
  const arg = args[index] ?? '';
  return arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : (args[index + 1] ?? '');
}
