import type {Interrupted} from '../../../src/events/failure.ts';
import type {BuildEvent} from '../../../src/events/event.ts';
import type {PlannedTarget} from '../../../src/plan/build-plan.ts';
import {createRecordStore} from '../../../src/records/record-store.ts';
import {runPlan, type RunRequest, type RunResult} from '../../../src/run/run-plan.ts';
import {createCollectingSink} from '../../fakes/collecting-sink.ts';
import {createFakeClock} from '../../fakes/fake-clock.ts';
import {createFakeFiles} from '../../fakes/fake-files.ts';
import {createFakeHost} from '../../fakes/fake-host.ts';
import {createFakeLogins} from '../../fakes/fake-logins.ts';
import {createFakeImages} from '../../fakes/fake-images.ts';
import {createFakeWaiting} from '../../fakes/fake-waiting.ts';
import {createFakeProbe} from '../../fakes/fake-probe.ts';
import {createFakeProcesses, type Script} from '../../fakes/fake-processes.ts';
import {createFakeTagWriter} from '../../fakes/fake-tag-writer.ts';
import {planOf} from './sample-plan.ts';

export const runId = '20260102-030405-678-1f9a3c';
export const recordFile = `.build-matrix/runs/${runId}/record.json`;
export const logFileOf = (name: string): string =>
  `.build-matrix/runs/${runId}/logs/face-service/${name}.log`;
export const interrupted: Interrupted = {reason: 'interrupted', signal: 'SIGINT'};

const digestOfName = (name: string): string =>
  `sha256:${Buffer.from(name).toString('hex').padEnd(64, '0')}`;

/** A run in memory: scripted docker, files, images and time. */
export function createRunRig(onEvent?: (event: BuildEvent) => void) {
  const files = createFakeFiles({'dockerfiles/Dockerfile': 'FROM scratch AS runtime\nRUN false\n'});
  const processes = createFakeProcesses();
  const images = createFakeImages();
  const logins = createFakeLogins();
  const clock = createFakeClock();
  const sink = createCollectingSink(onEvent);
  const stop = new AbortController();

  /** What buildx does when the build of `target` succeeds after `ms`. */
  const success = (target: PlannedTarget, script: Script = {}, ms = 0): Script => ({
    ...script,
    effect: (request) => {
      script.effect?.(request);
      clock.advance(ms);
      const digest = digestOfName(target.name);
      files.put(target.metadataFile, JSON.stringify({'containerimage.digest': digest}));
      images.put(`.build-matrix/images/face-service@${digest}`, manifestOf(digest));
    },
  });

  const probe = createFakeProbe();
  const waiting = createFakeWaiting(clock);

  return {
    files,
    processes,
    images,
    logins,
    clock,
    probe,
    waiting,
    sink,
    stop,
    success,
    digestOf: digestOfName,
    /** Docker does this for the target of that name. */
    docker(target: PlannedTarget, script: Script): void {
      processes.on(`--metadata-file=${target.metadataFile}`, script);
    },
    run(targets: readonly PlannedTarget[], changes: Partial<RunRequest> = {}): Promise<RunResult> {
      return runPlan({
        plan: planOf(...targets),
        engine: {docker: '28.5.2', buildx: '0.29.1', builders: []},
        runId,
        concurrency: 2,
        failureMode: 'keep-going',
        ports: {
          processes,
          files,
          clock,
          host: createFakeHost(),
          images: {push: images, load: images, oci: images},
          probe,
          writer: createFakeTagWriter(),
          waiting,
          logins,
        },
        records: createRecordStore(files),
        sink,
        signal: stop.signal,
        ...changes,
      });
    },
  };
}

function manifestOf(digest: string) {
  const layer = {
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    digest: `sha256:${'d'.repeat(64)}`,
    size: 1000,
  };
  return {
    digest,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    json: {
      schemaVersion: 2,
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: `sha256:${'c'.repeat(64)}`,
        size: 7,
      },
      layers: [layer, {...layer, digest: `sha256:${'e'.repeat(64)}`, size: 234}],
    },
  };
}

/** One line of `--progress=rawjson`. */
export const rawLine = (status: unknown): string => JSON.stringify(status);
