import type {EChartsCoreOption} from 'echarts/core';

import {formatBytes} from '../model/byte-size.ts';
import type {SizeTrend} from '../sizes/history.ts';
import type {ImageContents} from '../sizes/why-report.ts';
import type {Html} from './html-text.ts';
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
  return chart(
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
          visibleMin: 250,
          labelLayout: hideWhereCut,
          data: boxes.map((box) => boxItem(box, familyOf, 0, leastLabelled(boxes, width * height))),
        },
      ],
    }),
  );
}

/** A name of which only some letters have room tells nothing. */
function hideWhereCut(place: {
  readonly rect: {readonly width: number};
  readonly labelRect: {readonly width: number};
}): object {
  return place.rect.width < 60 ? {fontSize: 0} : {};
}

/** Bytes of a box that has some hundred square pixels: about those of a short name. */
function leastLabelled(boxes: readonly Box[], pixels: number): number {
  return (boxes.reduce((sum, {bytes}) => sum + bytes, 0) * 3000) / pixels;
}

function boxItem(box: Box, familyOf: FamilyOf, depth: number, least: number): object {
  const {stage, bytes, children} = box;
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
  const versions = runs.map(({version}) => printable(version));
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
        data: versions.map((_, index) => index),
        boundaryGap: false,
        axisLine: {lineStyle: {color: shades.rule.light}},
        axisTick: {show: false},
        axisLabel: {
          color: shades.muted.light,
          fontSize: 12,
          hideOverlap: true,
          formatter: (index: string) => versions[Number(index)] ?? '',
        },
      },
      yAxis: {
        type: 'value',
        scale: true,
        splitNumber: 3,
        splitLine: {lineStyle: {color: shades.rule.light}},
        axisLabel: {
          color: shades.muted.light,
          fontSize: 12,
          formatter: (bytes: number) => formatBytes(bytes),
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
