import {spawn} from 'node:child_process';
import {resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

import {appendOutputs} from '../../adapters/github-files.ts';
import {nodeFiles} from '../../adapters/node-files.ts';
import {loadMatrix} from '../../config/load-matrix.ts';
import type {Failure} from '../../events/failure.ts';
import {exitCodeOf} from '../../events/exit-code.ts';
import type {BuildRecord} from '../../records/build-record.ts';
import {attemptFile} from '../../records/file-attempt.ts';
import {parseRecord} from '../../records/record-codec.ts';
import {recordFileOf} from '../../records/state-folder.ts';
import {formatFailure} from '../../render/failure-text.ts';
import {failureDiagnostics, workflowCommand} from '../../render/github-annotations.ts';
import {formatResult} from '../../render/result-table.ts';
import {openGithubConsole} from '../github-console.ts';
import type {Environment} from '../options.ts';
import {goToBuilds, type BuildFolder} from '../recorded-run.ts';
import {openOutput} from '../terminal.ts';
import {actionInputs} from './action-inputs.ts';
import {secretVariables} from './secret-variables.ts';

/** The command beside this: of sources its source, of a bundle its bundle. */
const command = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../main.ts' : './main.js', import.meta.url),
);

/**
 * The step that action.yml makes: builds, sets the outputs, and writes the summary and the comment.
 * Resolves to the exit code of `build`, or of `report` where the build succeeded.
 */
export async function runAction(environment: Environment): Promise<number> {
  const err = openOutput(process.stderr, environment, true);
  const out = openOutput(process.stdout, environment, true);
  const print = (line: string): void => {
    out.print(line);
  };
  const github = openGithubConsole(environment, (line) => {
    err.print(line);
  });
  const fail = (failure: Failure): number => {
    err.print(formatFailure(failure, err.style));
    github.annotate(failureDiagnostics(failure));
    return exitCodeOf(failure);
  };
  const inputs = actionInputs(environment);
  if (!inputs.ok) return fail(inputs.error);
  const {build, report, file, token, annotations} = inputs.value;
  const start = process.cwd();
  const folder = await goToBuilds(file === undefined ? {} : {file});
  if (folder.ok) await maskSecrets(folder.value, environment, print);
  if (token !== '') print(workflowCommand('add-mask', {}, token));

  const plain: NodeJS.ProcessEnv = {
    ...withoutInputs(environment),
    BUILD_MATRIX_ANNOTATIONS: String(annotations),
  };
  const built = await run(build, {cwd: start, env: plain});
  const record =
    built.stdout === '' ? undefined : parseRecord('standard output of build', built.stdout);
  if (record === undefined) return built.code;
  if (!record.ok) return fail(record.error);

  const {runId} = record.value;
  const recordFile = resolve(recordFileOf(runId));
  out.print(formatResult(record.value, {...durationOf(record.value), recordFile}, out.style));
  const outputFile = environment['GITHUB_OUTPUT'] ?? '';
  if (outputFile !== '') {
    const written = await attemptFile(outputFile, () =>
      appendOutputs(outputFile, {record: recordFile}),
    );
    if (!written.ok) return fail(written.error);
  }
  const outputs = outputFile === '' ? [] : ['--github-output'];
  const env = {...plain, ...(token === '' ? {} : {GITHUB_TOKEN: token})};
  const args = ['report', ...outputs, ...report, '--', recordFile];
  const reported = await run(args, {cwd: start, env});
  return built.code === 0 ? reported.code : built.code;
}

function durationOf({startedAt, finishedAt}: BuildRecord): {readonly durationMs: number} {
  return {durationMs: finishedAt === null ? 0 : Date.parse(finishedAt) - Date.parse(startedAt)};
}

/** The runner masks `secrets.…` itself, but not what a step before this has made. */
async function maskSecrets(
  {matrixFile}: BuildFolder,
  environment: Environment,
  print: (text: string) => void,
): Promise<void> {
  if (matrixFile === undefined) return;
  const bytes = await nodeFiles.readBytes(matrixFile).catch(() => undefined);
  const loaded = bytes && loadMatrix(matrixFile, bytes);
  // What is wrong with it is told by the build.
  if (loaded?.ok !== true) return;
  for (const name of secretVariables(loaded.value.matrix)) {
    const value = environment[name] ?? '';
    if (value !== '') print(workflowCommand('add-mask', {}, value));
  }
}

/** Inputs hold a token, which nothing that is built has to see. */
function withoutInputs(environment: Environment): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith('INPUT_')),
  );
}

/** Runs `build-matrix` to its end; a signal that comes here goes there. */
function run(
  args: readonly string[],
  options: {readonly cwd: string; readonly env: NodeJS.ProcessEnv},
): Promise<{readonly code: number; readonly stdout: string}> {
  return new Promise((settle, reject) => {
    const child = spawn(process.execPath, [command, ...args], {
      ...options,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const forward = (signal: NodeJS.Signals): void => {
      child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, forward);
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      for (const signal of signals) process.off(signal, forward);
      settle({code: code ?? exitCodeOf({reason: 'interrupted', signal: 'SIGTERM'}), stdout});
    });
  });
}
