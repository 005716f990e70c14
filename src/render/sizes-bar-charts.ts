import type {EChartsCoreOption} from 'echarts/core';

import type {ImageSizes} from '../sizes/size-report.ts';
import type {Html} from './html-text.ts';
import {spanOf} from './sizes-bars.ts';
import {chart, letterWidth, type ChartSize} from './sizes-charts.ts';
import type {FamilyOf} from './sizes-families.ts';
import {families, shades} from './sizes-palette.ts';
import {
  addedText,
  bytesText,
  changeOf,
  changeText,
  isSlight,
  sizeRows,
  type Measure,
  type SizeRow,
} from './sizes-rows.ts';
import {printable} from './printable.ts';
import {textWidth, truncate} from './text-width.ts';

/** Part of a bar, or the room before it. */
interface Segment {
  readonly bytes: number;
  readonly style: 'room' | 'base' | 'shipped' | 'beside';
  readonly family: number;
  /** Shown inside where it has room. */
  readonly label: string;
}

interface Bar {
  readonly segments: readonly Segment[];
  /** Above the bar, at the left and at the right. */
  readonly title: string;
  readonly value: string;
  /** The same for phones. */
  readonly shortTitle: string;
  readonly shortValue: string;
}

/** One bar for each image, base image first, then what each shipped stage adds; all on one scale. */
export function imagesChart(
  name: string,
  images: readonly ImageSizes[],
  measure: Measure,
  familyOf: FamilyOf,
): Html {
  const services = images.map(({target}) => target.slice(0, target.lastIndexOf('/') + 1));
  const isOneService = new Set(services).size === 1;
  const bars = images.map((image): Bar => {
    const change = changeOf(image.size, measure, true);
    const size = bytesText(image.size[measure]);
    const name = image.target.slice(isOneService ? image.target.lastIndexOf('/') + 1 : 0);
    return {
      title: printable(`${image.target}  ${image.platform}`),
      value: joined(size, changeText(change)),
      shortTitle: printable(`${name}  ${image.platform}`),
      shortValue: joined(size, changeText(change, false)),
      segments: imageSegments(image, measure, familyOf),
    };
  });
  const words = bars.map(({title, value}) => `${title} ${value}`).join('; ');
  return barChart(name, `${measure} sizes of images by stage: ${words}`, bars, 22);
}

function joined(...texts: readonly string[]): string {
  return texts
    .filter((text) => text !== '')
    .join('   ')
    .replaceAll('-', '−');
}

function imageSegments(
  image: ImageSizes,
  measure: Measure,
  familyOf: FamilyOf,
): readonly Segment[] {
  const known = sizeRows(image).flatMap(({kind, name, added}): readonly Segment[] => {
    const bytes = added[measure];
    if (bytes === null || bytes === 0 || (kind !== 'base' && kind !== 'shipped')) return [];
    return [{bytes, style: kind, family: familyOf(name), label: printable(name)}];
  });
  const whole = image.size[measure] ?? 0;
  const rest = whole - known.reduce((sum, {bytes}) => sum + bytes, 0);
  // What belongs to no stage that is known.
  return rest > 0
    ? [...known, {bytes: rest, style: 'base', family: 0, label: 'stages unknown'}]
    : known;
}

/** One bar for each stage of an image, from where it starts to where it ends. */
export function stagesChart(name: string, image: ImageSizes, familyOf: FamilyOf): Html {
  const rows = sizeRows(image).filter(({kind}) => kind !== 'gone');
  const bars = rows.map((row) => ({
    title: rowTitle(row),
    value: rowValue(row),
    shortTitle: printable(row.name) + (row.kind === 'beside' ? '  (not shipped)' : ''),
    shortValue: rowValue(row),
    segments: rowSegments(row, familyOf),
  }));
  const words = bars.map(({title, value}) => `${title} ${value}`).join('; ');
  const label = `What each stage of ${printable(image.target)} ${printable(image.platform)} adds, compressed: ${words}`;
  return barChart(name, label, bars, 12);
}

function rowTitle({kind, name, from}: SizeRow): string {
  if (kind === 'base') return `base image ${printable(name)}`;
  return `${printable(name)} ← ${printable(from)}${kind === 'beside' ? '  (not shipped)' : ''}`;
}

function rowValue({kind, added, isNew}: SizeRow): string {
  const {compressed} = added;
  const size = kind === 'base' ? bytesText(compressed) : addedText(compressed);
  const change = changeOf(added, 'compressed', isNew);
  if (change.kind === 'not-compared' || isSlight(change)) return size;
  if (change.kind === 'bytes') return joined(size, `change ${changeText(change, false)}`);
  return compressed === null ? size : joined(size, changeText(change));
}

