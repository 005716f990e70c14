import {randomBytes} from 'node:crypto';
import {dirname, resolve} from 'node:path';

import {systemClock} from '../../adapters/system-clock.ts';
import {nodeFiles} from '../../adapters/node-files.ts';
import {checkEngine} from '../../docker/engine-check.ts';
import {askEngine, type EngineQuestions} from '../../docker/engine-questions.ts';
import type {EngineFacts} from '../../docker/engine-facts.ts';
import type {Diagnostic} from '../../events/diagnostic.ts';
import {fewPullsLeft} from '../../docker/pull-limit.ts';
import type {Failure} from '../../events/failure.ts';
import type {PlanInputs} from '../../inputs/judge-plan.ts';
import {ok, type Result} from '../../model/result.ts';
import type {MadePlan, RoutedPlan} from '../../plan/make-plan.ts';
import type {BuildPlan} from '../../plan/build-plan.ts';
import {noLogins} from '../../ports/logins.ts';
import type {EventSink} from '../../ports/event-sink.ts';
import type {PullLimit} from '../../ports/registry-check.ts';
import {createRecordStore} from '../../records/record-store.ts';
import {newRunId} from '../../records/run-id.ts';
import {recordFileOf} from '../../records/state-folder.ts';
import {combinedSink} from '../../render/combined-sink.ts';
import {formatResult} from '../../render/result-table.ts';
import {stageFacts} from '../../render/stage-facts.ts';
import {workflowCommand} from '../../render/github-annotations.ts';
import {warningSink} from '../../render/warning-sink.ts';
import {defaultConcurrency, runPlan, type RunRequest} from '../../run/run-plan.ts';
import {checkSecrets} from '../check-secrets.ts';
import type {CommandContext} from '../context.ts';
import type {Flags} from '../flags.ts';
import {openRunBudgets} from '../hold-budgets.ts';
import {isAnythingToBuild, openInputs} from '../open-inputs.ts';
import {openProcesses} from '../open-processes.ts';
import {progressOf, type Progress} from '../options.ts';
import {readEarlier} from '../read-earlier.ts';
import {preparePlan} from '../prepare-plan.ts';
import {preparePush} from '../prepare-push.ts';
import {printFailedLogs} from '../print-logs.ts';
import {printWarnings} from '../print-warnings.ts';
import {copyRecord} from '../record-copy.ts';
import {openRunPorts} from '../run-ports.ts';
import {findBuilder, settlePlan} from '../settle-plan.ts';
import {isStopped, watchSignals} from '../signals.ts';
import {workingFolder} from '../working-folder.ts';

/** `build-matrix build`: makes the plan, checks the engine, runs it, and prints what came of it. */
export async function build(
  context: CommandContext,
  targets: readonly string[],
  flags: Flags,
): Promise<readonly Failure[]> {
  const progress = progressOf(flags, context.environment, context.err.isTerminal);
  if (!progress.ok) return [progress.error];

  const start = workingFolder();
  if (!start.ok) return [start.error];
  const named = flags.against;
  // Planning goes to the folder of matrix.yml; a file was named from here.
  const isFile = named !== undefined && (await nodeFiles.kind(named)) === 'file';
  const against = isFile ? resolve(named) : named;
  const processes = openProcesses(context.environment);
  const stopping = watchSignals(() => {
    processes.killAll();
  });
  const ask = (): EngineQuestions => askEngine(processes, stopping, flags.builder ?? null);
  // Where something is built for sure, docker answers while the plan is made.
  const early = flags.force === true || flags.load === true ? ask() : undefined;
  const prepared = await preparePlan(context, targets, flags);
  if (isStopped(stopping)) return [stopping.reason as Failure];
  if (!prepared.ok) return [prepared.error];
  const {sharding} = prepared.value;

  const records = createRecordStore(nodeFiles);
  let pulls: PullLimit | undefined;
  const ports = openRunPorts(processes, context.environment, prepared.value.matrix, (found) => {
    pulls = found;
  });
  const open = (made: RoutedPlan): PlanInputs =>
    openInputs({
      ...{made: {...made, sharding}, ports, records, environment: context.environment},
      ...{force: flags.force === true, signal: stopping},
    });
  const inputs = open(prepared.value);
  const missing = await checkSecrets(prepared.value, inputs, context.environment);
  if (isStopped(stopping)) return [stopping.reason as Failure];
  if (missing !== null) return [missing];
  const isNeeded = early !== undefined || (await isAnythingToBuild(prepared.value, inputs));
  if (isStopped(stopping)) return [stopping.reason as Failure];
  const ready = isNeeded
    ? await readyPlan(prepared.value, early ?? ask(), inputs, open)
    : ok({...prepared.value, inputs, facts: noEngine, notices: [], others: {}});
  if (isStopped(stopping)) return [stopping.reason as Failure];
  if (!ready.ok) return [ready.error];
  const {plan} = ready.value;
  const runId = newRunId(systemClock.now(), randomBytes(3).toString('hex'));
  const readsFar = flags.unpacked === true;
  const earlierSizes = {records, readsFar, signal: stopping, folder: dirname(plan.matrixFile)};
  if (against !== undefined) {
    const {checkAgainst} = await import('../check-against.ts');
    const images = ports.images.push;
    const found = await checkAgainst({...earlierSizes, against, plan, runId, images});
    if (isStopped(stopping)) return [stopping.reason as Failure];
    if (!found.ok) return [found.error];
  }
  // What could be read so far needs no new login; other registries were not asked yet.
  const registries =
    isNeeded || pushesToSeveral(plan)
      ? await preparePush({...prepared.value, plan}, ports, context.environment, {
          ...{buildx: ready.value.facts.buildx, signal: stopping},
        })
      : ok({logins: noLogins, notices: []});
  if (isStopped(stopping)) return [stopping.reason as Failure];
  if (!registries.ok) return [registries.error];
  const notices = [...ready.value.warnings, ...ready.value.notices, ...registries.value.notices];
  const isText = progress.value === 'tty' || progress.value === 'plain';
  if (isText) printWarnings(context, notices);

  let durationMs = 0;
  const sink = combinedSink([
    await openSink(progress.value, context, flags, plan, stopping),
    ...(isText
      ? [
          warningSink((found) => {
            printWarnings(context, found);
          }),
        ]
      : []),
    {
      handle(event) {
        if (event.type === 'run-finished') ({durationMs} = event);
      },
      close: () => Promise.resolve(),
    },
  ]);
  if (!isText) {
    for (const diagnostic of notices) {
      sink.handle({type: 'notice', at: systemClock.now(), diagnostic});
    }
  }
  const budgets = openRunBudgets({
    ...{plan, records, warnOnly: flags.warnOnly === true},
    earlier:
      against === undefined
        ? null
        : (current) => readEarlier({...earlierSizes, against, current, images: ports.images.push}),
  });
  const result = await runPlan({
    plan,
    mayPublish: budgets.mayPublish,
    sharding,
    ...ready.value.others,
    engine: ready.value.facts,
    runId,
    concurrency: flags.concurrency ?? defaultConcurrency,
    readsFarLayers: readsFar,
    failureMode: flags.failFast === true ? 'fail-fast' : 'keep-going',
    ports: {...ports, logins: registries.value.logins},
    inputs: ready.value.inputs,
    records,
    sink,
    signal: stopping,
  });
  ports.close();
  const {record} = result;
  const held = record === null ? null : await budgets.result(record);
  const fewPulls = pulls === undefined ? undefined : fewPullsLeft(pulls);
  for (const diagnostic of [
    ...(held?.notices ?? []),
    ...(fewPulls === undefined ? [] : [fewPulls]),
  ]) {
    sink.handle({type: 'notice', at: systemClock.now(), diagnostic});
  }
  await sink.close();
  if (progress.value === 'plain' && held !== null) await printFailedLogs(context, held.record);
  if (held === null) return result.failures;
  if (flags.json === true) {
    context.out.print(JSON.stringify(held.record, null, 2));
  } else if (progress.value !== 'quiet') {
    const run = {durationMs, recordFile: recordFileOf(runId)};
    context.out.print(formatResult(held.record, run, context.out.style));
  }
  const remembered = await records.remember(held.record);
  const copied = await copyRecord(held.record, flags, start.value);
  return [
    ...result.failures,
    ...held.failures,
    ...[remembered, copied].flatMap((written) => (written.ok ? [] : [written.error])),
  ];
}

