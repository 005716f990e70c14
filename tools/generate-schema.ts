import {readFileSync, writeFileSync} from 'node:fs';

import {z} from 'zod';

import {matrixFileSchema} from '../src/config/matrix-file.ts';
import {whyReportSchema} from '../src/sizes/why-schema.ts';
import {matrixReference, type JsonSchema} from './matrix-reference.ts';
import {sizeReportJsonSchema} from './size-report-schema.ts';

/**
 * Writes schema/matrix.schema.json (for editors, draft-07) and docs/matrix-reference.md from the zod
 * schema of matrix.yml, and schema/why.schema.json from that of what `sizes --why --json` prints. With `--check` it writes nothing and fails when one of them is out of date.
 */

/** The files, and what they should hold. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const schema = {
    ...z.toJSONSchema(matrixFileSchema, {target: 'draft-7'}),
    title: 'matrix.yml of build-matrix',
  };
  const whySchema = {
    ...z.toJSONSchema(whyReportSchema, {target: 'draft-7'}),
    title: 'build-matrix sizes --why --json',
  };
  return new Map([
    ['schema/matrix.schema.json', `${JSON.stringify(schema, null, 2)}\n`],
    ['schema/why.schema.json', `${JSON.stringify(whySchema, null, 2)}\n`],
    ['schema/size-report.schema.json', `${JSON.stringify(sizeReportJsonSchema(), null, 2)}\n`],
    ['docs/matrix-reference.md', matrixReference(schema as JsonSchema)],
  ]);
}

/** What the file holds; empty when there is none. */
export function currentText(file: string): string {
  try {
    return readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
  } catch {
    return '';
  }
}

if (import.meta.main) {
  const stale = [...generatedFiles()].filter(([file, text]) => currentText(file) !== text);
  for (const [file, text] of stale) {
    if (process.argv.includes('--check')) {
      process.stderr.write(`${file} is out of date: run \`node tools/generate-schema.ts\`\n`);
      process.exitCode = 1;
    } else {
      writeFileSync(new URL(`../${file}`, import.meta.url), text);
      process.stdout.write(`wrote ${file}\n`);
    }
  }
}