function rowSegments(row: SizeRow, familyOf: FamilyOf): readonly Segment[] {
  const span = spanOf(row);
  if (span === undefined) return [];
  const style = row.kind === 'base' || row.kind === 'beside' ? row.kind : 'shipped';
  return [
    {bytes: span.start, style: 'room', family: 0, label: ''},
    {bytes: span.end - span.start, style, family: familyOf(row.name), label: ''},
  ];
}

const titleHeight = 24;
const rowGap = 10;

/** Horizontal stacked bars, each with its words above it, so that names have the whole width. */
function barChart(name: string, label: string, bars: readonly Bar[], thickness: number): Html {
  const rowHeight = titleHeight + thickness + rowGap;
  const widest = Math.max(1, ...bars.map(({segments}) => sum(segments)));
  const columns = Math.max(1, ...bars.map(({segments}) => segments.length));
  return chart(
    name,
    label,
    () => rowHeight * bars.length,
    (size): EChartsCoreOption => ({
      // The band of a category is `rowHeight`; bars stand in its middle, so all is moved down.
      grid: {outerBoundsMode: 'none', left: 0, right: 1, top: 8, bottom: -8},
      xAxis: {type: 'value', max: widest, show: false},
      yAxis: [wordsAxis(bars, 'left', size, thickness), wordsAxis(bars, 'right', size, thickness)],
      series: Array.from({length: columns}, (_, column) => ({
        type: 'bar',
        stack: 'all',
        silent: true,
        emphasis: {disabled: true},
        barWidth: thickness,
        // What is more than nothing is seen.
        barMinHeight: 1.5,
        data: bars.map(({segments}) => segmentItem(segments[column], widest, size)),
      })),
    }),
  );
}

function sum(segments: readonly Segment[]): number {
  return segments.reduce((all, {bytes}) => all + bytes, 0);
}

function segmentItem(segment: Segment | undefined, widest: number, {width}: ChartSize) {
  if (segment === undefined || segment.bytes === 0) return {value: '-'};
  const {bytes, style, family, label} = segment;
  const solid = families[family]?.solid.light ?? shades.muted.light;
  const length = (bytes / widest) * width;
  const room = length - 12;
  // The gap between two parts must not take the whole of a thin one.
  const gap = length > 4 ? 1 : 0;
  const isShown = style !== 'room' && label !== '' && room > 5 * letterWidth;
  const text = truncate(label, Math.floor(room / letterWidth), '…');
  const itemStyle = {
    room: {color: 'none'},
    base: {color: shades.base.light, borderColor: shades.paper.light, borderWidth: gap},
    shipped: {color: solid, borderColor: shades.paper.light, borderWidth: gap},
    beside: {color: 'none', borderColor: solid, borderWidth: 1.5, borderType: [4, 3]},
  }[style];
  return {
    value: bytes,
    itemStyle,
    label: {
      show: isShown && textWidth(text) > 2,
      formatter: () => text,
      fontSize: 12,
      color: style === 'base' ? shades.ink.light : shades.onFamily.light,
      textBorderWidth: 0,
    },
  };
}

/** An axis whose labels stand above the bars: names at the left, values at the right. */
function wordsAxis(
  bars: readonly Bar[],
  side: 'left' | 'right',
  {width, isNarrow}: ChartSize,
  thickness: number,
) {
  const values = bars.map(({value, shortValue}) => (isNarrow ? shortValue : value));
  const letters = Math.floor((width - 8) / letterWidth);
  const texts =
    side === 'right'
      ? values
      : bars.map(({title, shortTitle}, index) =>
          truncate(
            isNarrow ? shortTitle : title,
            letters - textWidth(values[index] ?? '') - 2,
            '…',
          ),
        );
  return {
    type: 'category',
    position: side,
    inverse: true,
    data: texts.map((_, index) => index),
    axisLine: {show: false},
    axisTick: {show: false},
    axisLabel: {
      interval: 0,
      inside: true,
      margin: 0,
      align: side,
      verticalAlign: 'bottom',
      padding: [0, 0, thickness / 2 + 5, 0],
      fontSize: isNarrow ? 12.5 : 13,
      fontWeight: side === 'right' ? 600 : 400,
      color: shades.ink.light,
      formatter: (index: string) => texts[Number(index)] ?? '',
    },
  };
}
