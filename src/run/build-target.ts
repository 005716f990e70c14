import {explainBuildFailure} from '../docker/build-failure.ts';
import {createProgressReader, type ProgressSummary} from '../docker/raw-progress.ts';
import type {BuildEvent} from '../events/event.ts';
import type {BuildFailed, Failure, FileUnusable} from '../events/failure.ts';
import {unreachable, type Result} from '../model/result.ts';
import type {PlannedTarget} from '../plan/build-plan.ts';
import type {ProcessExit, ProcessFailure} from '../ports/processes.ts';
import type {PlatformRecord} from '../records/build-record.ts';
import {removeOldBlobs} from '../publish/old-blobs.ts';
import {isoTime} from '../records/run-id.ts';
import {openBuildLog} from './build-log.ts';
import {setEarlierResultsAside} from './earlier-results.ts';
import {killAfterMs} from './kill-after.ts';
import {measureImage} from './measure-image.ts';
import type {RunPorts} from './run-ports.ts';
import {targetFinished, targetRecordOf, type EndedTarget} from './target-record.ts';
import type {UnpackLayers} from './unpack-layers.ts';

export interface TargetBuild {
  readonly target: PlannedTarget;
  /** Relative to the working directory. */
  readonly logFile: string;
  readonly ports: RunPorts;
  readonly unpack: UnpackLayers;
  readonly emit: (event: BuildEvent) => void;
  /** Aborts the build; its reason is the `Failure` that ended it. */
  readonly signal: AbortSignal;
}

export interface BuiltTarget {
  readonly record: EndedTarget;
  /** Present when the log could not be written; the build went on without it. */
  readonly logFailure: FileUnusable | undefined;
}

/**
 * Builds one target with the very command of the plan, and measures what it made.
 *
 * The record's outcome is `succeeded` when buildx succeeded and the image was read back (as far
 * as that can be done), `aborted`
 * when the signal ended the build or the reading, otherwise `failed`. An image that was finished
 * in the moment of an abort keeps its digest.
 */
export async function buildTarget(build: TargetBuild): Promise<BuiltTarget> {
  const {target, ports} = build;
  const startedAt = ports.clock.now();
  const log = openBuildLog(ports.files, build.logFile);
  const emit = (event: BuildEvent): void => {
    log.write(event);
    build.emit(event);
  };

  emit({
    type: 'target-started',
    at: startedAt,
    target: target.id,
    command: [target.command.program, ...target.command.args],
  });
  const end = await runBuild({...build, emit});
  const at = ports.clock.now();
  const record: EndedTarget = {
    ...targetRecordOf(target),
    outcome: end.outcome,
    startedAt: isoTime(startedAt),
    durationMs: at - startedAt,
    digest: end.digest,
    platforms: end.platforms,
    ...(end.sizesUnknownBecause === undefined
      ? {}
      : {sizesUnknownBecause: end.sizesUnknownBecause}),
    steps: end.steps,
    logFile: build.logFile,
    failure: end.failure,
  };
  emit(targetFinished(record, at));
  return {record, logFailure: await log.close()};
}

interface BuildEnd {
  readonly outcome: 'succeeded' | 'failed' | 'aborted';
  readonly digest: string | null;
  readonly platforms: readonly PlatformRecord[];
  readonly sizesUnknownBecause?: string;
  readonly steps: {readonly total: number; readonly cached: number};
  readonly failure: Failure | null;
}

const nothing = {digest: null, platforms: [], steps: {total: 0, cached: 0}};

async function runBuild(build: TargetBuild): Promise<BuildEnd> {
  const {target, ports} = build;

  const earlier = await setEarlierResultsAside(ports.files, target);
  if (!earlier.ok) return {...nothing, outcome: 'failed', failure: earlier.error};
  const end = await buildAndMeasure(build);
  if (end.digest === null) await earlier.value.restore();
  // Those that build on this target start after it has ended, and read the new index.
  if (end.outcome === 'succeeded') {
    for (const folder of target.layouts) await removeOldBlobs(ports.files, folder);
  }
  return end;
}

async function buildAndMeasure(build: TargetBuild): Promise<BuildEnd> {
  const {signal} = build;
  // As docker is about to read it: it may be edited while the build goes on.
  const dockerfile = await readDockerfile(build);
  const {ended, progress} = await runDocker(build);
  const unmeasured = {...nothing, steps: progress.steps};
  const aborted = (): BuildEnd => ({
    ...unmeasured,
    outcome: 'aborted',
    failure: signal.reason as Failure,
  });
  if (!ended.ok || ended.value.exitCode !== 0) {
    if (signal.aborted) return aborted();
    const failure = ended.ok
      ? explain(build, dockerfile, progress, ended.value)
      : explainProcessFailure(build, ended.error);
    return {...unmeasured, outcome: 'failed', failure};
  }

  const measured = await measureImage({...build, dockerfile, progress});
  const {digest, failure} = measured;
  if (failure === null) return {...measured, steps: progress.steps, outcome: 'succeeded', failure};
  return signal.aborted
    ? {...aborted(), digest}
    : {...unmeasured, digest, outcome: 'failed', failure};
}

/** Text of the Dockerfile; undefined when it is part of a remote context or cannot be read. */
async function readDockerfile({target, ports}: TargetBuild): Promise<string | undefined> {
  // The plan knows stages of local Dockerfiles only: a local file of that name would be another one.
  if (target.stages.length === 0) return undefined;
  return ports.files.readText(target.dockerfile).catch(() => undefined);
}

/** Runs the planned command; its status stream goes to `emit` as it comes. */
async function runDocker(build: TargetBuild): Promise<{
  readonly ended: Result<ProcessExit, ProcessFailure>;
  readonly progress: ProgressSummary;
}> {
  const {target, ports, emit, signal} = build;
  const reader = createProgressReader({
    target: target.id,
    platforms: target.platforms,
    stages: target.stages,
    dockerfile: target.dockerfile,
    now: () => ports.clock.now(),
  });
  const readLine = (line: string): void => {
    reader.line(line).forEach(emit);
  };
  const ended = await ports.processes.run({
    command: target.command.program,
    args: target.command.args,
    env: target.command.env,
    onStdoutLine: readLine,
    onStderrLine: readLine,
    collect: false,
    signal,
    killAfterMs,
  });
  const {events, ...progress} = reader.finish();
  events.forEach(emit);
  return {ended, progress};
}

function explain(
  {target, logFile}: TargetBuild,
  text: string | undefined,
  progress: ProgressSummary,
  exit: ProcessExit,
): BuildFailed {
  return explainBuildFailure({
    target: target.id,
    platforms: target.platforms,
    dockerfile: {path: target.dockerfile, ...(text === undefined ? {} : {text})},
    progress,
    exit,
    logFile,
  });
}

function explainProcessFailure(build: TargetBuild, failure: ProcessFailure): Failure {
  const couldNotRun = (message: string): BuildFailed => ({
    reason: 'build-failed',
    target: build.target.id,
    message,
    logTail: [],
    logFile: build.logFile,
  });
  switch (failure.kind) {
    case 'not-found':
      return {
        reason: 'engine-unusable',
        problem: 'docker-missing',
        message: `the program ${failure.command} was not found`,
        remedy: 'Install Docker with its buildx plugin, or put it on PATH.',
      };
    case 'spawn-failed':
      return couldNotRun(`docker could not be started: ${failure.message}`);
    case 'timed-out':
      return couldNotRun(`docker did not end within ${failure.afterMs} ms`);
    case 'cancelled':
      return couldNotRun('docker was stopped');
    default:
      return unreachable(failure);
  }
}
