import {nodeFiles} from '../../adapters/node-files.ts';
import type {Failure} from '../../events/failure.ts';
import {err, ok, type Result} from '../../model/result.ts';
import type {BuildRecord} from '../../records/build-record.ts';
import {attemptFile} from '../../records/file-attempt.ts';
import {createRecordStore} from '../../records/record-store.ts';
import {sizesText} from '../../render/sizes-text.ts';
import type {Images} from '../../ports/images.ts';
import type {ImageSources} from '../../run/run-ports.ts';
import {isPrevious} from '../../sizes/is-previous.ts';
import {isChosenBy, onlyOf} from '../../sizes/recorded-images.ts';
import {reportOf} from '../../sizes/report-of-record.ts';
import type {HeldBudgets} from '../../sizes/budgets.ts';
import type {EarlierSizes} from '../../sizes/earlier-sizes.ts';
import type {SizeHistory} from '../../sizes/history.ts';
import type {SizeReport} from '../../sizes/size-report.ts';
import type {WhyReport} from '../../sizes/why-report.ts';
import type {CommandContext} from '../context.ts';
import type {Flags} from '../flags.ts';
import {openProcesses} from '../open-processes.ts';
import {everyTarget} from '../options.ts';
import {
  goToBuilds,
  matrixFolder,
  pathFrom,
  readRecord,
  matrixOf,
  type BuildFolder,
} from '../recorded-run.ts';
import {openRunPorts} from '../run-ports.ts';
import {watchSignals} from '../signals.ts';

/** What `sizes` was asked for, found. */
interface Request {
  readonly context: CommandContext;
  readonly flags: Flags;
  readonly folder: BuildFolder;
  /** Whether an image is of the targets and platforms that were named. */
  readonly isChosen: ReturnType<typeof isChosenBy>;
  readonly matrix: Awaited<ReturnType<typeof matrixOf>>;
}

/** `build-matrix sizes`: prints what a record tells of sizes, how they changed, or what fills the images. */
export async function sizes(
  context: CommandContext,
  targets: readonly string[],
  flags: Flags,
): Promise<readonly Failure[]> {
  const {platform: platforms = []} = flags;
  if (flags.json === true && flags.why === true && flags.against !== undefined) {
    const message = '--json is either of --why or of --against';
    return [{reason: 'invalid-usage', message, remedy: 'run the command twice'}];
  }
  const folder = await goToBuilds(flags);
  if (!folder.ok) return [folder.error];
  const isRead = [flags.against, flags.image, flags.why, flags.unpacked].some(
    (flag) => flag !== undefined,
  );
  const matrix = isRead || targets.length > 0 ? await matrixOf(folder.value) : {};
  const request: Request = {
    ...{context, flags, matrix},
    folder: folder.value,
    isChosen: isChosenBy(targets, platforms, matrix.groups),
  };
  if (flags.history === true) return printHistory(request);
  if (flags.image !== undefined) return printImages(request, targets, flags.image);
  const record = await readRecord(folder.value, flags.record);
  if (!record.ok) return [record.error];
  const chosen = onlyOf(record.value, targets, platforms, matrix.groups);
  if (!chosen.ok) return [chosen.error];
  const opened = openPorts(request);
  const failures = await printSizes(request, chosen.value, opened);
  opened.close();
  return failures;
}

interface Opened {
  readonly images: ImageSources;
  readonly stopping: AbortSignal;
  readonly close: () => void;
}

function openPorts({context, matrix}: Pick<Request, 'context' | 'matrix'>): Opened {
  const processes = openProcesses(context.environment);
  const stopping = watchSignals(() => {
    processes.killAll();
  });
  const {images, close} = openRunPorts(processes, context.environment, matrix);
  return {images, stopping, close};
}

