import fc from 'fast-check';
import {describe, expect, it} from 'vitest';

import {markdownCode, markdownProse} from '../../../src/render/markdown-text.ts';
import {sizesMarkdown} from '../../../src/render/sizes-markdown.ts';
import type {SizeReport} from '../../../src/sizes/size-report.ts';
import {sampleSizes} from './sample-sizes.ts';

describe('sizesMarkdown', () => {
  it('has a table with a row for each image, then causes and what is not known', () => {
    const lines = sizesMarkdown(sampleSizes).split('\n');
    expect(lines.slice(0, 10)).toEqual([
      '### Image sizes of 1.5.0',
      '',
      'commit <code>96e310a9c1b2</code> · 2026-11-24 · compared with <code>v1.4.2</code>. Compressed is what a pull moves, unpacked what a device stores.',
      '',
      '| Image | Platform | Compressed | Unpacked | Change |',
      '| :-- | :-- | --: | --: | --: |',
      '| <code>face-service/cpu</code> | <code>linux/amd64</code> | 194 MB | 608 MB | +13.1 MB (+7.2%) |',
      '| <code>face-service/cpu</code> | <code>linux/arm64</code> | 184 MB | 576 MB | +12.4 MB (+7.2%) |',
      '| <code>face-service/cuda</code> | <code>linux/amd64</code> | 3.4 GB | 8.2 GB | +71.1 MB (+2.1%) |',
      '| <code>face-service/jetson</code> | <code>linux/arm64</code> | 6.0 GB | ? | -1.9 MB |',
    ]);
    expect(lines).toContain(
      '- <code>face-service/jetson &#40;linux/arm64&#41;</code>: Stage test&#58; the builder could not export it&#58; context deadline exceeded',
    );
    expect(lines.filter((line) => line.startsWith('<details>'))).toHaveLength(4);
  });

  it('has details with stages and instructions', () => {
    const text = sizesMarkdown(sampleSizes);
    expect(text).toContain(
      '| <code>test</code> (not shipped) | <code>deps</code> | +6.3 MB | +24.1 MB | 169 MB | 599 MB | +12 B |',
    );
    expect(text).toContain(
      '| 22 | <code>COPY app/ /app/</code> | +48.2 kB | +161 kB | +281 B (+0.6%) |',
    );
  });

  it('has no column for changes where nothing is compared', () => {
    const text = sizesMarkdown({...sampleSizes, against: null, removed: []});
    expect(text).toContain('| Image | Platform | Compressed | Unpacked |\n');
    expect(text).not.toContain('Change |');
  });

  it('leaves details out, and says so, before GitHub refuses it', () => {
    const many = (count: number): SizeReport => ({
      ...sampleSizes,
      images: Array.from({length: count}, (_, index) => ({
        ...sampleSizes.images[0]!,
        target: `face-service/${'x'.repeat(60)}${index}`,
        unknown: [`reason ${index}`],
      })),
    });
    const some = sizesMarkdown(many(60));
    expect(some.length).toBeLessThan(60_000);
    const shown = some.match(/<details>/g)?.length ?? 0;
    expect(shown).toBeGreaterThan(5);
    expect(some).toContain(`_Details of ${60 - shown} images are left out:`);
    const thousand = sizesMarkdown(many(1000));
    expect(thousand.length).toBeLessThan(60_000);
    expect(thousand).toMatch(/\n_\d+ more images\._\n/);
    expect(thousand).toMatch(/\n- … and \d+ more\n/);
  });

  it('shows what a Dockerfile of a pull request says, and obeys none of it', () => {
    const evil =
      '`|</code></details><img src=x onerror=alert(1)> @team #1 https://evil.example **b** $x$\nnext';
    const [image] = sampleSizes.images;
    const text = sizesMarkdown({
      ...sampleSizes,
      version: evil,
      images: [
        {
          ...image!,
          target: evil,
          cause: evil,
          unknown: [evil],
          stages: image!.stages.map((stage) => ({
            ...stage,
            name: evil,
            from: evil,
            instructions: stage.instructions.map((each) => ({...each, text: evil})),
          })),
        },
      ],
    });
    expect(text.replaceAll(/&#\d+;/g, '')).not.toMatch(
      /<img|https:|\*\*b|\$|@|(?<!##)#1|\nnext|team #/,
    );
    expect(text.match(/<\/details>/g)).toHaveLength(1);
    const tables = text.split('\n\n').filter((block) => block.startsWith('| '));
    expect(tables).toHaveLength(3);
    for (const table of tables) {
      const columns = table.split('\n').map((line) => line.split('|').length);
      expect(new Set(columns).size).toBe(1);
    }
  });
});

describe('foreign text in Markdown', () => {
  it('has no letter that Markdown, HTML or GitHub gives a meaning', () => {
    fc.assert(
      fc.property(fc.string({unit: 'grapheme'}), (text) => {
        const inside = markdownCode(text).slice('<code>'.length, -'</code>'.length);
        expect(inside.replaceAll(/&#\d+;/g, '')).not.toMatch(/[<>&`|*_~[\](){}!#\\@:$"'\n]/);
        expect(markdownProse(text).replaceAll(/<\/?code>|&#\d+;/g, '')).not.toMatch(/[<>&`|*_@\n]/);
      }),
    );
  });

  it('keeps code of our own sentences, and breaks mentions and references', () => {
    expect(markdownProse('run `a|b` as @me for #7')).toBe(
      'run <code>a&#124;b</code> as &#64;&#8288;me for &#35;&#8288;7',
    );
  });
});
