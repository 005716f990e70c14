import type {ImageSizes, SizeReport} from '../sizes/size-report.ts';
import {markdownCode, markdownProse} from './markdown-text.ts';
import {
  limitedLines as limited,
  markdownRow as line,
  markdownTableHead as head,
} from './markdown-table.ts';
import {
  addedText,
  bytesText,
  causeNotes,
  changeOf,
  changeText,
  listedInstructions,
  sizeRows,
  sourceNotes,
  unknownNotes,
  type SizeNote,
  type SizeRow,
} from './sizes-rows.ts';
import {budgetRows} from './sizes-budgets.ts';
import {truncate} from './text-width.ts';

/** GitHub refuses comments of 65,536 characters; there is room for a heading of the caller's own. */
const mostCharacters = 60_000;
/** What is left out is told in this many. */
const reserve = 300;
const mostInstructions = 40;

/**
 * Sizes for a job summary or a comment on GitHub: a table with a row for each image, why sizes
 * changed, what is not known, and details of each image that fold out. Whatever comes from a
 * Dockerfile is shown and never obeyed. At most `most` characters; what is left out is counted.
 */
export function sizesMarkdown(report: SizeReport, most = mostCharacters): string {
  const {images, against} = report;
  const removed = (report.removed ?? []).map((name) => `- ${markdownCode(name)} is gone`);
  const causes = [...causeNotes(report), ...sourceNotes(report)].map(noteLine);
  const unknown = unknownNotes(report).map(noteLine);
  const blocks = [
    [`### Image sizes of ${markdownProse(report.version)}`, '', introduction(report)].join('\n'),
    limitedTable(images, against !== null, most * tablePart),
    limitedList(against === null ? '' : 'What changed', [...removed, ...causes], most * listPart),
    budgetTable(report, most * listPart),
    limitedList('What is not known', unknown, most * listPart),
  ].filter((block) => block !== '');

  let length = blocks.reduce((sum, block) => sum + block.length + 2, 0) + reserve;
  let left = 0;
  for (const image of images) {
    const block = detailsOf(image, against !== null);
    // The first that has no room ends it: details with holes would mislead.
    if (left > 0 || length + block.length + 2 > most) left += 1;
    else {
      blocks.push(block);
      length += block.length + 2;
    }
  }
  if (left > 0) {
    const what = left === 1 ? '1 image' : `${left} images`;
    blocks.push(
      `_Details of ${what} are left out: comments on GitHub hold no more. \`build-matrix sizes --json\` has them all._`,
    );
  }
  return `${blocks.join('\n\n')}\n`;
}

function introduction({commit, against, at}: SizeReport): string {
  const parts = [
    commit === null ? '' : `commit ${markdownCode(commit.slice(0, 12))}`,
    markdownProse(at.slice(0, 10)),
    against === null ? '' : `compared with ${markdownCode(against)}`,
  ];
  return `${parts.filter((part) => part !== '').join(' · ')}. Compressed is what a pull moves, unpacked what a device stores.`;
}

/** Lines of the table of images, and of a list, are cut at these parts of all: details come on top. */
const tablePart = 0.33;
const listPart = 0.13;

function limitedTable(images: readonly ImageSizes[], isCompared: boolean, most: number): string {
  if (images.length === 0) return 'No image was measured.';
  const rows = images.map(({target, platform, size}) =>
    line([
      markdownCode(target),
      markdownCode(platform),
      bytesText(size.compressed),
      bytesText(size.unpacked),
      ...(isCompared ? [changeText(changeOf(size, 'compressed', true))] : []),
    ]),
  );
  const titles = ['Image', 'Platform', 'Compressed', 'Unpacked', ...(isCompared ? ['Change'] : [])];
  return [...head(titles, 2), ...limited(rows, most, (left) => `\n_${left} more images._`)].join(
    '\n',
  );
}

