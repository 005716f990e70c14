import type {ImageSizes, InstructionReport, Measured, SizeReport} from '../sizes/size-report.ts';
import {printable, printableProse} from './printable.ts';
import {budgetRows} from './sizes-budgets.ts';
import {sizesBars} from './sizes-bars.ts';
import {
  addedText,
  bytesText,
  causeNotes,
  changeOf,
  changeText,
  sizeRows,
  sourceNotes,
  unknownNotes,
  weightyInstructions,
  type SizeNote,
  type SizeRow,
} from './sizes-rows.ts';
import {textTable, type Cell, type Column} from './text-table.ts';
import type {TextStyle} from './text-style.ts';

const columns: readonly Column[] = [
  {title: 'TARGET, STAGE', shrinkOrder: 1},
  {title: 'COMPRESSED', align: 'right'},
  {title: 'ADDS', align: 'right', dropOrder: 1},
  {title: 'UNPACKED', align: 'right', dropOrder: 2},
  {title: 'ADDS', align: 'right', dropOrder: 3},
  {title: 'CHANGE', align: 'right'},
];

/** What is shown besides the table. */
export interface SizesTextParts {
  /** The instructions that add something, below their stages; default: false. */
  readonly instructions?: boolean;
  /** Bars below the table; default: true. */
  readonly bars?: boolean;
}

/**
 * Sizes for a terminal of `width` columns: a row for each target and platform, below it its base
 * image and its stages with what they add; causes of changes; why a `?` is one; bars. CHANGE is of
 * compressed bytes, against what the report was compared with.
 */
export function sizesText(
  report: SizeReport,
  style: TextStyle,
  width: number,
  parts: SizesTextParts = {},
): string {
  const {colours, glyphs} = style;
  const table = {...style, columns: width};
  const rows = report.images.flatMap((image) => imageRows(image, table, parts));
  const bars = parts.bars === false ? '' : sizesBars(report, style, width);
  const removed = (report.removed ?? []).map((name) => `${printable(name)} is gone`);
  const causes = causeNotes(report).map((note) => `${glyphs.from} ${noteText(note)}`);
  const sources = sourceNotes(report).map((note) => colours.dim(`  ${noteText(note)}`));
  const unknown = unknownNotes(report).map((note) => colours.dim(`? ${noteText(note)}`));
  return [
    heading(report, style),
    rows.length === 0 ? 'No image was measured.' : textTable(columns, rows, table).join('\n'),
    [...removed, ...causes, ...sources].join('\n'),
    unknown.join('\n'),
    budgetsText(report, table),
    bars,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const budgetColumns: readonly Column[] = [
  {title: 'BUDGET', shrinkOrder: 1},
  {title: 'OF'},
  {title: 'HAS', align: 'right'},
  {title: 'LIMIT', align: 'right'},
  {title: 'USED', align: 'right'},
];

function budgetsText(report: SizeReport, style: TextStyle): string {
  const {red, dim} = style.colours;
  const rows = budgetRows(report);
  if (rows.length === 0) return '';
  const paints = {kept: undefined, exceeded: red, unknown: dim};
  const cells = rows.map(({name, measure, actual, limit, used, state}): Row => {
    const paint = paints[state];
    return [name, measure, actual, limit, used].map((text) =>
      paint === undefined ? {text} : {text, paint},
    );
  });
  const reasons = rows
    .filter(({reason}) => reason !== '')
    .map(({name, measure, reason}) => dim(printableProse(`? ${name}, ${measure}: ${reason}`)));
  return [...textTable(budgetColumns, cells, style), ...reasons].join('\n');
}

function heading({version, commit, against}: SizeReport, {colours}: TextStyle): string {
  const from = commit === null ? '' : `, commit ${commit.slice(0, 12)}`;
  const compared = against === null ? '' : `, compared with ${against}`;
  return colours.dim(printable(`Sizes of ${version}${from}${compared}`));
}

type Row = readonly Cell[];

function imageRows(image: ImageSizes, style: TextStyle, parts: SizesTextParts): readonly Row[] {
  const {colours} = style;
  const {target, platform, size, instructions = []} = image;
  return [
    [
      {text: `${target} ${platform}`, paint: colours.bold},
      {text: bytesText(size.compressed), paint: colours.bold},
      {text: ''},
      {text: bytesText(size.unpacked), paint: colours.bold},
      {text: ''},
      changeCell(size, true, style),
    ],
    ...sizeRows(image).flatMap((row) => [
      stageCells(row, style),
      ...(parts.instructions === true ? instructionRows(row, row.isNew, style) : []),
    ]),
    // Without stages these are all that is known of what is inside.
    ...instructionRows({instructions}, true, style),
  ];
}

/** From here on the share of a change has room. */
const wide = 72;

const kindWords = {
  base: '',
  shipped: '',
  beside: ' (not shipped)',
  gone: ' (gone)',
} as const satisfies Record<SizeRow['kind'], string>;

function stageCells(row: SizeRow, style: TextStyle): Row {
  const {kind, name, added, total, isNew} = row;
  const {dim} = style.colours;
  const paint = kind === 'shipped' ? undefined : dim;
  const cell = (text: string): Cell => (paint === undefined ? {text} : {text, paint});
  const shown = kind !== 'gone';
  const adds = (bytes: number | null): Cell =>
    cell(kind === 'base' || !shown ? '' : addedText(bytes));
  return [
    cell(`  ${kind === 'base' ? `${style.glyphs.from} ` : ''}${name}${kindWords[kind]}`),
    cell(shown ? bytesText(total.compressed) : ''),
    adds(added.compressed),
    cell(shown ? bytesText(total.unpacked) : ''),
    // That it is not known stands in the column before.
    total.unpacked === null ? cell('') : adds(added.unpacked),
    changeCell(added, isNew, style),
  ];
}

function instructionRows(
  row: {
    readonly instructions: readonly InstructionReport[];
    readonly removed?: readonly InstructionReport[];
  },
  isNew: boolean,
  style: TextStyle,
): readonly Row[] {
  const {dim} = style.colours;
  return weightyInstructions(row).map(({line, text, size}) => [
    {text: `    ${line === 0 ? '' : `${line} `}${printableProse(text)}`, paint: dim},
    {text: ''},
    {text: addedText(size.compressed), paint: dim},
    {text: ''},
    {text: addedText(size.unpacked), paint: dim},
    changeCell(size, isNew, style),
  ]);
}

function changeCell(size: Measured, isNew: boolean, {colours, columns}: TextStyle): Cell {
  const change = changeOf(size, 'compressed', isNew);
  const text = changeText(change, columns >= wide);
  if (change.kind === 'new') return {text, paint: colours.yellow};
  if (change.kind !== 'bytes' || change.bytes === 0) return {text, paint: colours.dim};
  return {text, paint: change.bytes > 0 ? colours.yellow : colours.green};
}

function noteText({text, images}: SizeNote): string {
  const places = images.length === 0 ? '' : `${images.map(printable).join(', ')}: `;
  return places + printableProse(text);
}
