import type {LimitFunction} from 'p-limit';
import {parseBuildMetadata, type BuildMetadata} from '../docker/build-metadata.ts';
import type {ProgressSummary} from '../docker/raw-progress.ts';
import {readImage, type PlatformImage} from '../docker/read-image.ts';
import {createReuseReader} from '../docker/stage-reuse.ts';
import {err, ok, type Result} from '../model/result.ts';
import type {PlannedTarget, StageExport} from '../plan/build-plan.ts';
import {attemptFile} from '../records/file-attempt.ts';
import {killAfterMs} from './kill-after.ts';
import type {RunPorts} from './run-ports.ts';

/** Most exports of a run that go on at once: buildx itself takes most of their time. */
export const exportsAtOnce = 4;

/** Images of a stage beside the shipped ones, in the record of the build that exported it. */
export interface ExportedStage {
  readonly buildRef: string;
  readonly platforms: readonly PlatformImage[];
}

/** What is known of each exported stage, by its index; or why nothing is. */
export type ExportedStages = ReadonlyMap<number, Result<ExportedStage, string>>;

/**
 * Exports the stages beside the shipped ones from the cache that the target's build has filled, and
 * reads their images. Never fails as a whole. An export ends as soon as it would build anything: that
 * would take the time of a second build, and could make something else than the image holds.
 */
export async function exportStages(request: {
  readonly target: PlannedTarget;
  /** Of the target's build, which has succeeded. */
  readonly metadata: BuildMetadata;
  readonly progress: ProgressSummary;
  readonly ports: RunPorts;
  /** Of all exports of the run. */
  readonly limitExports: LimitFunction;
  readonly signal: AbortSignal;
}): Promise<ExportedStages> {
  const {target, metadata, limitExports} = request;
  return new Map(
    await Promise.all(
      target.stageExports.map(async (one) => {
        // Neither several nodes nor a docker without the containerd image store write both.
        if (metadata.buildRef === null || metadata.descriptor === null) {
          return [one.index, err(withoutRecord)] as const;
        }
        return [one.index, await limitExports(() => exportStage(one, request))] as const;
      }),
    ),
  );
}

const withoutRecord =
  'the builder keeps no record of a build by which they could be read (it has several nodes, or docker lacks the containerd image store)';

async function exportStage(
  {command, metadataFile, platforms}: StageExport,
  {progress, ports, signal}: Parameters<typeof exportStages>[0],
): Promise<Result<ExportedStage, string>> {
  const {files, processes, images} = ports;
  const removed = await attemptFile(metadataFile, () => files.remove(metadataFile));
  if (!removed.ok) return err(`${metadataFile}: ${removed.error.message}`);

  const reader = createReuseReader(progress);
  const stop = new AbortController();
  const onLine = (line: string): void => {
    reader.line(line);
    if (reader.doubt !== null) stop.abort();
  };
  const ended = await processes.run({
    command: command.program,
    args: command.args,
    env: command.env,
    onStdoutLine: onLine,
    onStderrLine: onLine,
    collect: false,
    signal: AbortSignal.any([signal, stop.signal]),
    killAfterMs,
  });
  if (signal.aborted) return err('the run was stopped');
  if (reader.doubt !== null) return err(reader.doubt);
  if (!ended.ok) return err(`its export could not be run: docker was ${ended.error.kind}`);
  if (ended.value.exitCode !== 0) return err(`its export failed: ${reader.said}`);

  const text = await attemptFile(metadataFile, () => files.readText(metadataFile));
  const metadata = text.ok ? parseBuildMetadata(text.value ?? '') : text;
  if (!metadata.ok) return err(`its export wrote no ${metadataFile} that can be read`);
  const {buildRef, digest} = metadata.value;
  if (buildRef === null || digest === null) return err(withoutRecord);
  const read = await readImage({
    ...{images: images.load, repository: buildRef, reference: digest},
    ...{platforms, signal},
  });
  return read.ok
    ? ok({buildRef, platforms: read.value.platforms})
    : err(`its export could not be read: ${read.error.message}`);
}
