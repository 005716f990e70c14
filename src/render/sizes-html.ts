import type {SizeHistory} from '../sizes/history.ts';
import type {ImageSizes, SizeReport} from '../sizes/size-report.ts';
import type {WhyReport} from '../sizes/why-report.ts';
import {html, nothing, trusted, type Html} from './html-text.ts';
import type {imagesChart, stagesChart} from './sizes-bar-charts.ts';
import {familiesOf, type FamilyOf} from './sizes-families.ts';
import type {treemapChart, trendChart} from './sizes-other-charts.ts';
import {contentsOf, historySection} from './sizes-page-contents.ts';
import {pageStyle} from './sizes-page-style.ts';
import {budgetRows} from './sizes-budgets.ts';
import {
  budgetsTable,
  changeSpan,
  exact,
  imagesTable,
  instructionsTable,
  notesList,
  stagesTable,
} from './sizes-page-tables.ts';
import {
  bytesText,
  causeNotes,
  changeOf,
  sizeRows,
  sourceNotes,
  unknownNotes,
} from './sizes-rows.ts';

/** What the page may show besides the sizes. */
export interface SizesPageParts {
  readonly history?: SizeHistory;
  readonly why?: WhyReport;
}

/** The modules that draw; echarts comes with them, so they are loaded when a page is made. */
interface Charts {
  readonly imagesChart: typeof imagesChart;
  readonly stagesChart: typeof stagesChart;
  readonly treemapChart: typeof treemapChart;
  readonly trendChart: typeof trendChart;
}

/**
 * A page that holds all it needs: no script, no request, for light and dark, for wide screens and
 * phones. The same report gives the same page, to the byte.
 */
export async function sizesHtml(report: SizeReport, parts: SizesPageParts = {}): Promise<string> {
  const [bars, others] = await Promise.all([
    import('./sizes-bar-charts.ts'),
    import('./sizes-other-charts.ts'),
  ]);
  const charts: Charts = {...bars, ...others};
  const familyOf = familiesOf(report);
  return `<!doctype html>\n${page(report, parts, charts, familyOf).html}\n`;
}

function page(
  report: SizeReport,
  {history, why}: SizesPageParts,
  charts: Charts,
  familyOf: FamilyOf,
): Html {
  const {version, images} = report;
  return html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta
        http-equiv="Content-Security-Policy"
        content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
      />
      <meta name="color-scheme" content="light dark" />
      <title>Image sizes of ${version}</title>
      <style>
        ${trusted(pageStyle)}
      </style>
    </head>
    <body>
      <main>
        ${header(report)}
        ${
          images.length === 0
            ? html`<p>No image was measured.</p>`
            : overview(report, charts, familyOf)
        }
        ${notesSection(report)}
        ${images.map((image, index) => imageSection(image, index, report, why, charts, familyOf))}
        ${
          history === undefined
            ? nothing
            : historySection(history, (target, trends, index) =>
                charts.trendChart(`trend-${index}`, target, trends),
              )
        }
      </main>
      ${footer}
    </body>
  </html>`;
}

function header({version, commit, at, against}: SizeReport): Html {
  const made = `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
  return html`<header>
    <h1>Image sizes of ${version}</h1>
    <p class="lead">
      Built <time datetime="${at}">${made}</time>${
        commit === null
          ? nothing
          : html` from commit <code title="${commit}">${commit.slice(0, 12)}</code>`
      }${against === null ? nothing : html`, compared with ${against}`}.
    </p>
  </header>`;
}

function overview(report: SizeReport, {imagesChart}: Charts, familyOf: FamilyOf): Html {
  const {images} = report;
  const unpacked = images.filter(({size}) => size.unpacked !== null);
  return html`<section aria-labelledby="all">
    <h2 id="all">All images</h2>
    <h3>Compressed: what a pull moves</h3>
    ${legend(images, familyOf)}
    <figure>${imagesChart('compressed', images, 'compressed', familyOf)}</figure>
    ${
      unpacked.length === 0
        ? nothing
        : html`<h3>Unpacked: what a device stores</h3>
            <figure>${imagesChart('unpacked', unpacked, 'unpacked', familyOf)}</figure>`
    }
    ${imagesTable(report)}
  </section>`;
}

