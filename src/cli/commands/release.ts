import {dirname, resolve} from 'node:path';

import {createAwsEcr} from '../../adapters/aws-ecr.ts';
import {createRegistryImages} from '../../adapters/http-images.ts';
import {createRegistryProbe} from '../../adapters/http-registry-probe.ts';
import {createTagWriter} from '../../adapters/http-tag-writer.ts';
import {nodeFiles} from '../../adapters/node-files.ts';
import {nodeHost} from '../../adapters/node-host.ts';
import {createReleaseGit} from '../../adapters/release-git-cli.ts';
import {systemClock} from '../../adapters/system-clock.ts';
import {systemWaiting} from '../../adapters/system-waiting.ts';
import {checkTagTools} from '../../docker/engine-check.ts';
import {askEngine} from '../../docker/engine-questions.ts';
import type {Failure} from '../../events/failure.ts';
import type {ReleaseEvent} from '../../events/release-event.ts';
import {err, ok, type Result} from '../../model/result.ts';
import type {Processes} from '../../ports/processes.ts';
import type {BuildRecord} from '../../records/build-record.ts';
import {readRecordFile} from '../../records/record-file.ts';
import {createRecordStore} from '../../records/record-store.ts';
import {prepareRelease, type PreparedRelease} from '../../release/prepare-release.ts';
import type {RegistryPorts} from '../../release/move-tags.ts';
import {releaseImages, targetOf, versionMark} from '../../release/release-images.ts';
import {takeReleaseLock} from '../../release/release-lock.ts';
import {releaseRules} from '../../release/release-rules.ts';
import {runSteps} from '../../release/run-steps.ts';
import {parseVersion, type Version} from '../../release/version-tags.ts';
import {releaseNotes} from '../../render/release-notes.ts';
import {formatReleased, formatReleasePlan, releaseLine} from '../../render/release-text.ts';
import {readRecords} from '../../sizes/read-records.ts';
import type {CommandContext} from '../context.ts';
import type {ReleaseFlags} from '../flags.ts';
import {openGitHub} from '../open-github.ts';
import {progressOf, type Progress} from '../options.ts';
import {preparePlan, type PreparedPlan} from '../prepare-plan.ts';
import {printWarnings} from '../print-warnings.ts';
import {openLogins} from '../open-logins.ts';
import {openProcesses} from '../open-processes.ts';
import {registryAccess} from '../run-ports.ts';
import {isStopped, watchSignals} from '../signals.ts';
import {rollBack} from './release-rollback.ts';

/** `build-matrix release VERSION`: promotes the tested images of this commit, and tells GitHub. */
export async function release(
  context: CommandContext,
  text: string,
  given: ReleaseFlags,
): Promise<readonly Failure[]> {
  const {record: files = [], ...flags} = given;
  const progress = progressOf(flags, context.environment, false);
  if (!progress.ok) return [progress.error];
  const processes = openProcesses(context.environment);
  const stopping = watchSignals(() => {
    processes.killAll();
  });
  const named = files.map((path) => resolve(path));
  const prepared = await preparePlan(context, [], {
    ...flags,
    imageVersion: versionMark,
    push: true,
  });
  if (!prepared.ok) return [prepared.error];
  const rules = releaseRules(prepared.value.matrix.release, flags.next === true);
  const version = parseVersion(text, rules.tagPrefix);
  if (!version.ok) {
    const {message, suggestion = ''} = version.error;
    return [
      {
        ...{reason: 'release-refused', version: text},
        problems: [{message, remedy: suggestion}],
      },
    ];
  }
  const {environment} = context;
  const logins = openLogins(prepared.value.plan.publications, {
    ...prepared.value,
    ...{processes, environment},
  });
  const refused = await logins.ensure(stopping);
  if (isStopped(stopping)) return [stopping.reason as Failure];
  if (refused !== null) return [refused];
  const registry = registryPorts(context, prepared.value, {processes, logins, signal: stopping});
  const ready = {
    ...{context, flags, prepared: prepared.value, rules, registry, processes, stopping},
    ...{version: version.value, progress: progress.value, named},
  };
  if (flags.dryRun === true) return releaseOrBack(ready);
  const lock = await takeReleaseLock(version.value.text, {files: nodeFiles, host: nodeHost});
  if (!lock.ok) return [lock.error];
  try {
    return await releaseOrBack(ready);
  } finally {
    await lock.value();
  }
}

interface ReadyRelease {
  readonly context: CommandContext;
  readonly flags: Omit<ReleaseFlags, 'record'>;
  readonly progress: Progress;
  readonly prepared: PreparedPlan;
  readonly version: Version;
  readonly rules: ReturnType<typeof releaseRules>;
  readonly registry: RegistryPorts;
  /** Paths of records. */
  readonly named: readonly string[];
  readonly processes: Processes;
  readonly stopping: AbortSignal;
}

