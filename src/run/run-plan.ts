import pLimit from 'p-limit';

import type {BuildEvent, TargetOutcome} from '../events/event.ts';
import type {Failure, FileUnusable, Interrupted, UnknownError} from '../events/failure.ts';
import type {Diagnostic} from '../events/diagnostic.ts';
import type {PlanInputs} from '../inputs/judge-plan.ts';
import type {BuildPlan, PlannedTarget} from '../plan/build-plan.ts';
import type {Sharding} from '../plan/shards.ts';
import type {EventSink} from '../ports/event-sink.ts';
import type {EngineFacts} from '../docker/engine-facts.ts';
import type {BuildRecord, TargetRecord} from '../records/build-record.ts';
import type {RecordStore} from '../records/record-store.ts';
import {openLayerSizes} from '../layers/layer-sizes.ts';
import {createUnpacker} from '../layers/unpack-layers.ts';
import {isoTime} from '../records/run-id.ts';
import {layerSizesFile, logFileOf, recordFileOf} from '../records/state-folder.ts';
import {createRecentBuilds} from '../records/recent-builds.ts';
import {takeTargetLocks} from '../records/target-locks.ts';
import {targetIdOf} from '../model/target-id.ts';
import {
  withDigests,
  withInputLabels,
  withoutInputLabels,
  type InputLabels,
} from '../plan/run-values.ts';
import {inBestOrder} from './best-order.ts';
import {buildTarget, type BuiltTarget} from './build-target.ts';
import {exportsAtOnce} from './export-stages.ts';
import {publishRun} from './publish-run.ts';
import {openLedger, type Ledger} from './run-ledger.ts';
import type {OtherBuilders} from './other-builders.ts';
import type {RunPorts} from './run-ports.ts';
import {runTasks, type FailureMode} from './run-tasks.ts';
import {unchangedBuild} from './unchanged-build.ts';
import {targetFinished, targetRecordOf, type EndedTarget} from './target-record.ts';

/**
 * Most targets that build at once when `--concurrency` is not given. bake starts everything at once;
 * BuildKit limits its own steps, and beyond a handful more docker clients gain nothing.
 */
export const defaultConcurrency = 8;

export interface RunRequest {
  readonly plan: BuildPlan;
  /** Goes into the record: the plan is one machine's share of several. */
  readonly sharding?: Sharding | null;
  readonly engine: EngineFacts;
  /** Who builds a target when its builder is lost; nobody when absent. */
  readonly findBuilder?: OtherBuilders['find'];
  /** From `newRunId`. */
  readonly runId: string;
  /** Most targets that build at once, at least 1. */
  readonly concurrency: number;
  readonly failureMode: FailureMode;
  /** Whether layers in registries of other machines are read, to learn their unpacked sizes. */
  readonly readsFarLayers?: boolean;
  readonly ports: RunPorts;
  /** What the targets are built from; without it everything is built, and no image says from what. */
  readonly inputs?: PlanInputs;
  readonly records: RecordStore;
  readonly sink: EventSink;
  /**
   * Whether what was built may become public; asked with the record of the run when everything has been
   * built and measured. Without it, tags do not wait for sizes.
   */
  readonly mayPublish?: ((record: BuildRecord) => Promise<boolean>) | undefined;
  /** Stops the run when it aborts; the reason must be an `Interrupted`. */
  readonly signal: AbortSignal;
}

export interface RunResult {
  /** What the run did; null when it could not begin, and then nothing was built. */
  readonly record: BuildRecord | null;
  /** Why not all succeeded: one for each target that failed, and what ended the run. */
  readonly failures: readonly Failure[];
}

/**
 * Builds every target of the plan, at most `concurrency` at once, each after those it depends on, and
 * then makes its publications: all when every target has succeeded, otherwise none.
 * Always settles, and with an outcome for every target: after an abort within the time that docker
 * needs to end. The record on disk is up to date whenever a target has ended.
 *
 * The run does not begin when a target is being built by another run (`state-busy`) or when the
 * state folder cannot be written.
 */
