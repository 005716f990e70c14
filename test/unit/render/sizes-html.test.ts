import {describe, expect, it} from 'vitest';

import {families, shades, type Shade} from '../../../src/render/sizes-palette.ts';
import {sizesHtml} from '../../../src/render/sizes-html.ts';
import type {SizeReport} from '../../../src/sizes/size-report.ts';
import {sampleHistory, sampleSizes, sampleWhy} from './sample-sizes.ts';

const page = await sizesHtml(sampleSizes, {history: sampleHistory, why: sampleWhy});

describe('sizesHtml', () => {
  it('is the same for the same report, however many pages were made before', async () => {
    expect(await sizesHtml(sampleSizes, {history: sampleHistory, why: sampleWhy})).toBe(page);
  });

  it('asks for nothing and runs nothing', () => {
    expect(page).toContain(
      `content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"`,
    );
    expect(page).not.toMatch(
      /<script|<link|<img|<iframe|\son\w+=|url\((?!#)|@import|https?:|javascript:/,
    );
  });

  it('has an image for wide screens and one for phones of every chart, with words for it', () => {
    const labels = [
      ...page.matchAll(/<svg class="(wide|narrow)" role="img" aria-label="([^"]+)"/g),
    ];
    // Two of all images, one of each image's stages, a treemap, three of targets over time.
    expect(labels).toHaveLength(2 * (2 + 4 + 1 + 3));
    expect(labels[0]?.[2]).toBe(
      'compressed sizes of images by stage: face-service/cpu  linux/amd64 194 MB   +13.1 MB (+7.2%); face-service/cpu  linux/arm64 184 MB   +12.4 MB (+7.2%); face-service/cuda  linux/amd64 3.4 GB   +71.1 MB (+2.1%); face-service/jetson  linux/arm64 6.0 GB   −1.9 MB',
    );
    expect(page.match(/<svg /g)).toHaveLength(labels.length);
  });

  it('has ids once', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(ids.length).toBeGreaterThan(6);
    expect(new Set(ids).size).toBe(ids.length);
    const used = [...page.matchAll(/url\(#([^)]+)\)|href="#([^"]+)"/g)].map(([, a, b]) => a ?? b);
    expect(used.length).toBeGreaterThan(0);
    for (const id of used) expect(ids).toContain(id);
  });

  it('gives exact bytes in titles', () => {
    expect(page).toContain('title="3,406,724,204 bytes">3.4 GB<');
    expect(page).toContain('title="71,116,415 bytes">+71.1 MB (+2.1%)<');
  });

  it('marks what is not shipped, unknown, new and gone in words', () => {
    for (const word of ['>not shipped<', '>gone<', '>new<', '>?<', '>base image<']) {
      expect(page).toContain(word);
    }
    expect(page).toContain(
      'Stage test: the builder could not export it: context deadline exceeded',
    );
  });

  it('draws with colours that the dark page knows', () => {
    const known = [...Object.values(shades), ...families.flatMap((each) => Object.values(each))];
    const light = new Set<string>(known.map((each: Shade) => each.light));
    const seen = page.replaceAll(/<clipPath[\s\S]*?<\/clipPath>/g, '');
    const used = [...seen.matchAll(/ (?:fill|stroke)="([^"]+)"/g)].map(([, colour]) => colour!);
    expect(used.filter((colour) => colour !== 'none' && !light.has(colour))).toEqual([]);
    expect(light.size).toBe(known.length);
  });

  it('shows foreign text, and obeys none of it', async () => {
    const evil = `"'><script>alert(1)</script><b>&amp;\u202e{a|b}`;
    const [image] = sampleSizes.images;
    const report: SizeReport = {
      ...sampleSizes,
      version: evil,
      against: evil,
      images: [
        {
          ...image!,
          target: evil,
          platform: evil,
          digest: evil,
          unknown: [evil],
          cause: evil,
          base: {...image!.base!, from: evil},
          stages: image!.stages.map((stage) => ({
            ...stage,
            name: evil,
            from: evil,
            instructions: stage.instructions.map((each) => ({...each, text: evil})),
          })),
        },
      ],
      removed: [evil],
      unknown: [evil],
    };
    const contents = {...sampleWhy.images[0]!, target: evil, platform: evil};
    const text = await sizesHtml(report, {
      why: {
        ...sampleWhy,
        images: [
          {
            ...contents,
            stages: contents.stages.map((stage) => ({
              ...stage,
              stage: evil,
              directories: stage.directories.map((each) => ({
                ...each,
                path: `${each.path}${evil}`,
              })),
            })),
            findings: contents.findings.map((each) => ({...each, path: evil, remedy: evil})),
          },
        ],
      },
      history: {
        ...sampleHistory,
        trends: sampleHistory.trends.map((trend) => ({
          ...trend,
          target: evil,
          platform: evil,
          points: trend.points.map((point) => ({...point, version: evil})),
        })),
      },
    });
    expect(text).not.toMatch(/<script|<b>|\u202e/);
    expect(text.match(/<svg /g)?.length).toBeGreaterThan(6);
    // Every attribute that is opened is closed where it should be.
    expect(text).not.toMatch(/="[^"]*[<>][^"]*"/);
  });

  it('says that there is nothing', async () => {
    const text = await sizesHtml({...sampleSizes, images: [], removed: []});
    expect(text).toContain('No image was measured.');
    expect(text).not.toContain('<svg');
  });

  it('shows the history of an image whose stages cannot be told', async () => {
    const [image] = sampleSizes.images;
    const instructions = [{line: 0, text: 'ADD rootfs.tar /', size: image!.size}];
    const text = await sizesHtml({
      ...sampleSizes,
      images: [{...image!, stages: [], base: null, instructions}],
    });
    expect(text).toMatch(/<details open>\s*<summary>/);
    expect(text).toContain('<code>ADD rootfs.tar /</code>');
    expect(text).toContain('>stages unknown</text>');
  });
});

describe('the palette', () => {
  /** WCAG 2.2, relative luminance. */
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (a: string, b: string): number => {
    const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };

  it.each(['light', 'dark'] as const)('can be read on the %s page', (theme) => {
    const {paper, ink, muted, more, less, onFamily, base, baseMiddle, baseSoft} = shades;
    const pairs: (readonly [Shade, Shade])[] = [
      ...[ink, muted, more, less].map((text) => [text, paper] as const),
      ...[base, baseMiddle, baseSoft].map((ground) => [ink, ground] as const),
      ...families.flatMap(({solid, middle, soft}) => [
        [onFamily, solid] as const,
        [solid, paper] as const,
        [ink, middle] as const,
        [ink, soft] as const,
      ]),
    ];
    const weak = pairs.filter(([text, ground]) => contrast(text[theme], ground[theme]) < 4.5);
    expect(weak).toEqual([]);
  });
});
