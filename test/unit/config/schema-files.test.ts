import {readFileSync} from 'node:fs';

import {Ajv} from 'ajv';
import {expect, test} from 'vitest';
import {parse} from 'yaml';

import {currentText, generatedFiles} from '../../../tools/generate-schema.ts';

test.each([...generatedFiles()])('%s is what the zod schema says', (file, text) => {
  expect(currentText(file), 'run `node tools/generate-schema.ts`').toBe(text);
});

const validate = new Ajv({allErrors: true, strict: true, allowUnionTypes: true}).compile(
  JSON.parse(currentText('schema/matrix.schema.json')) as object,
);

/** Where an editor would complain of the file. */
function complaints(yaml: string): readonly string[] {
  validate(parse(yaml));
  return [...new Set(validate.errors?.map(({instancePath}) => instancePath))];
}

test('editors accept the sample', () => {
  expect(complaints(readFileSync(new URL('../../../matrix.yml', import.meta.url), 'utf8'))).toEqual(
    [],
  );
});

test.each([
  ['images: {}', ['']],
  ['{version: 2, images: {}}', ['/version']],
  ['{version: 1, images: {}, image: {}}', ['']],
  ['{version: 1, images: {"a b": {targets: {}}}}', ['/images']],
  ['{version: 1, images: {a: {targets: {b: {plattforms: []}}}}}', ['/images/a/targets/b']],
  ['{version: 1, images: {a: {targets: {b: {platforms: []}}}}}', ['/images/a/targets/b/platforms']],
  ['{version: 1, images: {a: {targets: {b: {network: bridge}}}}}', ['/images/a/targets/b/network']],
  ['{version: 1, images: {a: {targets: {b: {matrix: {c: 1}}}}}}', ['/images/a/targets/b/matrix/c']],
])('editors complain of %s', (yaml, places) => {
  expect(complaints(yaml)).toEqual(places);
});

test('every key has a description of one line, for editors and the reference', () => {
  const missing: string[] = [];
  const walk = (schema: unknown, path: string): void => {
    if (typeof schema !== 'object' || schema === null) return;
    for (const [key, value] of Object.entries(schema)) {
      if (key !== 'properties') {
        walk(value, `${path}.${key}`);
        continue;
      }
      for (const [name, property] of Object.entries(
        value as Record<string, {description?: string}>,
      )) {
        if (!/^[^\n]+\.$/.test(property.description ?? '')) missing.push(`${path}.${name}`);
        walk(property, `${path}.${name}`);
      }
    }
  };
  walk(JSON.parse(currentText('schema/matrix.schema.json')), '');
  expect(missing).toEqual([]);
});
