import {BarChart, LineChart, TreemapChart} from 'echarts/charts';
import {GridComponent} from 'echarts/components';
import {init, setPlatformAPI, use, type EChartsCoreOption} from 'echarts/core';
import {LabelLayout} from 'echarts/features';
import {SVGRenderer} from 'echarts/renderers';

import {trusted, type Html} from './html-text.ts';
import {textWidth} from './text-width.ts';

/**
 * Draws with echarts, which is large: this module and those that import it are loaded only when a
 * page is made.
 */
use([BarChart, LineChart, TreemapChart, GridComponent, LabelLayout, SVGRenderer]);

/** Of a letter at 12 pixels in wide fonts: where charts are drawn nobody knows the reader's font. */
export const letterWidth = 7;

setPlatformAPI({
  measureText(text, font) {
    const size = Number(/(\d+(?:\.\d+)?)px/.exec(font ?? '')?.[1] ?? 12);
    return {width: (textWidth(text) * letterWidth * size) / 12};
  },
});

/** A chart in two widths: the style sheet shows the one that fits the screen. */
export interface ChartSize {
  readonly width: number;
  readonly height: number;
  readonly isNarrow: boolean;
}

export const chartWidths = {wide: 960, narrow: 328} as const;

/**
 * An SVG for wide screens and one for phones.
 *
 * @param name   unique in the page: ids in the SVG begin with it
 * @param label  what a reader hears who does not see it
 * @param height of the chart at that width
 */
export function chart(
  name: string,
  label: string,
  height: (isNarrow: boolean) => number,
  option: (size: ChartSize) => EChartsCoreOption,
): Html {
  const draw = (isNarrow: boolean): string => {
    const width = isNarrow ? chartWidths.narrow : chartWidths.wide;
    const size = {width, height: height(isNarrow), isNarrow};
    const id = `${name}-${isNarrow ? 'narrow' : 'wide'}`;
    return drawn(id, label, size, {
      animation: false,
      textStyle: {fontFamily: 'inherit', fontSize: 13},
      ...option(size),
    });
  };
  return trusted(draw(false) + draw(true));
}

function drawn(id: string, label: string, size: ChartSize, option: EChartsCoreOption): string {
  const {width, height, isNarrow} = size;
  const instance = init(null, null, {renderer: 'svg', ssr: true, width, height});
  try {
    instance.setOption(option);
    return tidy(instance.renderToSVGString(), id, label, isNarrow);
  } finally {
    // Until then a timer keeps the process from ending.
    instance.dispose();
  }
}

/**
 * The SVG without what is for a browser with echarts in it, with ids that do not depend on how many
 * charts were drawn before, and with a role and a label. Text in it is escaped, so that nothing with
 * quotes or angle brackets in these patterns is text.
 */
function tidy(svg: string, id: string, label: string, isNarrow: boolean): string {
  return svg
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replaceAll(/ (?:ecmeta_\w+|class|xml:space|xmlns(?::\w+)?|version|baseProfile)="[^"]*"/g, '')
    .replaceAll(/(?<= id=")zr\d+-/g, `${id}-`)
    .replaceAll(/(?<=="url\(#)zr\d+-/g, `${id}-`)
    .replace(/<rect [^>]*fill="none"><\/rect>\n?/, '')
    .replace(
      '<svg ',
      `<svg class="${isNarrow ? 'narrow' : 'wide'}" role="img" aria-label="${label.replaceAll(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`)}" `,
    );
}
