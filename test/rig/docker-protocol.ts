/**
 * What the stand-in for `docker` and the test say to each other over a socket, one JSON document a
 * line. The stand-in decides nothing: it tells what happens to it and does what it is told.
 */
export type FromDocker =
  | {
      readonly type: 'started';
      readonly pid: number;
      readonly args: readonly string[];
      readonly cwd: string;
      readonly env: Readonly<Record<string, string | undefined>>;
    }
  | {readonly type: 'signalled'; readonly signal: string}
  | {readonly type: 'has-child'; readonly pid: number};

export type ToDocker =
  | {readonly type: 'print'; readonly stream: 'stdout' | 'stderr'; readonly text: string}
  | {readonly type: 'exit'; readonly code: number}
  /** From now on signals are told, but nothing else happens. */
  | {readonly type: 'ignore-signals'}
  /** Starts a process that goes on for ever and ignores SIGTERM, as a hanging plugin would. */
  | {readonly type: 'start-child'};

/** Variable that holds the path of the socket. */
export const socketVariable = 'BUILD_MATRIX_TEST_SOCKET';

/** Calls `take` with each document that comes; the argument is a chunk of the stream. */
export function createReader(take: (message: unknown) => void): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(JSON.parse(line));
  };
}

export function encode(message: FromDocker | ToDocker): string {
  return `${JSON.stringify(message)}\n`;
}