const pushesToSeveral = ({targets}: BuildPlan): boolean =>
  targets.some(({output}) => output.kind === 'push' && output.repositories.length > 1);

interface ReadyPlan {
  readonly plan: BuildPlan;
  readonly inputs: PlanInputs;
  readonly facts: EngineFacts;
  readonly warnings: readonly Diagnostic[];
  readonly notices: readonly Diagnostic[];
  readonly others: Pick<RunRequest, 'findBuilder'>;
}

/** Of a run that builds nothing: docker is not even started. */
const noEngine: EngineFacts = {docker: null, buildx: null, builders: []};

/** The plan as the builders can do it, and what they are. */
async function readyPlan(
  made: MadePlan,
  questions: EngineQuestions,
  inputs: PlanInputs,
  open: (made: RoutedPlan) => PlanInputs,
): Promise<Result<ReadyPlan, Failure>> {
  const settled = await settlePlan(made, questions);
  if (!settled.ok) return settled;
  const {plan, warnings, notices} = settled.value;
  const engine = await checkEngine(questions, plan.targets);
  if (!engine.ok) return engine;
  return ok({
    plan,
    inputs: plan === made.plan ? inputs : open(settled.value),
    facts: engine.value.facts,
    warnings,
    notices: [...engine.value.notices, ...notices],
    others: {findBuilder: findBuilder(settled.value, questions)},
  });
}

/** The sink that shows progress; what a run does not need is not loaded. */
async function openSink(
  progress: Progress,
  context: CommandContext,
  flags: Flags,
  plan: BuildPlan,
  stopping: AbortSignal,
): Promise<EventSink> {
  const {err} = context;
  const write = (text: string): void => {
    err.stream.write(text);
  };
  switch (progress) {
    case 'tty': {
      const {listrSink} = await import('../../render/listr-sink.ts');
      return listrSink({...err, clock: systemClock, knownStages: stageFacts(plan), stopping});
    }
    case 'plain': {
      const {plainSink} = await import('../../render/plain-sink.ts');
      const plain = plainSink({write, style: err.style, verbose: flags.verbose === true, stopping});
      const {github} = context;
      if (!github.isActive) return plain;
      const {groupedSink} = await import('../../render/grouped-sink.ts');
      return groupedSink(plain, {
        open(title) {
          github.command(workflowCommand('group', {}, title));
          github.guard();
        },
        close() {
          github.command(workflowCommand('endgroup'));
        },
      });
    }
    case 'json': {
      const {jsonlSink} = await import('../../render/jsonl-sink.ts');
      return jsonlSink(write);
    }
    case 'quiet': {
      const {quietSink} = await import('../../render/quiet-sink.ts');
      return quietSink;
    }
  }
}
