import type {EChartsCoreOption} from 'echarts/core';

import {formatBytes} from '../model/byte-size.ts';
import type {SizeTrend} from '../sizes/history.ts';
import type {ImageContents} from '../sizes/why-report.ts';
import {trusted, type Html} from './html-text.ts';
import {printable} from './printable.ts';
import {chart} from './sizes-charts.ts';
import type {FamilyOf} from './sizes-families.ts';
import {families, shades} from './sizes-palette.ts';
import {bytesText} from './sizes-rows.ts';
import {boxesOf, type Box} from './sizes-treemap.ts';

/** What fills an image: the larger the box, the more of it. */
export function treemapChart(name: string, image: ImageContents, familyOf: FamilyOf): Html {
  const boxes = boxesOf(image);
  const words = boxes.map((box) => `${printable(box.name)} ${formatBytes(box.bytes)}`).join(', ');
  const label = `What fills ${printable(image.target)} ${printable(image.platform)}: ${words}`;
  return withoutStumps(
    chart(
      name,
      label,
      (isNarrow) => (isNarrow ? 440 : 460),
      ({width, height}): EChartsCoreOption => ({
        series: [
          {
            type: 'treemap',
            ...{left: 0, top: 0, right: 0, bottom: 0, width: '100%', height: '100%'},
            silent: true,
            roam: false,
            nodeClick: false,
            breadcrumb: {show: false},
            emphasis: {disabled: true},
            // Between the stages.
            itemStyle: {borderColor: shades.paper.light, borderWidth: 0, gapWidth: 2},
            data: boxes.map((box) =>
              boxItem(box, familyOf, 0, leastLabelled(boxes, width * height)),
            ),
          },
        ],
      }),
    ),
  );
}

/** Of labels that are cut, those that say something: all others end in their size. */
const told = / {2}\S+ \w?B$|^.{5,}\.\.\.$/;

/** The chart without labels of which only some letters have room. */
function withoutStumps({html}: Html): Html {
  return trusted(
    html.replaceAll(/<text [^>]*>([^<]*)<\/text>\n?/g, (whole, text: string) =>
      told.test(text) ? whole : '',
    ),
  );
}

/** Bytes of a box that has some hundred square pixels: about those of a short name. */
function leastLabelled(boxes: readonly Box[], pixels: number): number {
  return (boxes.reduce((sum, {bytes}) => sum + bytes, 0) * 4000) / pixels;
}

function boxItem(box: Box, familyOf: FamilyOf, depth: number, least: number): object {
  const {stage, bytes} = box;
  // A folder with little room is one box: headings would fill it.
  const children = bytes >= 2 * least ? box.children : [];
  const text = `${printable(box.name)}  ${formatBytes(bytes)}`;
  const family = stage === null ? undefined : families[familyOf(stage)];
  const soft = family?.soft.light ?? shades.baseSoft.light;
  const middle = family?.middle.light ?? shades.baseMiddle.light;
  const solid = family?.solid.light ?? shades.base.light;
  const isStage = depth === 0;
  const label = {
    color: isStage && family !== undefined ? shades.onFamily.light : shades.ink.light,
    fontSize: 12,
    fontWeight: isStage ? 600 : 400,
    formatter: () => text,
    textBorderWidth: 0,
    overflow: 'truncate',
  };
  return {
    name: String(depth),
    value: bytes,
    visibleMin: 100,
    children: children.map((child) => boxItem(child, familyOf, depth + 1, least)),
    itemStyle: {
      color: soft,
      borderColor: isStage ? solid : middle,
      borderWidth: isStage ? 2 : 1,
      gapWidth: isStage ? 2 : 1,
    },
    label: {...label, show: bytes >= least, position: 'insideTopLeft'},
    upperLabel: {
      ...label,
      show: children.length > 0,
      height: 22,
      padding: [0, 0, 0, 3],
      formatter: () => (bytes >= least ? text : ''),
    },
  };
}

