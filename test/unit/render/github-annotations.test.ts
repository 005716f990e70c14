import fc from 'fast-check';
import {expect, test} from 'vitest';

import type {Failure} from '../../../src/events/failure.ts';
import {
  annotation,
  failureDiagnostics,
  workflowCommand,
} from '../../../src/render/github-annotations.ts';

const range = {file: 'app/Dockerfile', line: 12, column: 3, length: 4, text: '  RUN make'};

const told = (failure: Failure): readonly string[] =>
  failureDiagnostics(failure).map((one) => annotation(one, (file) => `below/${file}`));

test('a problem of matrix.yml stands at its place, with what to do', () => {
  const diagnostic = {
    ...({severity: 'error', code: 'unknown-key', message: 'unknown key `plattforms`'} as const),
    ...{range, suggestion: 'did you mean `platforms`?'},
  };
  expect(told({reason: 'invalid-matrix', diagnostics: [diagnostic]})).toEqual([
    '::error file=below/app/Dockerfile,line=12,endLine=12,col=3,endColumn=7,title=build-matrix%3A unknown key::unknown key `plattforms`%0Adid you mean `platforms`?',
  ]);
});

test('a failed build stands at the line of the Dockerfile, with the last it printed', () => {
  const failure: Failure = {
    ...{reason: 'build-failed', target: 'app/cpu', platform: 'linux/arm64', stage: 'deps', range},
    message: 'process "/bin/sh -c make" did not complete successfully: exit code: 2',
    logTail: ['1', '2', '50% done', '::error::fake', 'make: *** [all] Error 1'],
    ...{logFile: 'log', hint: 'install what it lacks'},
  };
  expect(told(failure)).toEqual([
    '::error file=below/app/Dockerfile,line=12,endLine=12,col=3,endColumn=7,title=build-matrix%3A build failed::app/cpu failed (linux/arm64, stage deps): exit code 2%0A50%25 done%0A::error::fake%0Amake: *** [all] Error 1%0Ainstall what it lacks',
  ]);
});

test('a budget stands at its line in matrix.yml', () => {
  const [line] = told({
    ...{reason: 'budget-exceeded', target: 'app/cuda', platform: 'linux/amd64'},
    ...{measure: 'compressed', written: '3GB', limit: 3e9, actual: 4e9, range},
  });
  expect(line).toMatch(/^::error file=below\/app\/Dockerfile,line=12,/);
  expect(line).toContain('app/cuda (linux/amd64) has 4.0 GB compressed');
});

test('what has no place is told without one, and a stop that was asked for not at all', () => {
  const failure = {message: 'no docker', remedy: 'start it'};
  expect(told({reason: 'engine-unusable', problem: 'docker-missing', ...failure})).toEqual([
    '::error title=build-matrix%3A engine unusable::no docker%0Astart it',
  ]);
  expect(told({reason: 'interrupted', signal: 'SIGINT'})).toEqual([]);
});

/** How actions/runner reads a command (src/Runner.Common/ActionCommand.cs). */
function read(line: string): {properties: Record<string, string>; message: string} | undefined {
  const match = /^::(\w+)(?: ([^:]*))?::(.*)$/.exec(line);
  if (match === null) return undefined;
  const [, , list = '', data = ''] = match;
  const unescape = (text: string): string =>
    text
      .replaceAll('%0D', '\r')
      .replaceAll('%0A', '\n')
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ',')
      .replaceAll('%25', '%');
  const properties = list === '' ? [] : list.split(',').map((pair) => pair.split(/=(.*)/s));
  return {
    properties: Object.fromEntries(
      properties.map(([key = '', value = '']) => [key, unescape(value)]),
    ),
    message: unescape(data.replaceAll('%3A', '%253A').replaceAll('%2C', '%252C')),
  };
}

test('whatever the text, the runner reads one command, and the same text', () => {
  fc.assert(
    fc.property(fc.string({unit: 'binary', minLength: 1}), fc.string(), (file, message) => {
      const line = workflowCommand('error', {file}, message);
      expect(line).not.toMatch(/[\r\n]/);
      expect(read(line)).toEqual({properties: {file}, message});
    }),
  );
});