/** Prints what a registry tells of the images of targets, in place of a record. */
async function printImages(
  request: Request,
  targets: readonly string[],
  reference: string,
): Promise<readonly Failure[]> {
  const {context, flags} = request;
  if (isPrevious(flags.against)) {
    const message = `--against ${flags.against}: an image of a registry has no run before it`;
    const remedy = 'name the id of a run, an image, or a git revision';
    return [{reason: 'invalid-usage', message, remedy}];
  }
  const [{preparePlan}, {readImageRecord}] = await Promise.all([
    import('../prepare-plan.ts'),
    import('../read-image-record.ts'),
  ]);
  const {file, platform, unpacked = false} = flags;
  const plan = await preparePlan(context, targets.length === 0 ? everyTarget : targets, {
    ...(file === undefined ? {} : {file}),
    ...(platform === undefined ? {} : {platform}),
  });
  if (!plan.ok) return [plan.error];
  const opened = openPorts(request);
  const read = await readImageRecord({
    ...{reference, plan: plan.value.plan, images: opened.images.push},
    ...{readsFar: unpacked, signal: opened.stopping},
  });
  if (opened.stopping.aborted) return [opened.stopping.reason as Failure];
  if (!read.ok) return [read.error];
  const {record, explain, failures} = read.value;
  if (record.targets.length === 0) return failures;
  return [...failures, ...(await printSizes(request, record, opened, explain))];
}

/** Without --top: folders and files of each stage, more of them in a page, and findings. */
const usualPaths = 5;
const usualPagePaths = 60;
const usualFindings = 10;

async function printSizes(
  request: Request,
  recorded: BuildRecord,
  {images, stopping}: Opened,
  explain: (report: SizeReport) => SizeReport = (report) => report,
): Promise<readonly Failure[]> {
  const {context, flags} = request;
  const {against, html, top} = flags;
  const record =
    flags.unpacked === true && flags.image === undefined
      ? await (
          await import('../read-unpacked.ts')
        ).readUnpacked(context, recorded, images, stopping)
      : recorded;
  const earlier =
    against === undefined
      ? undefined
      : await earlierOf(request, against, record, images.push, stopping);
  if (stopping.aborted) return [stopping.reason as Failure];
  if (earlier?.ok === false) return [earlier.error];
  const held = await checkBudgets(request, record, earlier?.value);
  if (!held.ok) return [held.error];
  const {budgets, exceeded, unchecked} = held.value;
  const report = explain(reportOf(record));
  const compared = earlier === undefined ? report : await comparedWith(report, earlier.value);
  const shown = budgets.length === 0 ? compared : {...compared, budgets};
  const failures =
    flags.check === true ? await breaches(context, {exceeded, unchecked}, flags) : [];
  if (flags.why !== true) return [...(await show(request, shown, undefined)), ...failures];

  const {readWhy} = await import('./sizes-why.ts');
  const paths = top ?? (html === undefined ? usualPaths : usualPagePaths);
  const read = await readWhy({
    ...{context, record, images, top: paths, stopping},
    isRecorded: flags.image === undefined,
  });
  return [...read.failures, ...(await show(request, shown, read.report)), ...failures];
}

/**
 * Holds the budgets of matrix.yml against what the record tells. Without --check what matrix.yml does
 * not tell is left out.
 */
async function checkBudgets(
  {context, flags, folder}: Request,
  record: BuildRecord,
  earlier: EarlierSizes | undefined,
): Promise<Result<HeldBudgets, Failure>> {
  const none: HeldBudgets = {budgets: [], exceeded: [], unchecked: []};
  const {check = false, file} = flags;
  if (folder.matrixFile === undefined && !check) return ok(none);
  const [{preparePlan}, {heldBudgets}] = await Promise.all([
    import('../prepare-plan.ts'),
    import('../hold-budgets.ts'),
  ]);
  const plan = await preparePlan(context, everyTarget, file === undefined ? {} : {file});
  if (!plan.ok) return check ? plan : ok(none);
  return ok(
    await heldBudgets({
      targets: plan.value.plan.targets,
      ...{record, records: createRecordStore(nodeFiles)},
      earlier: baseline(flags, earlier),
    }),
  );
}

/** What growth is held against; null for the last release that is remembered here. */
function baseline(
  {image}: Flags,
  earlier: EarlierSizes | undefined,
): (() => Promise<Result<EarlierSizes, Failure>>) | null {
  if (earlier !== undefined) return () => Promise.resolve(ok(earlier));
  if (image === undefined) return null;
  const message = 'what an image of a registry has grown since is named with --against';
  return () => Promise.resolve(err({reason: 'invalid-usage', message, remedy: ''}));
}

async function breaches(
  context: CommandContext,
  held: Pick<HeldBudgets, 'exceeded' | 'unchecked'>,
  flags: Flags,
): Promise<readonly Failure[]> {
  const [{resultOf}, {printWarnings}] = await Promise.all([
    import('../hold-budgets.ts'),
    import('../print-warnings.ts'),
  ]);
  const {failures, notices} = await resultOf(held, flags.warnOnly === true);
  printWarnings(context, notices);
  return failures;
}