/** The colours in words; stages beside the chain are drawn as dashed outlines. */
function legend(images: readonly ImageSizes[], familyOf: FamilyOf): Html {
  const stages = images.flatMap((image) => image.stages);
  const shipped = new Set(stages.filter((stage) => stage.shipped).map(({name}) => name));
  return html`<ul class="legend">
    <li><span class="swatch base"></span>base image</li>
    ${[...shipped].map(
      (name) => html`<li><span class="swatch f${familyOf(name)}"></span>${name}</li>`,
    )}
  </ul>`;
}

function notesSection(report: SizeReport): Html {
  const gone = (report.removed ?? []).map((name) => ({text: `${name} is gone`, images: []}));
  const causes = [...gone, ...causeNotes(report), ...sourceNotes(report)];
  // What is not known of an image stands with the image.
  const unknown = unknownNotes(report).filter(({images}) => images.length === 0);
  return html`${budgetsSection(report)}${
    causes.length === 0
      ? nothing
      : html`<section aria-labelledby="causes">
          <h2 id="causes">What changed</h2>
          ${notesList(causes, 'cause')}
        </section>`
  }
  ${
    unknown.length === 0
      ? nothing
      : html`<section aria-labelledby="unknown">
          <h2 id="unknown">What is not known</h2>
          ${notesList(unknown, 'unknown')}
        </section>`
  }`;
}

function budgetsSection(report: SizeReport): Html {
  const rows = budgetRows(report);
  if (rows.length === 0) return nothing;
  return html`<section aria-labelledby="budgets">
    <h2 id="budgets">Budgets</h2>
    ${budgetsTable(rows)}
  </section>`;
}

function imageSection(
  image: ImageSizes,
  index: number,
  {against}: SizeReport,
  why: WhyReport | undefined,
  {stagesChart, treemapChart}: Charts,
  familyOf: FamilyOf,
): Html {
  const {target, platform, digest, size, unknown} = image;
  const hasRows = sizeRows(image).length > 0;
  const contents = why?.images.find((each) => each.target === target && each.platform === platform);
  return html`<section aria-labelledby="image-${index}">
    <h2 id="image-${index}">${target} <span class="muted">${platform}</span></h2>
    <p class="headline">
      <span class="figures">
        <span title="${exact(size.compressed)}">${bytesText(size.compressed)}</span>
        ${changeSpan(changeOf(size, 'compressed', true))}
      </span>
      <span class="muted" title="${exact(size.unpacked)}">
        ${size.unpacked === null ? 'unpacked size not known' : `${bytesText(size.unpacked)} unpacked`}
      </span>
    </p>
    ${notesList(
      unknown.map((text) => ({text, images: []})),
      'unknown',
    )}
    ${
      hasRows
        ? html`<figure>${stagesChart(`stages-${index}`, image, familyOf)}</figure>
            ${stagesTable(image, against !== null)}`
        : nothing
    }
    ${instructionsTable(image, against !== null)}
    ${
      contents === undefined
        ? nothing
        : contentsOf(contents, treemapChart(`treemap-${index}`, contents, familyOf))
    }
    <p class="muted"><code>${digest}</code></p>
  </section>`;
}

const footer = html`<footer>
  <dl>
    <dt>Compressed</dt>
    <dd>Bytes of the layers as they are stored in a registry: what a pull moves.</dd>
    <dt>Unpacked</dt>
    <dd>Bytes of the layers' tar archives: what a device unpacks and stores.</dd>
    <dt>Not shipped</dt>
    <dd>A stage beside the chain that ends in the image, such as a builder or a test.</dd>
    <dt>?</dt>
    <dd>Not known; the reason stands with the image. It is never zero, and never a guess.</dd>
  </dl>
  <p>
    Sizes are in powers of 1000. Hold the pointer over one for its exact bytes. Made by
    build-matrix.
  </p>
</footer>`;
