import {hasImage} from '../events/has-image.ts';
import {isPublished} from '../events/is-published.ts';
import type {BuildPlan} from '../plan/build-plan.ts';
import type {Sharding} from '../plan/shards.ts';
import type {EngineFacts} from '../docker/engine-facts.ts';
import type {BuildRecord, PublicationRecord, TargetRecord} from '../records/build-record.ts';
import {isoTime} from '../records/run-id.ts';
import {targetRecordOf} from './target-record.ts';

/** What is known of a run so far. */
export interface Ledger {
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  /** Takes the newest state of one target. */
  note(record: TargetRecord): void;
  /** The record of the run as it goes on. */
  record(): BuildRecord;
  /** Digest of what each build has made so far, by its id. */
  digests(): ReadonlyMap<string, string>;
  /** True when every target has its image. */
  isComplete(): boolean;
  /** The record of the run that has ended. */
  close(
    finishedAt: number,
    interrupted: boolean,
    publications: readonly PublicationRecord[],
  ): BuildRecord;
}

/** A ledger in which no target has started. */
export function openLedger(
  run: {
    readonly plan: BuildPlan;
    readonly sharding?: Sharding | null;
    readonly engine: EngineFacts;
    readonly runId: string;
  },
  startedAt: number,
): Ledger {
  const {plan, engine, runId} = run;
  const sharding = run.sharding ?? null;
  const targets = new Map<string, TargetRecord>(
    plan.targets.map((target) => [target.id, targetRecordOf(target)]),
  );
  const running = (): BuildRecord => ({
    schema: 1,
    runId,
    tool: plan.tool,
    matrixFile: plan.matrixFile,
    planFingerprint: plan.fingerprint,
    git: plan.git,
    version: plan.version,
    engine,
    startedAt: isoTime(startedAt),
    finishedAt: null,
    outcome: 'running',
    targets: [...targets.values()],
    ...(sharding === null ? {} : {sharding}),
  });

  const isComplete = (): boolean => [...targets.values()].every(({outcome}) => hasImage(outcome));

  return {
    startedAt,
    note(record) {
      targets.set(record.id, record);
    },
    record: running,
    digests: () =>
      new Map(
        [...targets.values()].flatMap(({id, digest}) => (digest === null ? [] : [[id, digest]])),
      ),
    isComplete,
    close(finishedAt, interrupted, publications) {
      const all = isComplete() && publications.every(({outcome}) => isPublished(outcome));
      const outcome = interrupted ? 'interrupted' : all ? 'succeeded' : 'failed';
      return {
        ...running(),
        finishedAt: isoTime(finishedAt),
        outcome,
        ...(publications.length === 0 ? {} : {publications}),
      };
    },
  };
}