/** Writes the files that are asked for, and prints what does not go to them. */
async function show(
  request: Request,
  report: SizeReport,
  why: WhyReport | undefined,
): Promise<readonly Failure[]> {
  const {context, flags} = request;
  const {out} = context;
  const {markdown, html, json = false, instructions = false, top} = flags;
  const failures: Failure[] = [];
  if (markdown !== undefined) {
    const {sizesMarkdown} = await import('../../render/sizes-markdown.ts');
    failures.push(...(await writeText(request, markdown, sizesMarkdown(report))));
  }
  if (html !== undefined) {
    const [{sizesHtml}, history] = await Promise.all([
      import('../../render/sizes-html.ts'),
      historyFor(request),
    ]);
    // Without its history the page is worth having all the same.
    const parts = {...(history.ok && {history: history.value}), ...(why && {why})};
    failures.push(...(await writeText(request, html, await sizesHtml(report, parts))));
  }
  if (markdown === '-' || html === '-') return failures;
  if (json) {
    out.print(JSON.stringify(why ?? report, null, 2));
    return failures;
  }
  const texts: string[] = [];
  if (why === undefined || flags.against !== undefined) {
    const width = Math.min(out.style.columns, widest);
    texts.push(sizesText(report, out.style, width, {instructions}));
  }
  if (why !== undefined && why.images.length > 0) {
    const {formatWhy} = await import('../../render/why-text.ts');
    texts.push(formatWhy(shortened(why, top ?? usualPaths), top ?? usualFindings, out.style));
  }
  if (texts.length > 0) out.print(texts.join('\n\n'));
  return failures;
}

/** A page has room for more than a terminal. */
function shortened(why: WhyReport, paths: number): WhyReport {
  return {
    ...why,
    images: why.images.map((image) => ({
      ...image,
      stages: image.stages.map((stage) => ({
        ...stage,
        directories: stage.directories.slice(0, paths),
        largestFiles: stage.largestFiles.slice(0, paths),
      })),
    })),
  };
}

/** Bars do not get better when they are longer. */
const widest = 120;

/** What `--against` means, without other targets and platforms than those that were named. */
async function earlierOf(
  {flags, folder, isChosen}: Request,
  against: string,
  record: BuildRecord,
  images: Images,
  signal: AbortSignal,
): Promise<Result<EarlierSizes, Failure>> {
  const {readEarlier} = await import('../read-earlier.ts');
  const path = pathFrom(folder, against);
  const earlier = await readEarlier({
    against: (await nodeFiles.kind(path)) === 'file' ? path : against,
    ...{current: record, records: createRecordStore(nodeFiles), images, signal},
    readsFar: flags.unpacked === true,
    folder: matrixFolder(folder),
  });
  if (!earlier.ok) return earlier;
  const {report, name} = earlier.value;
  return ok({report: {...report, images: report.images.filter(isChosen)}, name});
}

async function comparedWith(report: SizeReport, earlier: EarlierSizes): Promise<SizeReport> {
  const {compare} = await import('../../sizes/compare.ts');
  return compare(report, earlier.report, earlier.name);
}

/** How sizes went over time. */
async function historyFor({isChosen}: Request): Promise<Result<SizeHistory, Failure>> {
  const {readHistory} = await import('../../sizes/history.ts');
  return readHistory(createRecordStore(nodeFiles), isChosen);
}

async function printHistory(request: Request): Promise<readonly Failure[]> {
  const history = await historyFor(request);
  if (!history.ok) return [history.error];
  const {out} = request.context;
  if (request.flags.json === true) {
    out.print(JSON.stringify(history.value, null, 2));
    return [];
  }
  const {formatHistory} = await import('../../render/history-text.ts');
  out.print(formatHistory(history.value, out.style));
  return [];
}

/** Writes a file that the command line names; `-` is standard output. */
async function writeText(
  {context, folder}: Request,
  file: string,
  text: string,
): Promise<readonly Failure[]> {
  if (file === '-') {
    context.out.print(text.trimEnd());
    return [];
  }
  const written = await attemptFile(file, () =>
    nodeFiles.writeAtomic(pathFrom(folder, file), text),
  );
  return written.ok ? [] : [written.error];
}
