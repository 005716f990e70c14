import {cleanLine} from './text-width.ts';

/**
 * The cause of a failed step on one line, without the command that the reader sees beside it:
 * BuildKit says `process "/bin/sh -c …" did not complete successfully: exit code: 1`
 * (executor/runcexecutor and solver/llbsolver/ops/exec.go).
 */
export function shortCause(message: string): string {
  const line = cleanLine(message);
  const exit = /^process ".*" did not complete successfully: (.*)$/.exec(line)?.[1];
  return exit === undefined ? line : exit.replace(/^exit code: /, 'exit code ');
}
