import type {SourceRange} from '../events/diagnostic.ts';
import type {BuildFailed} from '../events/failure.ts';
import {lineRange} from './build-warning.ts';
import {isBuilderLost} from './builder-lost.ts';
import {dockerError} from './docker-error.ts';
import {hintFor} from './failure-hints.ts';
import {classifyRegistryFailure, type RegistryFailure} from './registry-failure.ts';
import type {FailedStep, ProgressSummary} from './raw-progress.ts';
import {findExcerpt, type SourceExcerpt} from './source-excerpt.ts';

/** All that is known of a build that did not succeed. */
export interface FailureEvidence {
  readonly target: string;
  readonly platforms: readonly string[];
  readonly dockerfile: {
    /** As the user knows it. */
    readonly path: string;
    /** Absent when it could not be read (a remote context). */
    readonly text?: string;
  };
  readonly progress: ProgressSummary;
  /** How `docker` ended: an exit code or a signal. */
  readonly exit: {readonly exitCode?: number; readonly signal?: string};
  /** Relative to the working directory. */
  readonly logFile: string;
}

const logTailLength = 20;

/** Why a build did not succeed. */
export interface ExplainedFailure {
  /** What a user reads: cause, place, excerpt, last log lines and a hint. */
  readonly failure: BuildFailed;
  /** Present when a registry or the network is the cause; its remedy is the hint. */
  readonly registry: RegistryFailure | undefined;
  /** True when the builder is not there (any more): the build may succeed on another one. */
  readonly isLost: boolean;
}

export function explainBuildFailure(evidence: FailureEvidence): ExplainedFailure {
  const {target, platforms, dockerfile, progress, logFile} = evidence;
  const said = finalError(progress.plainTail);
  const step = failedStep(progress.failed, said);
  const error = isTelling(said)
    ? said
    : (step?.error ?? (said === '' ? howItEnded(evidence) : said));
  const platform = step?.platform ?? (platforms.length === 1 ? platforms[0] : undefined);
  const excerpt = findExcerpt(progress.plainTail);
  const range =
    excerpt === undefined ? namedLine(error, dockerfile) : rangeOf(excerpt, dockerfile.path);
  const logTail = (step?.logTail ?? []).slice(-logTailLength);
  // Retries and their causes stand in the log of a failed push, and not always in its error.
  const registry = classifyRegistryFailure({error, log: (step?.logTail ?? []).join('\n')});
  const isLost = registry === undefined && isBuilderLost(error, progress.failed);
  const hint =
    registry?.remedy ??
    (isLost ? lostHint : undefined) ??
    hintFor({error: `${error}\n${step?.error ?? ''}`, log: logTail.join('\n'), platform});
  const failure: BuildFailed = {
    reason: 'build-failed',
    target,
    message: error.split('\n', 1)[0] ?? '',
    ...(registry === undefined ? {} : {cause: registry.kind}),
    ...(platform === undefined ? {} : {platform}),
    ...(step?.stage === undefined ? {} : {stage: step.stage}),
    ...(step === undefined ? {} : {step: step.name}),
    ...(range === undefined ? {} : {range}),
    ...(excerpt === undefined ? {} : {excerpt: excerpt.lines}),
    logTail,
    logFile,
    ...(hint === undefined ? {} : {hint}),
  };
  return {failure, registry, isLost};
}

const lostHint =
  'the builder went away: look at `docker buildx ls`; a second builder for its platforms under `builders` takes over next time';

/** buildx prints its error last; without `ERROR:` the last lines may be anything. */
function finalError(lines: readonly string[]): string {
  return lines.some((line) => line.startsWith('ERROR: ')) ? dockerError(lines) : '';
}

/** An answer of 500 is passed on as a bare `unknown` by BuildKit 0.24 and later. */
function isTelling(error: string): boolean {
  return error !== '' && !/(?:^|: )unknown$/u.test(error);
}

/** The step whose error is the final one; several may have failed on their own. */
function failedStep(failed: readonly FailedStep[], error: string): FailedStep | undefined {
  return failed.find((step) => error.includes(step.error)) ?? failed[0];
}

function howItEnded({exit}: FailureEvidence): string {
  if (exit.signal !== undefined) return `docker was ended by ${exit.signal}`;
  return `docker ended with exit code ${exit.exitCode ?? 'unknown'} and gave no reason`;
}

function rangeOf({lines}: SourceExcerpt, file: string): SourceRange | undefined {
  const first = lines.find(({failed}) => failed);
  return first && lineRange(file, first.line, first.text);
}

/** `dockerfile parse error on line 2: …` */
function namedLine(
  error: string,
  {path, text}: FailureEvidence['dockerfile'],
): SourceRange | undefined {
  const line = Number(/dockerfile parse error on line (\d+)/u.exec(error)?.[1]);
  const found = text?.split('\n')[line - 1];
  return found === undefined ? undefined : lineRange(path, line, found);
}
