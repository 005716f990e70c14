import type {ImageSizes, SizeReport} from '../sizes/size-report.ts';
import {printable} from './printable.ts';
import {addedText, bytesText, sizeRows, type SizeRow} from './sizes-rows.ts';
import type {TextStyle} from './text-style.ts';
import {padEnd, padStart, textWidth, truncate} from './text-width.ts';

const mostOfName = 28;
const leastOfBar = 10;
const gap = '  ';

/**
 * One bar for each stage of each image, from where the stage starts to where it ends on the way to the
 * whole image: compressed bytes, each image on a scale of its own. At most `width` columns.
 */
export function sizesBars(report: SizeReport, style: TextStyle, width: number): string {
  const {colours, glyphs} = style;
  const drawn = report.images.filter((image) => sizeRows(image).length > 0);
  if (drawn.length === 0) return '';
  const {base, shipped, beside} = glyphs.bars;
  const legend = `${base} base image${gap}${shipped} stage${gap}${beside} not shipped`;
  return [
    ...drawn.flatMap((image) => [...imageBars(image, style, width), '']),
    colours.dim(`${legend}${gap}(compressed)`),
  ].join('\n');
}

function imageBars(image: ImageSizes, style: TextStyle, width: number): readonly string[] {
  const {colours, glyphs} = style;
  const rows = sizeRows(image).filter(({kind}) => kind !== 'gone');
  const names = rows.map(({name}) => printable(name));
  const sizes = rows.map(sizeText);
  const sizeWidth = Math.max(...sizes.map(textWidth));
  const room = width - sizeWidth - 2 * gap.length - 2;
  const widest = Math.max(...names.map(textWidth));
  const nameWidth = Math.min(widest, mostOfName, Math.max(8, room - leastOfBar));
  const barWidth = Math.max(leastOfBar, room - nameWidth);
  const scale = Math.max(
    1,
    image.size.compressed ?? 0,
    ...rows.map((row) => spanOf(row)?.end ?? 0),
  );

  const title = `${printable(image.target)} ${printable(image.platform)}`;
  return [
    `${colours.bold(title)}${gap}${bytesText(image.size.compressed)}`,
    ...rows.map((row, index) => {
      const name = padEnd(truncate(names[index] ?? '', nameWidth, glyphs.ellipsis), nameWidth);
      const bar = padEnd(barText(row, scale, barWidth, style), barWidth);
      const paint = row.kind === 'shipped' ? colours.cyan : colours.dim;
      const label = row.kind === 'shipped' ? name : colours.dim(name);
      return `  ${label}${gap}${paint(bar)}${gap}${padStart(sizes[index] ?? '', sizeWidth)}`;
    }),
  ];
}

function sizeText(row: SizeRow): string {
  const {compressed} = row.added;
  return row.kind === 'base' ? bytesText(compressed) : addedText(compressed);
}

/** Where the row's bytes start and end; undefined when that is not known. */
export function spanOf({added, total}: SizeRow, measure: 'compressed' | 'unpacked' = 'compressed') {
  const [length, end] = [added[measure], total[measure]];
  return length === null || end === null ? undefined : {start: end - length, end};
}

function barText(row: SizeRow, scale: number, width: number, {glyphs}: TextStyle): string {
  const span = spanOf(row);
  if (span === undefined) return '?';
  const start = Math.min(width - 1, Math.round((span.start / scale) * width));
  const length = Math.min(width - start, ((span.end - span.start) / scale) * width);
  if (length === 0) return '';
  const {bars} = glyphs;
  const isFine = row.kind === 'shipped' && bars.eighths.length > 0;
  // What is more than nothing is seen.
  const eighths = Math.max(
    isFine ? 1 : 8,
    isFine ? Math.round(length * 8) : Math.round(length) * 8,
  );
  const sign = row.kind === 'base' || row.kind === 'beside' ? bars[row.kind] : bars.shipped;
  const rest = bars.eighths[(eighths % 8) - 1] ?? '';
  return ' '.repeat(start) + sign.repeat(Math.floor(eighths / 8)) + rest;
}