export async function runPlan(request: RunRequest): Promise<RunResult> {
  const {files, host} = request.ports;
  const targets = request.plan.targets.map((target) => target.id);
  const locks = await takeTargetLocks({files, host, runId: request.runId, targets});
  if (!locks.ok) return {record: null, failures: [locks.error]};
  try {
    return await runLocked(request);
  } finally {
    await locks.value.release();
  }
}

async function runLocked(request: RunRequest): Promise<RunResult> {
  const {plan, runId, ports, inputs, records, sink, signal} = request;
  const recent = createRecentBuilds(records);
  const ledger = openLedger(request, ports.clock.now());
  const unpack = createUnpacker(
    openLayerSizes(ports.files, layerSizesFile),
    request.readsFarLayers,
  );
  const limitExports = pLimit(exportsAtOnce);
  const find = request.findBuilder ?? (() => Promise.resolve(undefined));
  const builders: OtherBuilders = {lost: new Set(), find};
  const begun = await records.begin(ledger.record());
  if (!begun.ok) return {record: null, failures: [begun.error]};
  sink.handle(runStarted(plan, runId, ledger.startedAt));

  /** The first trouble with writing a log; the builds go on without it. */
  let logFailure: FileUnusable | undefined;
  const note = (record: TargetRecord): void => {
    ledger.note(record);
    // Whether this state could be written does not matter: the last one, below, does.
    void records.save(ledger.record());
  };

  const bugs: Failure[] = [];
  const takeSizes = async ({record, measured}: BuiltTarget): Promise<void> => {
    try {
      const {record: whole, logFailure: failure} = await measured;
      logFailure ??= failure;
      note(whole);
    } catch (error) {
      bugs.push(unknownError(record.id, error));
      sink.handle(targetFinished(record, ports.clock.now()));
    }
  };
  /** Images that exist and are being measured, which neither other targets nor their tags wait for. */
  const measuring: Promise<void>[] = [];

  const tasks = await inBestOrder(request);
  await runTasks({
    tasks,
    limit: request.concurrency,
    hasRoom: roomOnBuilder(plan),
    failureMode: request.failureMode,
    signal,
    start: async (target, stop) => {
      const startedAt = isoTime(ports.clock.now());
      const emit = (event: BuildEvent): void => {
        sink.handle(event);
      };
      const started: TargetRecord = {...targetRecordOf(target), outcome: 'running', startedAt};
      try {
        const decision = await inputs?.decide(targetIdOf(target));
        if (decision?.kind === 'unchanged') {
          const record = await unchangedBuild({
            ...{target, decision, recent, ports, unpack, signal: stop},
          });
          // Nothing is lost when this is not on the disk before the end of the run.
          ledger.note(record);
          emit(targetFinished(record, ports.clock.now()));
          return undefined;
        }
        const labels = await inputs?.labels(targetIdOf(target), (id) => ledger.digests().get(id));
        note(started);
        const ready = readyToBuild(target, ledger.digests(), labels);
        const logFile = logFileOf(runId, target.id);
        const why = decision?.reasons;
        const built = await buildTarget({
          ...{target: ready, why, logFile, ports, unpack, limitExports, builders, emit},
          // Its sizes may come when all else has ended, and nothing would abort `stop` any more.
          signal: AbortSignal.any([stop, signal]),
        });
        note({...built.record, ...unmeasured});
        measuring.push(takeSizes(built));
        if (built.record.outcome === 'succeeded' && labels !== undefined) {
          await rememberBuilt(request, ledger, target, labels);
        }
        return built.record.failure ?? undefined;
      } catch (error) {
        const failure = unknownError(target.id, error);
        const record: EndedTarget = {...started, outcome: 'failed', failure};
        note(record);
        emit(targetFinished(record, ports.clock.now()));
        return failure;
      }
    },
    skip: (target, cause) => {
      const record = {...targetRecordOf(target), failure: cause};
      note(record);
      sink.handle(targetFinished(record, ports.clock.now()));
    },
  });

  if (request.mayPublish !== undefined) await Promise.all(measuring);
  const published = await publishRun(request, ledger);
  await Promise.all(measuring);
  const finishedAt = ports.clock.now();
  const record = ledger.close(finishedAt, signal.aborted, published.records);
  const saved = await records.save(record);
  sink.handle({
    type: 'run-finished',
    at: finishedAt,
    runId,
    durationMs: finishedAt - ledger.startedAt,
    outcomes: countOutcomes(record),
    ...(saved.ok ? {recordFile: recordFileOf(runId)} : {}),
  });
  const failures: Failure[] = record.targets.flatMap(({outcome, failure}) =>
    outcome === 'failed' && failure !== null ? [failure] : [],
  );
  failures.push(...published.failures, ...bugs);
  if (logFailure !== undefined) failures.push(logFailure);
  if (!saved.ok) failures.push(saved.error);
  if (signal.aborted) failures.push(signal.reason as Interrupted);
  return {record, failures};
}

