import {createProcesses} from '../../adapters/execa-processes.ts';
import {nodeFiles} from '../../adapters/node-files.ts';
import type {Failure} from '../../events/failure.ts';
import {ok, type Result} from '../../model/result.ts';
import type {BuildRecord} from '../../records/build-record.ts';
import {attemptFile} from '../../records/file-attempt.ts';
import {createRecordStore} from '../../records/record-store.ts';
import {sizesText} from '../../render/sizes-text.ts';
import type {Images} from '../../ports/images.ts';
import {isChosenBy, onlyOf} from '../../sizes/recorded-images.ts';
import {reportOf} from '../../sizes/report-of-record.ts';
import type {SizeHistory} from '../../sizes/history.ts';
import type {SizeReport} from '../../sizes/size-report.ts';
import type {WhyReport} from '../../sizes/why-report.ts';
import type {CommandContext} from '../context.ts';
import type {Flags} from '../flags.ts';
import {
  goToBuilds,
  matrixFolder,
  pathFrom,
  readRecord,
  registriesOf,
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
  const request: Request = {
    ...{context, flags},
    folder: folder.value,
    isChosen: isChosenBy(targets, platforms),
  };
  if (flags.history === true) return printHistory(request);
  const record = await readRecord(folder.value, flags.record);
  if (!record.ok) return [record.error];
  const chosen = onlyOf(record.value, targets, platforms);
  if (!chosen.ok) return [chosen.error];
  return printSizes(request, chosen.value);
}

/** Without --top: folders and files of each stage, more of them in a page, and findings. */
const usualPaths = 5;
const usualPagePaths = 60;
const usualFindings = 10;

async function printSizes(request: Request, record: BuildRecord): Promise<readonly Failure[]> {
  const {context, flags, folder} = request;
  const {against, html, top} = flags;
  const processes = createProcesses();
  const stopping = watchSignals(() => {
    processes.killAll();
  });
  const isRead = against !== undefined || flags.why === true;
  const registries = isRead ? await registriesOf(folder) : {};
  const {images} = openRunPorts(processes, context.environment, registries);

  const compared =
    against === undefined
      ? ok(reportOf(record))
      : await compareWith(request, against, record, images.push, stopping);
  if (stopping.aborted) return [stopping.reason as Failure];
  if (!compared.ok) return [compared.error];
  if (flags.why !== true) return show(request, compared.value, undefined);

  const {readWhy} = await import('./sizes-why.ts');
  const paths = top ?? (html === undefined ? usualPaths : usualPagePaths);
  const {report: why, failures} = await readWhy({context, record, images, top: paths, stopping});
  return [...failures, ...(await show(request, compared.value, why))];
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

/** The sizes of a record with what they were before, those of other targets and platforms aside. */
async function compareWith(
  {folder, isChosen}: Request,
  against: string,
  record: BuildRecord,
  images: Images,
  signal: AbortSignal,
): Promise<Result<SizeReport, Failure>> {
  const [{readEarlier}, {compare}] = await Promise.all([
    import('../read-earlier.ts'),
    import('../../sizes/compare.ts'),
  ]);
  const path = pathFrom(folder, against);
  const earlier = await readEarlier({
    against: (await nodeFiles.kind(path)) === 'file' ? path : against,
    ...{current: record, records: createRecordStore(nodeFiles), images, signal},
    folder: matrixFolder(folder),
  });
  if (!earlier.ok) return earlier;
  const {report, name} = earlier.value;
  const asked = {...report, images: report.images.filter(isChosen)};
  return ok(compare(reportOf(record), asked, name));
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
