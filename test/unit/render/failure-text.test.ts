import {describe, expect, it} from 'vitest';

import {exitCodes} from '../../../src/events/exit-code.ts';
import type {Failure} from '../../../src/events/failure.ts';
import {formatFailure} from '../../../src/render/failure-text.ts';
import {textStyle} from '../../../src/render/text-style.ts';
import {everyFailure} from '../records/sample-record.ts';
import {buildFailed, plainStyle} from './sample-run.ts';

const textOf = (failure: Failure): readonly string[] =>
  formatFailure(failure, plainStyle()).split('\n');

describe('formatFailure', () => {
  it('shows where a build failed, what it printed, and what to do', () => {
    expect(textOf(buildFailed)).toEqual([
      'error: face-service/jetson failed (linux/arm64, stage test)',
      '  exit code 2',
      '  --> dockerfiles/Dockerfile:12',
      '11 |   COPY . .',
      '12 | > RUN make test',
      '13 |',
      'note: the last lines it printed',
      '  | test_predict FAILED',
      '  | make: *** [test] Error 2',
      'help: run the tests on your machine first',
      'log: .build-matrix/runs/r/logs/face-service/jetson.log',
    ]);
  });

  it('shows what is known of a failure without a place', () => {
    expect(
      textOf({
        reason: 'build-failed',
        target: 'face-service/cpu',
        message: 'failed to solve: unauthorized',
        step: 'exporting to image',
        logTail: [],
        logFile: 'cpu.log',
        hint: 'log in\nfirst',
      }),
    ).toEqual([
      'error: face-service/cpu failed',
      '  failed to solve: unauthorized',
      '  in exporting to image',
      'help: log in',
      '      first',
      'log: cpu.log',
    ]);
  });

  it.each([
    ['invalid-usage', ['error: no such target', 'help: see list']],
    ['engine-unusable', ['error: docker was not found', 'help: install it']],
    [
      'measure-failed',
      [
        'error: face-service/cpu was built, but could not be measured: not found',
        'help: build again',
      ],
    ],
    ['file-unusable', ['error: record.json: ENOSPC']],
    ['interrupted', ['stopped by SIGTERM']],
    [
      'unknown-error',
      [
        'error: this is a bug in build-matrix: a bug',
        'help: please report it, with the lines below and your matrix.yml',
        '',
        'at line 1',
      ],
    ],
    [
      'invalid-matrix',
      [
        'error: unknown key `plattforms`',
        ' --> dockerfiles/Dockerfile:3:1',
        '  |',
        '3 | RUN false',
        '  | ^^^',
        'note: first declared here',
        ' --> dockerfiles/Dockerfile:3:1',
        '  |',
        '3 | RUN false',
        '  | ^^^',
        'help: did you mean `platforms`?',
        '',
        'warning: no place',
        '',
        '1 error, 1 warning',
      ],
    ],
  ] as const)('%s', (reason, lines) => {
    expect(textOf(everyFailure[reason])).toEqual(lines);
  });

  it('shows a budget that is exceeded at its place in matrix.yml', () => {
    expect(textOf(everyFailure['budget-exceeded'])).toEqual([
      'error: face-service/cpu (linux/arm64), stage runtime has grown by 70 B since v1.2.2, 20 B more than its budget allows (5%, 50 B): requirements.txt changed',
      ' --> dockerfiles/Dockerfile:3:1',
      '  |',
      '3 | RUN false',
      '  | ^^^',
      'help: `build-matrix sizes face-service/cpu --why` shows what is in it; if it has to be so large, raise the limit',
    ]);
  });

  it('has words for every reason, with colours as without', () => {
    const colourful = textStyle({colour: true, unicode: true, columns: 80});
    for (const reason of Object.keys(exitCodes) as Failure['reason'][]) {
      expect(formatFailure(everyFailure[reason], plainStyle())).not.toMatch(/undefined|\u001b|\n$/);
      expect(formatFailure(everyFailure[reason], colourful)).toContain('\u001b[');
    }
  });
});
