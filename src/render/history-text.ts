import {shortDigest} from '../model/short-digest.ts';
import {formatBytes} from '../model/byte-size.ts';
import type {SizeHistory, SizeTrend, TrendPoint} from '../sizes/history.ts';
import {printable} from './printable.ts';
import {textTable, type Cell, type Column} from './text-table.ts';
import type {TextStyle} from './text-style.ts';

/**
 * What `sizes --history` prints: for each target and platform a table of its builds, newest last, each
 * with what changed since the one before. Builds of one and the same image are shown as one.
 */
export function formatHistory(history: SizeHistory, style: TextStyle): string {
  const {trends, unknown} = history;
  const parts = trends.map((trend) => trendText(trend, style));
  if (trends.length === 0) parts.push('No build with sizes is remembered here.');
  if (unknown.length > 0) parts.push(unknown.map(printable).join('\n'));
  return parts.join('\n\n');
}

const columns: readonly Column[] = [
  {title: 'BUILT (UTC)'},
  {title: 'VERSION', shrinkOrder: 1},
  {title: 'COMMIT', dropOrder: 2},
  {title: 'COMPRESSED', align: 'right'},
  {title: 'CHANGE', align: 'right'},
  {title: 'UNPACKED', align: 'right'},
  {title: 'DIGEST', dropOrder: 3},
];

function trendText({target, platform, points}: SizeTrend, style: TextStyle): string {
  const {colours} = style;
  const shown = points.filter(({digest}, index) => digest !== points[index - 1]?.digest);
  const rows = shown.map((point, index) => rowOf(point, shown[index - 1], style));
  const title = `${printable(target)} ${colours.dim(printable(platform))}`;
  return [title, ...textTable(columns, rows, style)].join('\n');
}

function rowOf(
  point: TrendPoint,
  before: TrendPoint | undefined,
  {colours}: TextStyle,
): readonly Cell[] {
  const change = before === undefined ? null : point.compressed - before.compressed;
  return [
    {text: point.at.slice(0, 16).replace('T', ' ')},
    {text: point.version},
    {
      text: `${point.commit?.slice(0, 7) ?? ''}${point.dirty === true ? '+' : ''}`,
      paint: colours.dim,
    },
    {text: formatBytes(point.compressed)},
    change === null
      ? {text: ''}
      : {
          text: change > 0 ? `+${formatBytes(change)}` : formatBytes(change),
          ...(change === 0 ? {} : {paint: change > 0 ? colours.yellow : colours.green}),
        },
    {text: point.unpacked === null ? '' : formatBytes(point.unpacked)},
    {text: shortDigest(point.digest), paint: colours.dim},
  ];
}
