import {shortDigest} from '../model/short-digest.ts';
import {unusedStage, type StageSize} from '../docker/stage-sizes.ts';
import type {PublicationOutcome} from '../events/event.ts';
import {hasImage} from '../events/has-image.ts';
import {isPublished} from '../events/is-published.ts';
import {formatBytes} from '../model/byte-size.ts';
import {targetIdOf} from '../model/target-id.ts';
import type {BuildRecord, PlatformRecord, TargetRecord} from '../records/build-record.ts';
import {formatDuration} from './duration-text.ts';
import {printable} from './printable.ts';
import {shortBase} from './short-base.ts';
import {textTable, type Cell, type Column} from './text-table.ts';
import type {TextStyle} from './text-style.ts';

const columns: readonly Column[] = [
  {title: 'TARGET', shrinkOrder: 2},
  {title: 'DIGEST, FROM', shrinkOrder: 1},
  {title: 'SIZE', align: 'right'},
  {title: 'ADDED', align: 'right', dropOrder: 1},
  {title: 'UNPACKED', align: 'right', dropOrder: 2},
  {title: 'CACHED', align: 'right', dropOrder: 3},
  {title: 'TIME', align: 'right'},
];

const outcomeWords = {
  succeeded: '',
  unchanged: '',
  failed: 'failed',
  aborted: 'stopped',
  unstarted: 'not started',
  running: 'unfinished',
} as const satisfies Record<TargetRecord['outcome'], string>;

/**
 * What a run made: a row for each target, below it its platforms with compressed size (what a pull
 * moves), below each the stages with their totals and what each adds; then the tags, and what sums
 * it up. Sizes are compressed bytes of layers, as in the manifests; what they unpack to stands beside them
 * where it is known.
 */
export function formatResult(record: BuildRecord, run: RunFacts, style: TextStyle): string {
  return [...resultLines(record, style), '', summary(record, run, style)].join('\n');
}

/** The same of what others built and this run published. */
export function formatPublished(record: BuildRecord, run: RunFacts, style: TextStyle): string {
  return [...resultLines(record, style), '', publishedSummary(record, run, style)].join('\n');
}

interface RunFacts {
  readonly durationMs: number;
  readonly recordFile: string;
}

function resultLines(record: BuildRecord, style: TextStyle): readonly string[] {
  const ids = new Set(record.targets.map(({id}) => id));
  const rows = record.targets.flatMap((target) => targetRows(target, ids, style));
  const notes = unknownSizes(record).map((note) => style.colours.dim(note));
  return [
    ...textTable(columns, rows, style),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    ...tagLines(record, style),
  ];
}

type Row = readonly Cell[];

function targetRows(
  target: TargetRecord,
  ids: ReadonlySet<string>,
  style: TextStyle,
): readonly Row[] {
  const {colours} = style;
  const {total, cached} = target.steps;
  const failed = !hasImage(target.outcome);
  const paint = failed ? colours.red : colours.bold;
  return [
    [
      {text: target.id, paint},
      failed
        ? {text: outcomeWords[target.outcome], paint: colours.red}
        : {text: target.digest === null ? '' : shortDigest(target.digest)},
      {text: ''},
      {text: ''},
      {text: ''},
      {text: total === 0 ? '' : `${String(cached)}/${String(total)}`},
      {text: timeOf(target)},
    ],
    ...target.platforms.flatMap((platform) => platformRows(platform, ids, style)),
  ];
}

function timeOf({outcome, durationMs}: TargetRecord): string {
  if (outcome === 'unstarted') return '';
  return outcome === 'unchanged' ? 'unchanged' : formatDuration(durationMs);
}

function platformRows(
  platform: PlatformRecord,
  ids: ReadonlySet<string>,
  style: TextStyle,
): readonly Row[] {
  return [
    [
      {text: `  ${platform.platform}`},
      {text: shortDigest(platform.digest), paint: style.colours.dim},
      {text: formatBytes(platform.compressedBytes)},
      {text: ''},
      {text: isUnpackedKnown(platform) ? unpackedText(platform.unpackedBytes) : ''},
    ],
    ...(platform.stages ?? []).map((stage) => [
      ...stageRow(stage, ids, style),
      {
        text: isUnpackedKnown(platform) ? unpackedText(stage.totalUnpackedBytes) : '',
        paint: style.colours.dim,
      },
    ]),
  ];
}

/** Where nothing is known a column of question marks would be noise. */
function isUnpackedKnown({unpackedBytes, stages}: PlatformRecord): boolean {
  return (
    unpackedBytes !== null || (stages ?? []).some((stage) => stage.totalUnpackedBytes !== null)
  );
}

function unpackedText(bytes: number | null): string {
  return bytes === null ? '?' : formatBytes(bytes);
}

function stageRow(stage: StageSize, ids: ReadonlySet<string>, {colours, glyphs}: TextStyle): Row {
  const dim = colours.dim;
  const size = (bytes: number | null, sign: string): Cell =>
    bytes === null ? {text: '?', paint: dim} : {text: sign + formatBytes(bytes), paint: dim};
  return [
    {text: `    ${stage.name}${stage.shipped ? '' : ' (not shipped)'}`, paint: dim},
    {
      text: `${glyphs.from} ${ids.has(stage.from) ? stage.from : shortBase(stage.from)}`,
      paint: dim,
    },
    size(stage.totalBytes, ''),
    size(stage.addedBytes, '+'),
  ];
}

