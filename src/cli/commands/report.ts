import {appendOutputs, appendSummary} from '../../adapters/github-files.ts';
import {publicApiUrl} from '../../adapters/github-token.ts';
import {nodeFiles} from '../../adapters/node-files.ts';
import type {Diagnostic} from '../../events/diagnostic.ts';
import {failureSentence} from '../../events/failure-sentence.ts';
import type {Failure} from '../../events/failure.ts';
import {err, ok, type Result} from '../../model/result.ts';
import type {BuildRecord} from '../../records/build-record.ts';
import {attemptFile} from '../../records/file-attempt.ts';
import {joinedRecord} from '../../records/joined-record.ts';
import {createRecordStore} from '../../records/record-store.ts';
import {githubOutputs} from '../../render/github-outputs.ts';
import {runMarkdown} from '../../render/run-markdown.ts';
import {compare} from '../../sizes/compare.ts';
import {reportOf} from '../../sizes/report-of-record.ts';
import type {SizeReport} from '../../sizes/size-report.ts';
import type {CommandContext} from '../context.ts';
import {openProcesses} from '../open-processes.ts';
import type {Flags} from '../flags.ts';
import {noOutputFile} from '../no-output-file.ts';
import {commentMarker, commentPlace, putComment} from '../pull-request-comment.ts';
import {printWarnings} from '../print-warnings.ts';
import {readEarlier} from '../read-earlier.ts';
import {
  goToBuilds,
  matrixOf,
  matrixFolder,
  pathFrom,
  readRecord,
  type BuildFolder,
} from '../recorded-run.ts';
import {openRunPorts} from '../run-ports.ts';
import {isStopped, watchSignals} from '../signals.ts';

/** `build-matrix report`: what came of a run, or of the jobs of a workflow, as Markdown. */
export async function report(
  context: CommandContext,
  recordFiles: readonly string[],
  flags: Flags,
): Promise<readonly Failure[]> {
  const {environment} = context;
  const summary = environment['GITHUB_STEP_SUMMARY'] ?? '';
  if (flags.summary === true && summary === '') {
    const message = '--summary: the variable GITHUB_STEP_SUMMARY is not set';
    const remedy = 'use it in a step of GitHub Actions, or write a file with --markdown';
    return [{reason: 'invalid-usage', message, remedy}];
  }
  const outputs = environment['GITHUB_OUTPUT'] ?? '';
  if (flags.githubOutput === true && outputs === '') return [noOutputFile];
  const folder = await goToBuilds(flags);
  if (!folder.ok) return [folder.error];
  const record = await readRecords(folder.value, recordFiles);
  if (!record.ok) return [record.error];
  const sizes = await comparedSizes(context, flags, folder.value, record.value);
  if (!sizes.ok) return [sizes.error];

  const markdown = runMarkdown(record.value, sizes.value);
  const failures: Failure[] = [];
  const write = async (file: string, work: () => Promise<void>): Promise<void> => {
    const written = await attemptFile(file, work);
    if (!written.ok) failures.push(written.error);
  };
  const {markdown: file} = flags;
  if (file !== undefined && file !== '-') {
    await write(file, () => nodeFiles.writeAtomic(pathFrom(folder.value, file), markdown));
  }
  if (flags.summary === true) await write(summary, () => appendSummary(summary, markdown));
  if (flags.comment === true) await comment(context, record.value, markdown);
  if (flags.githubOutput === true) {
    await write(outputs, () => appendOutputs(outputs, githubOutputs(record.value)));
  }
  const isElsewhere = [flags.summary, flags.comment, flags.githubOutput].includes(true);
  if (flags.json === true) context.out.print(JSON.stringify(record.value, null, 2));
  else if (file === '-' || (file === undefined && !isElsewhere)) {
    context.out.print(markdown.trimEnd());
  }
  return failures;
}

/** The records of all files as one, or that of the latest run. */
async function readRecords(
  folder: BuildFolder,
  files: readonly string[],
): Promise<Result<BuildRecord, Failure>> {
  const first = await readRecord(folder, files[0]);
  if (!first.ok) return first;
  const rest: BuildRecord[] = [];
  for (const file of files.slice(1)) {
    const record = await readRecord(folder, file);
    if (!record.ok) return record;
    rest.push(record.value);
  }
  return ok(joinedRecord([first.value, ...rest]));
}

/** Sizes, compared where there is something to compare with: a report is worth having without. */
async function comparedSizes(
  context: CommandContext,
  {against}: Flags,
  folder: BuildFolder,
  record: BuildRecord,
): Promise<Result<SizeReport, Failure>> {
  const sizes = reportOf(record);
  if (against === undefined || against === '') return ok(sizes);
  const processes = openProcesses(context.environment);
  const stopping = watchSignals(() => {
    processes.killAll();
  });
  const {images} = openRunPorts(processes, context.environment, await matrixOf(folder));
  const path = pathFrom(folder, against);
  const earlier = await readEarlier({
    against: (await nodeFiles.kind(path)) === 'file' ? path : against,
    ...{current: record, records: createRecordStore(nodeFiles), images: images.push},
    ...{signal: stopping, folder: matrixFolder(folder), readsFar: false},
  });
  if (isStopped(stopping)) return err(stopping.reason as Failure);
  if (earlier.ok) return ok(compare(sizes, earlier.value.report, earlier.value.name));
  printWarnings(context, [notCompared(earlier.error)]);
  return ok(sizes);
}

function notCompared(failure: Failure): Diagnostic {
  const message = `sizes are not compared: ${failureSentence(failure)}`;
  return {severity: 'warning', code: 'not-compared', message};
}

/** A comment that cannot be written is no failure: workflows of forks may only read. */
async function comment(
  context: CommandContext,
  {matrixFile}: BuildRecord,
  markdown: string,
): Promise<void> {
  const {environment, version} = context;
  const event = environment['GITHUB_EVENT_PATH'] ?? '';
  const text = await nodeFiles.readText(event).catch(() => undefined);
  const place = commentPlace(environment, text ?? '');
  if (place === undefined) return;
  const token = environment['GITHUB_TOKEN'] ?? '';
  const [{createGitHubClient}, {createGithubComments}] = await Promise.all([
    import('../../adapters/github-client.ts'),
    import('../../adapters/github-comments.ts'),
  ]);
  const client = createGitHubClient({
    apiUrl: environment['GITHUB_API_URL'] ?? publicApiUrl,
    token: token === '' ? null : token,
    userAgent: `build-matrix/${version}`,
  });
  const comments = createGithubComments(client, place.repository, place.number);
  const problem = await putComment(comments, {
    marker: commentMarker(matrixFile),
    ...{markdown, token},
  });
  if (problem !== undefined) printWarnings(context, [problem]);
}
