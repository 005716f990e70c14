import type {LimitFunction} from 'p-limit';

import {explainBuildFailure, type ExplainedFailure} from '../docker/build-failure.ts';
import {createProgressReader, type ProgressSummary} from '../docker/raw-progress.ts';
import type {RegistryFailure} from '../docker/registry-failure.ts';
import type {BuildEvent} from '../events/event.ts';
import type {BuildFailed, Failure, FileUnusable} from '../events/failure.ts';
import type {UnpackLayers} from '../layers/unpack-layers.ts';
import {err, ok, unreachable, type Result} from '../model/result.ts';
import type {PlannedTarget} from '../plan/build-plan.ts';
import type {ProcessExit, ProcessFailure} from '../ports/processes.ts';
import {repairLogin} from '../publish/repair-login.ts';
import {askRegistry} from '../publish/ask-registry.ts';
import {withRetries, type Retryable} from '../publish/retry.ts';
import {removeOldBlobs} from '../publish/old-blobs.ts';
import {isoTime} from '../records/run-id.ts';
import {openBuildLog} from './build-log.ts';
import {setEarlierResultsAside} from './earlier-results.ts';
import {killAfterMs} from './kill-after.ts';
import {readBack, type ImageSizes} from './measure-image.ts';
import {surviveBuilders, type OtherBuilders} from './other-builders.ts';
import type {RunPorts} from './run-ports.ts';
import {watchSilence} from './silence-watch.ts';
import {targetFinished, targetRecordOf, type EndedTarget} from './target-record.ts';

export interface TargetBuild {
  readonly target: PlannedTarget;
  /** Why it is built, in words. */
  readonly why?: readonly string[] | undefined;
  /** Relative to the working directory. */
  readonly logFile: string;
  readonly ports: RunPorts;
  readonly unpack: UnpackLayers;
  readonly limitExports: LimitFunction;
  readonly builders: OtherBuilders;
  readonly emit: (event: BuildEvent) => void;
  /** Aborts the build; its reason is the `Failure` that ended it. */
  readonly signal: AbortSignal;
}

/** A target whose image is made, or is not going to be. */
export interface BuiltTarget {
  /** Without sizes. */
  readonly record: EndedTarget;
  /** With them, once all is known and told. */
  readonly measured: Promise<MeasuredTarget>;
}

export interface MeasuredTarget {
  readonly record: EndedTarget;
  /** Present when the log could not be written; the build went on without it. */
  readonly logFailure: FileUnusable | undefined;
}

/**
 * Builds one target with the very command of the plan, and measures what it made. Resolves when those
 * that need the image can go on; its sizes come later.
 *
 * The record's outcome is `succeeded` when buildx succeeded and the image was read back (as far
 * as that can be done), `aborted` when the signal ended the build or the reading, otherwise `failed`.
 * An image that was finished in the moment of an abort keeps its digest.
 */
export async function buildTarget(build: TargetBuild): Promise<BuiltTarget> {
  const {ports} = build;
  const startedAt = ports.clock.now();
  const why = build.why === undefined ? {} : {why: build.why};
  const log = openBuildLog(ports.files, build.logFile);
  const emit = (event: BuildEvent): void => {
    log.write(event);
    build.emit(event);
  };

  emit({
    type: 'target-started',
    at: startedAt,
    target: build.target.id,
    command: [build.target.command.program, ...build.target.command.args],
    ...why,
  });
  const {target, end} = await surviveBuilders({
    ...{...build, emit},
    build: (target) => runBuild({...build, target, emit}),
  });
  const record: EndedTarget = {
    ...targetRecordOf(target),
    outcome: end.outcome,
    startedAt: isoTime(startedAt),
    durationMs: ports.clock.now() - startedAt,
    digest: end.digest,
    steps: end.steps,
    ...why,
    logFile: build.logFile,
    failure: end.failure,
  };
  const measure = async (): Promise<MeasuredTarget> => {
    const measured = {...record, ...(await end.sizes)};
    emit(targetFinished(measured, ports.clock.now()));
    return {record: measured, logFailure: await log.close()};
  };
  return {record, measured: measure()};
}

interface BuildEnd {
  readonly outcome: 'succeeded' | 'failed' | 'aborted';
  readonly digest: string | null;
  readonly sizes: Promise<ImageSizes>;
  readonly steps: {readonly total: number; readonly cached: number};
  readonly failure: Failure | null;
  /** The builder went away. */
  readonly isLost: boolean;
}

const nothing = {
  digest: null,
  sizes: Promise.resolve({platforms: []}),
  steps: {total: 0, cached: 0},
  isLost: false,
};

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
  const refused = await loggedOut(build);
  if (refused !== null) {
    return signal.aborted
      ? {...nothing, outcome: 'aborted', failure: signal.reason as Failure}
      : {...nothing, outcome: 'failed', failure: refused};
  }
  const tried = await withRetries({
    attempt: attemptsOf(build, dockerfile),
    onRetry: (retry) => {
      build.emit({
        type: 'target-retried',
        at: build.ports.clock.now(),
        target: build.target.id,
        ...retry,
      });
    },
    repair: ({kind}) => repairLogin(build.ports.logins, kind, pushedTo(build.target), signal),
    waiting: build.ports.waiting,
    signal,
  });
  const {progress} = tried.ok ? tried.value : tried.error;
  const unmeasured = {...nothing, steps: progress.steps};
  const aborted = (): BuildEnd => ({
    ...unmeasured,
    outcome: 'aborted',
    failure: signal.reason as Failure,
  });
  if (!tried.ok) {
    if (signal.aborted) return aborted();
    const {failure, isLost = false} = tried.error;
    return {...unmeasured, outcome: 'failed', failure, isLost};
  }

  const {digest, failure, sizes} = await readBack({...build, dockerfile, progress});
  if (failure === null) return {...unmeasured, digest, sizes, outcome: 'succeeded', failure};
  return signal.aborted
    ? {...aborted(), digest}
    : {...unmeasured, digest, outcome: 'failed', failure};
}

