import {Ajv2020} from 'ajv/dist/2020.js';
import {expect, test} from 'vitest';

import {currentText} from '../../../tools/generate-schema.ts';
import {sizeReportSchema} from '../../../tools/size-report-schema.ts';
import {sampleSizes} from './sample-sizes.ts';

const validate = new Ajv2020({allErrors: true, strict: true, allowUnionTypes: true}).compile(
  JSON.parse(currentText('schema/size-report.schema.json')) as object,
);

test('a report fits its schema, and has no key that the schema does not tell of', () => {
  validate(sampleSizes);
  expect(validate.errors).toBeNull();
  expect(sizeReportSchema.safeParse(sampleSizes).error).toBeUndefined();
});

test.each([
  [{...sampleSizes, schema: 2}, ['/schema']],
  [{...sampleSizes, at: undefined}, ['']],
  [{...sampleSizes, images: [{...sampleSizes.images[0], digest: 1}]}, ['/images/0/digest']],
  [
    {...sampleSizes, images: [{...sampleSizes.images[0], size: {compressed: 1.5, unpacked: null}}]},
    ['/images/0/size/compressed'],
  ],
])('what is no report does not: %#', (report, places) => {
  validate(JSON.parse(JSON.stringify(report)));
  expect([...new Set(validate.errors?.map(({instancePath}) => instancePath))]).toEqual(places);
});