/** For each reason why sizes of images or stages are missing, whose. */
function unknownSizes(record: BuildRecord): readonly string[] {
  const reasons = new Map<string, string[]>();
  const unread: string[] = [];
  for (const target of record.targets) {
    const {sizesUnknownBecause} = target;
    if (sizesUnknownBecause !== undefined) {
      unread.push(`Sizes are unknown for ${target.id}: ${printable(sizesUnknownBecause)}`);
    }
    for (const platform of target.platforms) {
      const note = (what: string, reason: string): void => {
        const key = `${what}: ${printable(reason)}`;
        reasons.set(key, [...(reasons.get(key) ?? []), `${target.id} (${platform.platform})`]);
      };
      if (platform.stagesUnknownBecause !== null) {
        note('Sizes of stages are unknown', platform.stagesUnknownBecause);
      }
      for (const {name, unknownBecause} of platform.stages ?? []) {
        if (unknownBecause === null || unknownBecause === unusedStage) continue;
        note(`Size of stage ${printable(name)} is unknown`, unknownBecause);
      }
    }
  }
  const stages = [...reasons].map(([key, places]) =>
    key.replace(': ', ` for ${places.join(', ')}: `),
  );
  return [...unread, ...stages];
}

/** Where what succeeded is now: tags that were published, or the tags of images on this machine. */
function tagLines(record: BuildRecord, style: TextStyle): readonly string[] {
  const places = new Map<string, string[]>();
  const put = (heading: string, lines: readonly string[]): void => {
    places.set(heading, [...(places.get(heading) ?? []), ...lines]);
  };
  for (const {output, outcome, tags} of record.targets) {
    if (!hasImage(outcome) || output.kind === 'push') continue;
    put(output.kind === 'load' ? 'Loaded into docker' : `OCI layout in ${output.folder}`, tags);
  }
  for (const publication of record.publications ?? []) {
    const references = publication.moves.map(({reference}) => reference);
    const isOver = publication.outcome === 'held-back' && isOverBudget(record);
    put(
      isOver ? overBudget : publicationHeadings[publication.outcome],
      references.length === 0 ? [publication.of] : references,
    );
  }
  return [...places].flatMap(([heading, tags]) => [
    '',
    style.colours.dim(printable(heading)),
    ...tags.map((tag) => `  ${printable(tag)}`),
  ]);
}

const publicationHeadings = {
  published: 'Published',
  unchanged: 'Published before',
  failed: 'Not published',
  restored: 'Put back, since not everything could be published',
  'held-back': 'Not published, since not everything succeeded',
} as const satisfies Record<PublicationOutcome, string>;

const overBudget = 'Not published, since an image is over its budget';

const isOverBudget = ({exceeded = []}: BuildRecord): boolean => exceeded.length > 0;

function summary(record: BuildRecord, run: RunFacts, {colours, glyphs}: TextStyle): string {
  const total = record.targets.length;
  const count = (...outcomes: readonly TargetRecord['outcome'][]): number =>
    record.targets.filter(({outcome}) => outcomes.includes(outcome)).length;
  const unchanged = count('unchanged');
  const built = count('succeeded');
  const allPublished = (record.publications ?? []).every(({outcome}) => isPublished(outcome));
  const all = built + unchanged === total && allPublished;
  const targets = total === 1 ? '1 target' : `${String(total)} targets`;
  const sign = all ? colours.green(glyphs.succeeded) : colours.red(glyphs.failed);
  const unpublished = allPublished ? '' : ', but not published,';
  const done =
    unchanged === total
      ? `${targets} unchanged: nothing was built`
      : `${built === total ? '' : `${String(built)} of `}${targets} built` +
        (unchanged === 0 ? '' : `, ${String(unchanged)} unchanged`);
  const text = `${done}${unpublished} in ${formatDuration(run.durationMs)}`;
  return `${sign} ${text}\n  ${colours.dim(`record: ${run.recordFile}`)}`;
}

/** Parts are one target; tags that were right already did not move. */
function publishedSummary(
  {targets, publications = []}: BuildRecord,
  run: RunFacts,
  {colours, glyphs}: TextStyle,
): string {
  const failed = publications.some(({failure}) => failure !== null);
  const published = publications.filter(({outcome}) => outcome === 'published');
  const moved = published.flatMap(({moves}) => moves.filter((one) => one.before !== one.after));
  const whole = new Set(targets.map(targetIdOf)).size;
  const did = failed
    ? 'not everything was published'
    : `published ${whole === 1 ? '1 target' : `${String(whole)} targets`}`;
  const tags = moved.length === 1 ? '1 tag moved' : `${String(moved.length)} tags moved`;
  const sign = failed ? colours.red(glyphs.failed) : colours.green(glyphs.succeeded);
  const text =
    moved.length === 0 && !failed
      ? 'nothing was published: every tag is so already'
      : `${did}: ${tags} in ${formatDuration(run.durationMs)}`;
  return `${sign} ${text}\n  ${colours.dim(`record: ${run.recordFile}`)}`;
}
