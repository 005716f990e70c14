import {createProcesses} from '../../../src/adapters/execa-processes.ts';
import type {ProcessRequest} from '../../../src/ports/processes.ts';
import {createFakeProcesses} from '../../fakes/fake-processes.ts';
import {describeProcesses} from './processes.contract.ts';

describeProcesses('fake', () => {
  const processes = createFakeProcesses();
  processes.on('waiting', {stdout: ['ready'], until: new Promise(() => undefined)});
  processes.on('missing', {failure: {kind: 'not-found', command: 'missing'}});
  return {
    processes,
    printing(stdout, stderr, exitCode) {
      processes.on('printing', {stdout, stderr, exitCode});
      return {command: 'printing', args: []};
    },
    waiting: {command: 'waiting', args: []},
    missing: {command: 'missing', args: []},
  };
});

const node = (script: string): ProcessRequest => ({
  command: process.execPath,
  args: ['-e', script],
});
const print = (stream: string, lines: readonly string[]): string =>
  `process.${stream}.write(${JSON.stringify(lines.map((line) => `${line}\n`).join(''))});`;

describeProcesses('execa', () => ({
  processes: createProcesses(),
  printing: (stdout, stderr, exitCode) =>
    node(`${print('stdout', stdout)}${print('stderr', stderr)}process.exitCode = ${exitCode}`),
  waiting: node("console.log('ready'); setInterval(() => {}, 1000)"),
  missing: {command: 'build-matrix-no-such-program', args: []},
}));