async function releaseOrBack(ready: ReadyRelease): Promise<readonly Failure[]> {
  const {context, flags, progress, prepared, version, registry, named, stopping} = ready;
  const dryRun = flags.dryRun === true;
  if (flags.rollback === true) return rollBack({context, version, registry, dryRun});
  if (progress === 'plain') printWarnings(context, prepared.warnings);
  const records = await recordsOf(named);
  if (!records.ok) return [records.error];
  const release = await prepare(ready, records.value);
  if (isStopped(stopping)) return [stopping.reason as Failure];
  if (!release.ok) return [release.error];
  if (progress === 'plain' && release.value.warning !== null) {
    context.err.print(`${context.err.style.colours.yellow('warning:')} ${release.value.warning}`);
  }
  if (dryRun) {
    print(context, flags, release.value);
    return [];
  }
  return run(release.value, context, flags, progress, stopping);
}

function registryPorts(
  {environment}: CommandContext,
  {plan, matrix}: PreparedPlan,
  opened: Pick<RegistryPorts, 'processes' | 'logins' | 'signal'>,
): RegistryPorts {
  const access = registryAccess(opened.processes, environment, matrix);
  const images = createRegistryImages(access);
  const builder = plan.targets[0]?.builder ?? null;
  return {
    ...opened,
    images,
    tags: images,
    probe: createRegistryProbe(access),
    writer: createTagWriter(access),
    builder,
  };
}

async function recordsOf(
  named: readonly string[],
): Promise<Result<readonly BuildRecord[], Failure>> {
  if (named.length === 0) {
    const kept = await readRecords(createRecordStore(nodeFiles));
    return kept.ok ? ok(kept.value.records) : kept;
  }
  const records: BuildRecord[] = [];
  for (const path of named) {
    const record = await readRecordFile(nodeFiles, path, 'there is no such file');
    if (!record.ok) return record;
    records.push(record.value);
  }
  return ok(records);
}

async function prepare(
  {context, flags, prepared, version, rules, registry, processes, stopping}: ReadyRelease,
  records: readonly BuildRecord[],
): Promise<Result<PreparedRelease, Failure>> {
  const {plan} = prepared;
  const images = releaseImages(plan.publications, version.text);
  if (!images.ok) {
    const {message, suggestion = ''} = images.error;
    return err({reason: 'invalid-usage', message, remedy: suggestion});
  }
  if (images.value.length === 0) {
    return err({
      reason: 'invalid-usage',
      message:
        'no target has a tag with `{version}` in a registry, so that there is nothing to release',
      remedy: 'give targets `tags: ["{version}"]` and `registries` in matrix.yml',
    });
  }
  const git = createReleaseGit(processes);
  const folder = dirname(plan.matrixFile);
  const tools = await checkTagTools(askEngine(processes, stopping));
  const github =
    flags.github === false || rules.github === false
      ? ok(null)
      : await openGitHub({
          ...{context, processes, folder, git, rules},
          signal: stopping,
        });
  return prepareRelease({
    ...{version, rules, folder, records},
    git: plan.git,
    images: images.value,
    platforms: platformsOf(plan.targets),
    github: github.ok ? github.value : null,
    registries: prepared.matrix.registries,
    buildx: tools.ok ? tools.value.buildx : null,
    ports: {...registry, git, files: nodeFiles, ecr: createAwsEcr(), waiting: systemWaiting},
    problems: [...(tools.ok ? [] : [tools.error]), ...(github.ok ? [] : [github.error])],
    renderNotes: releaseNotes,
  });
}

function platformsOf(
  targets: PreparedPlan['plan']['targets'],
): ReadonlyMap<string, readonly string[]> {
  const platforms = new Map<string, readonly string[]>();
  for (const {id, platforms: own} of targets) {
    platforms.set(targetOf(id), [...(platforms.get(targetOf(id)) ?? []), ...own]);
  }
  return platforms;
}

function print(
  context: CommandContext,
  flags: ReadyRelease['flags'],
  release: PreparedRelease,
): void {
  const {plan, inspections} = release;
  if (flags.json !== true) {
    context.out.print(formatReleasePlan(plan, inspections, context.out.style));
    return;
  }
  const found = inspections.map((each) => ({
    step: each.step.id,
    ...(each.found.ok ? each.found.value : {state: 'unknown', message: each.found.error.message}),
  }));
  context.out.print(JSON.stringify({plan, found}, null, 2));
}

async function run(
  {plan, steps, page}: PreparedRelease,
  context: CommandContext,
  flags: ReadyRelease['flags'],
  progress: Progress,
  signal: AbortSignal,
): Promise<readonly Failure[]> {
  const ends: ReleaseEvent[] = [];
  const ended = await runSteps({
    ...{plan, steps, signal},
    clock: systemClock,
    waiting: systemWaiting,
    emit(event) {
      if (event.type === 'release-step-finished') ends.push(event);
      if (progress === 'json') context.err.print(JSON.stringify(event));
      if (progress === 'json' || progress === 'quiet') return;
      const line = releaseLine(event, context.err.style);
      if (line !== undefined) context.err.print(line);
    },
  });
  if (flags.json === true) context.out.print(JSON.stringify({plan, steps: ends}, null, 2));
  else if (ended.ok && progress !== 'quiet') context.out.print(formatReleased(plan, page()));
  return ended.ok ? [] : [ended.error];
}
