import {expect, test} from 'vitest';

import {failureSentence} from '../../../src/events/failure-sentence.ts';
import {everyFailure} from '../records/sample-record.ts';

test.each([
  [everyFailure['file-unusable'], `${everyFailure['file-unusable'].path}: `],
  [everyFailure['registry-unusable'], 'docker is not logged in to ghcr.io'],
  [everyFailure['invalid-usage'], 'no such target'],
  [everyFailure['invalid-matrix'], 'unknown key `plattforms`'],
])('$reason: where it is, and what is the cause', (failure, sentence) => {
  expect(failureSentence(failure)).toMatch(sentence);
});