function budgetTable(report: SizeReport, most: number): string {
  const marks = {kept: '', exceeded: ' :x:', unknown: ''};
  const rows = budgetRows(report).map(({name, measure, actual, limit, used, state}) =>
    line([
      markdownCode(name),
      measure,
      actual,
      markdownProse(limit),
      `${markdownProse(used)}${marks[state]}`,
    ]),
  );
  if (rows.length === 0) return '';
  const titles = ['Budget', 'Of', 'Has', 'Limit', 'Used'];
  return [...head(titles, 2), ...limited(rows, most, (left) => `\n_${left} more budgets._`)].join(
    '\n',
  );
}

function limitedList(title: string, lines: readonly string[], most: number): string {
  if (lines.length === 0) return '';
  const list = limited(lines, most, (left) => `- … and ${left} more`).join('\n');
  return title === '' ? list : `**${title}**\n\n${list}`;
}

function detailsOf(image: ImageSizes, isCompared: boolean): string {
  const {target, platform, size, digest} = image;
  const change = isCompared ? changeText(changeOf(size, 'compressed', true)) : '';
  const sizes = `${bytesText(size.compressed)}${change === '' ? '' : `, ${change}`}`;
  const rows = sizeRows(image);
  const blocks = [
    `<details>\n<summary>${markdownCode(target)} ${markdownCode(platform)}: ${sizes}</summary>`,
    markdownCode(digest),
    ...(rows.length === 0 ? [] : [stageTable(rows, isCompared)]),
    ...instructionTable(image, isCompared),
    '</details>',
  ];
  return blocks.join('\n\n');
}

function stageTable(rows: readonly SizeRow[], isCompared: boolean): string {
  const titles = ['Stage', 'From', 'Adds', 'Adds, unpacked', 'Total', 'Total, unpacked'];
  return [
    ...head([...titles, ...(isCompared ? ['Change'] : [])], 2),
    ...rows.map(({kind, name, from, added, total, isNew}) => {
      const gone = kind === 'gone';
      const adds = (bytes: number | null): string => (gone ? '' : addedText(bytes));
      return line([
        stageName(kind, name),
        kind === 'base' ? '' : markdownCode(from),
        kind === 'base' ? bytesText(added.compressed) : adds(added.compressed),
        kind === 'base' ? bytesText(added.unpacked) : adds(added.unpacked),
        gone ? '' : bytesText(total.compressed),
        gone ? '' : bytesText(total.unpacked),
        ...(isCompared ? [changeText(changeOf(added, 'compressed', isNew))] : []),
      ]);
    }),
  ].join('\n');
}

function stageName(kind: SizeRow['kind'], name: string): string {
  const words = {base: 'base image ', shipped: '', beside: '', gone: ''}[kind];
  const marks = {base: '', shipped: '', beside: ' (not shipped)', gone: ' (gone)'}[kind];
  return `${words}${markdownCode(name)}${marks}`;
}

function instructionTable(image: ImageSizes, isCompared: boolean): readonly string[] {
  const all = listedInstructions(image);
  if (all.length === 0) return [];
  const titles = ['Line', 'Instruction', 'Adds', 'Adds, unpacked'];
  const left = all.length - mostInstructions;
  return [
    [
      ...head([...titles, ...(isCompared ? ['Change'] : [])], 2),
      ...all
        .slice(0, mostInstructions)
        .map(({line: at, text, size, isNew}) =>
          line([
            at === 0 ? '' : String(at),
            markdownCode(cut(text)),
            addedText(size.compressed),
            addedText(size.unpacked),
            ...(isCompared ? [changeText(changeOf(size, 'compressed', isNew))] : []),
          ]),
        ),
    ].join('\n'),
    ...(left > 0 ? [`_${left} more instructions._`] : []),
  ];
}

const mostOfInstruction = 160;

function cut(text: string): string {
  return truncate(text, mostOfInstruction, '…');
}

function noteLine({text, images}: SizeNote): string {
  const places = images.map(markdownCode).join(', ');
  return `- ${places === '' ? '' : `${places}: `}${markdownProse(text)}`;
}
