import type {Result} from '../model/result.ts';

/** What to run. Arguments are an array: no shell ever sees them. */
export interface ProcessRequest {
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the environment that this process itself has. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Written to the child's standard input, which is then closed; closed at once when absent. */
  readonly input?: string | AsyncIterable<Uint8Array>;
  /** Each whole line of stdout or stderr as it comes, without its line break. */
  readonly onStdoutLine?: (line: string) => void;
  readonly onStderrLine?: (line: string) => void;
  /** Bytes of stdout as they come; the child waits until what this returns has settled. Not collected. */
  readonly onStdoutBytes?: (bytes: Uint8Array) => Promise<void>;
  /** Keep collected output in the result. Default true; false for long builds that only stream. */
  readonly collect?: boolean;
  /** Ends the child and every process below it: SIGTERM, then SIGKILL after `killAfterMs`. */
  readonly signal?: AbortSignal;
  readonly killAfterMs?: number;
  readonly timeoutMs?: number;
}

/** How a child ended. A non-zero exit code is data: the caller knows what it means. */
export interface ProcessExit {
  /** Absent when a signal ended it. */
  readonly exitCode?: number;
  readonly signal?: string;
  readonly stdout: string;
  readonly stderr: string;
}

export type ProcessFailure =
  | {readonly kind: 'not-found'; readonly command: string}
  | {readonly kind: 'spawn-failed'; readonly message: string}
  | {readonly kind: 'timed-out'; readonly afterMs: number}
  | {readonly kind: 'cancelled'};

/** Runs programs. Never rejects for an expected end; settles only when no descendant is left. */
export interface Processes {
  run(request: ProcessRequest): Promise<Result<ProcessExit, ProcessFailure>>;
  /** Sends SIGKILL at once to everything that still runs (the second Ctrl-C). */
  killAll(): void;
}