const lineTypes = ['solid', [6, 4], [2, 3], [10, 3, 2, 3]] as const;
const symbols = ['circle', 'rect', 'triangle', 'diamond'] as const;
/** Further back a line says little, and its labels have no room. */
const mostPoints = 40;

/** The compressed sizes of one target's platforms over its runs. */
export function trendChart(name: string, target: string, trends: readonly SizeTrend[]): Html {
  const runs = [...new Map(trends.flatMap(({points}) => points.map((each) => [each.runId, each])))]
    .map(([, point]) => point)
    .toSorted((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)))
    .slice(-mostPoints);
  const isNamed = new Set(runs.map(({version}) => version)).size === runs.length;
  const names = runs.map(({version, at}) => (isNamed ? printable(version) : at.slice(5, 10)));
  const words = trends.map(({platform, points}) => {
    const sizes = points.map(({compressed}) => bytesText(compressed));
    return `${printable(platform)} from ${sizes.at(0) ?? '?'} to ${sizes.at(-1) ?? '?'}`;
  });
  return chart(
    name,
    `Compressed size of ${printable(target)} over time: ${words.join(', ')}`,
    (isNarrow) => (isNarrow ? 210 : 230),
    ({isNarrow}): EChartsCoreOption => ({
      grid: {
        left: 64,
        right: isNarrow ? 100 : 170,
        top: 16,
        bottom: 28,
      },
      xAxis: {
        type: 'category',
        data: names.map((_, index) => index),
        boundaryGap: false,
        axisLine: {lineStyle: {color: shades.rule.light}},
        axisTick: {show: false},
        axisLabel: {
          color: shades.muted.light,
          fontSize: 12,
          hideOverlap: true,
          formatter: (index: string) => names[Number(index)] ?? '',
        },
      },
      yAxis: {
        type: 'value',
        min: (range: Range) => range.min - spread(range),
        max: (range: Range) => range.max + spread(range),
        splitNumber: 3,
        splitLine: {
          showMinLine: false,
          showMaxLine: false,
          lineStyle: {color: shades.rule.light},
        },
        axisLabel: {
          color: shades.muted.light,
          fontSize: 12,
          showMinLabel: false,
          showMaxLabel: false,
          formatter: scaleText,
        },
      },
      series: trends.map(({platform, points}, index) => {
        const colour = families[index % families.length]?.solid.light ?? shades.ink.light;
        const sizes = new Map(points.map(({runId, compressed}) => [runId, compressed]));
        const values = runs.map(({runId}) => sizes.get(runId) ?? null);
        const last = values.findLastIndex((value) => value !== null);
        const shown = isNarrow ? platform.replace(/^linux\//, '') : platform;
        const end = `${printable(shown)}  ${formatBytes(values[last] ?? 0)}`;
        return {
          type: 'line',
          silent: true,
          emphasis: {disabled: true},
          symbol: symbols[index % symbols.length],
          symbolSize: 6,
          connectNulls: true,
          labelLayout: {moveOverlap: 'shiftY'},
          lineStyle: {color: colour, width: 2, type: lineTypes[index % lineTypes.length]},
          itemStyle: {color: colour},
          data: values.map((value, at) =>
            at === last ? {value, label: endLabel(end, colour)} : {value, label: {show: false}},
          ),
        };
      }),
    }),
  );
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** Room above and below: so much that a change of a thousandth does not look like a cliff. */
function spread({min, max}: Range): number {
  return Math.max((max - min) * 0.1, max * 0.02);
}

/** A round number of bytes, to the four digits that tell neighbours on a scale apart. */
function scaleText(bytes: number): string {
  const [, unit = ''] = formatBytes(bytes).split(' ');
  const value = bytes / 1000 ** Math.max(0, ['B', 'kB', 'MB', 'GB', 'TB', 'PB'].indexOf(unit));
  return `${String(Number(value.toPrecision(4)))} ${unit}`;
}

function endLabel(text: string, color: string): object {
  return {
    show: true,
    position: 'right',
    distance: 8,
    color,
    fontSize: 12,
    fontWeight: 600,
    textBorderWidth: 0,
    formatter: () => text,
  };
}