/** How a record has it that is read before the end of the run, or after a sudden one. */
const unmeasured = {sizesUnknownBecause: 'the run had not measured it yet'};

/** The build as docker is to run it: digests and labels filled in. */
function readyToBuild(
  target: PlannedTarget,
  digests: ReadonlyMap<string, string>,
  labels: InputLabels | undefined,
): PlannedTarget {
  const filled = withDigests(target, digests);
  return labels === undefined
    ? {...filled, command: withoutInputLabels(filled.command)}
    : withInputLabels(filled, labels);
}

/** Once all builds of a target have succeeded: its image may be found unchanged from now on. */
async function rememberBuilt(
  {plan, inputs, sink, ports}: RunRequest,
  ledger: Ledger,
  target: PlannedTarget,
  labels: InputLabels,
): Promise<void> {
  const id = targetIdOf(target);
  const known = ledger.digests();
  const digests = plan.targets
    .filter((one) => targetIdOf(one) === id)
    .map((one) => [one.id, known.get(one.id)] as const);
  if (digests.some(([, digest]) => digest === undefined)) return;
  const touched = await inputs?.built(
    id,
    labels,
    Object.fromEntries(digests.map(([build, digest]) => [build, digest ?? ''])),
  );
  if (touched === undefined) return;
  const diagnostic: Diagnostic = {
    severity: 'warning',
    code: 'touched-while-built',
    message: `\`${touched}\` was touched while \`${id}\` was built: nobody can tell what the image holds of it`,
    suggestion: `the next run builds \`${id}\` again`,
  };
  sink.handle({type: 'notice', at: ports.clock.now(), diagnostic});
}

/** A builder does no more at once than its `concurrency`. */
function roomOnBuilder({builders}: BuildPlan) {
  const limits = new Map(builders.map(({name, concurrency}) => [name, concurrency ?? Infinity]));
  return ({builder}: PlannedTarget, running: ReadonlySet<PlannedTarget>): boolean => {
    const limit = builder === null ? Infinity : (limits.get(builder) ?? Infinity);
    return [...running].filter((other) => other.builder === builder).length < limit;
  };
}

/** A bug in the build of one target ends that target, and not the record of all others. */
function unknownError(target: string, error: unknown): UnknownError {
  if (!(error instanceof Error)) {
    return {reason: 'unknown-error', message: `${target}: ${String(error)}`};
  }
  const {message, stack} = error;
  return {
    reason: 'unknown-error',
    message: `${target}: ${message}`,
    ...(stack === undefined ? {} : {stack}),
  };
}

function runStarted(plan: BuildPlan, runId: string, at: number): BuildEvent {
  return {
    type: 'run-started',
    at,
    runId,
    targets: plan.targets.map(({id, platforms, stages, dependsOn}) => ({
      id,
      platforms,
      stages: stages.flatMap(({shipped, name}) => (shipped && name !== null ? [name] : [])),
      dependsOn,
    })),
  };
}

function countOutcomes(record: BuildRecord): Readonly<Record<TargetOutcome, number>> {
  const outcomes = {succeeded: 0, unchanged: 0, failed: 0, aborted: 0, unstarted: 0};
  for (const {outcome} of record.targets) if (outcome !== 'running') outcomes[outcome] += 1;
  return outcomes;
}