interface FailedTry extends Retryable {
  readonly failure: Failure;
  readonly progress: ProgressSummary;
  readonly isLost?: boolean;
}

/**
 * Runs the planned command, each time that it is called: what was built before is in the cache, and
 * BuildKit pushes only what the registry does not have yet.
 */
function attemptsOf(build: TargetBuild, dockerfile: string | undefined) {
  let builtBefore: ReadonlySet<string> = new Set();
  return async (
    number: number,
  ): Promise<Result<{readonly progress: ProgressSummary}, FailedTry>> => {
    const {ended, progress, silence} = await runDocker(build, builtBefore);
    builtBefore = progress.builtVertexes;
    if (ended.ok && ended.value.exitCode === 0) return ok({progress});
    if (silence !== undefined) {
      const failure = couldNotRun(build, silence.message);
      return err({...silence, progress, failure: withCause(failure, silence, number)});
    }
    const final = {kind: 'unknown', passing: false, because: '', progress};
    if (!ended.ok) return err({...final, failure: explainProcessFailure(build, ended.error)});
    const {failure, registry, isLost} = explain(build, dockerfile, progress, ended.value);
    if (registry === undefined || build.signal.aborted) return err({...final, failure, isLost});
    const {probe} = build.ports;
    const asked = await askRegistry({failure: registry, probe, signal: build.signal});
    return err({...asked.failure, progress, failure: withCause(failure, asked.failure, number)});
  };
}

/** The same failure with what the registry has said about it. */
function withCause(failure: BuildFailed, registry: RegistryFailure, tries: number): BuildFailed {
  const {kind, message, remedy} = registry;
  const hint = tries === 1 ? remedy : `${remedy} (tried ${tries} times)`;
  return {...failure, message: registry.vague ? failure.message : message, cause: kind, hint};
}

/** Text of the Dockerfile; undefined when it is part of a remote context or cannot be read. */
async function readDockerfile({target, ports}: TargetBuild): Promise<string | undefined> {
  // The plan knows stages of local Dockerfiles only: a local file of that name would be another one.
  if (target.stages.length === 0) return undefined;
  return ports.files.readText(target.dockerfile).catch(() => undefined);
}

/** The repository that the command itself pushes to; '' when it pushes to none. */
function pushedTo({output}: PlannedTarget): string {
  return output.kind === 'push' ? (output.repositories[0] ?? '') : '';
}

/** A login may have expired since the run began. */
async function loggedOut({target, ports, signal}: TargetBuild): Promise<Failure | null> {
  return target.output.kind === 'push' ? ports.logins.ensure(signal) : null;
}

/** Runs the planned command; its status stream goes to `emit` as it comes. */
async function runDocker(
  build: TargetBuild,
  builtBefore: ReadonlySet<string>,
): Promise<{
  readonly ended: Result<ProcessExit, ProcessFailure>;
  readonly progress: ProgressSummary;
  /** Present when the build was ended because a registry did not answer. */
  readonly silence: RegistryFailure | undefined;
}> {
  const {target, ports, emit, signal} = build;
  const silence = watchSilence(ports, target.output.kind === 'push' ? target.tags[0] : undefined);
  const reader = createProgressReader({
    target: target.id,
    platforms: target.platforms,
    stages: target.stages,
    dockerfile: target.dockerfile,
    builtBefore,
    now: () => ports.clock.now(),
  });
  const readLine = (line: string): void => {
    for (const event of reader.line(line)) {
      silence.see(event);
      emit(event);
    }
  };
  const ended = await ports.processes.run({
    command: target.command.program,
    args: target.command.args,
    env: target.command.env,
    onStdoutLine: readLine,
    onStderrLine: readLine,
    collect: false,
    signal: AbortSignal.any([signal, silence.signal]),
    killAfterMs,
  });
  const {events, ...progress} = reader.finish();
  events.forEach(emit);
  return {ended, progress, silence: silence.stop()};
}

function explain(
  {target, logFile}: TargetBuild,
  text: string | undefined,
  progress: ProgressSummary,
  exit: ProcessExit,
): ExplainedFailure {
  return explainBuildFailure({
    target: target.id,
    platforms: target.platforms,
    dockerfile: {path: target.dockerfile, ...(text === undefined ? {} : {text})},
    progress,
    exit,
    logFile,
  });
}

function couldNotRun({target, logFile}: TargetBuild, message: string): BuildFailed {
  return {reason: 'build-failed', target: target.id, message, logTail: [], logFile};
}

function explainProcessFailure(build: TargetBuild, failure: ProcessFailure): Failure {
  switch (failure.kind) {
    case 'not-found':
      return {
        reason: 'engine-unusable',
        problem: 'docker-missing',
        message: `the program ${failure.command} was not found`,
        remedy: 'Install Docker with its buildx plugin, or put it on PATH.',
      };
    case 'spawn-failed':
      return couldNotRun(build, `docker could not be started: ${failure.message}`);
    case 'timed-out':
      return couldNotRun(build, `docker did not end within ${failure.afterMs} ms`);
    case 'cancelled':
      return couldNotRun(build, 'docker was stopped');
    default:
      return unreachable(failure);
  }
}
