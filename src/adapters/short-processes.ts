import {execFile} from 'node:child_process';

import type {ProcessExit, ProcessFailure, Processes, ProcessRequest} from '../ports/processes.ts';
import {err, ok, type Result} from '../model/result.ts';

/** Output beyond this is not that of a short command. */
const maxBuffer = 64 * 1024 * 1024;

/**
 * Runs short commands that print something and end, such as `git`, with Node's own `execFile`.
 * Loading execa and starting three processes with it takes longer than all else that `plan` does
 * (measured: 80 of 220 ms); what it adds, ending whole process trees and passing on lines, is not
 * needed here. A request for any of it is a bug, and throws.
 */
export function createShortProcesses(): Processes {
  return {run: runShort, killAll: () => undefined};
}

function runShort(request: ProcessRequest): Promise<Result<ProcessExit, ProcessFailure>> {
  if (
    request.onStdoutLine ??
    request.onStdoutBytes ??
    request.onStderrLine ??
    request.signal ??
    (typeof request.input === 'object' ? request.input : undefined)
  ) {
    throw new Error('only execa-processes.ts streams and aborts processes');
  }
  const {command, args, env, cwd, input = '', timeoutMs} = request;
  return new Promise((resolve) => {
    const options = {
      env: {...process.env, ...env},
      maxBuffer,
      ...(cwd === undefined ? {} : {cwd}),
      ...(timeoutMs === undefined ? {} : {timeout: timeoutMs}),
    };
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) {
        resolve(ok({exitCode: 0, stdout, stderr}));
      } else if (typeof error.code === 'number') {
        resolve(ok({exitCode: error.code, stdout, stderr}));
      } else if (error.code === 'ENOENT') {
        resolve(err({kind: 'not-found', command}));
      } else if (error.killed === true && timeoutMs !== undefined) {
        resolve(err({kind: 'timed-out', afterMs: timeoutMs}));
      } else if (typeof error.signal === 'string') {
        resolve(ok({signal: error.signal, stdout, stderr}));
      } else {
        resolve(err({kind: 'spawn-failed', message: error.message}));
      }
    });
    // A command that does not read its input closes the pipe.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(typeof input === 'string' ? input : undefined);
  });
}
