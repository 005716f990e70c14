import {spawn} from 'node:child_process';
import {connect} from 'node:net';

import {
  createReader,
  encode,
  socketVariable,
  type FromDocker,
  type ToDocker,
} from './docker-protocol.ts';

/** The program that stands on PATH as `docker` in the cli lane; `fake-docker/docker` starts it. */
const socket = connect(process.env[socketVariable] ?? '');
const tell = (message: FromDocker): void => {
  socket.write(encode(message));
};
let ignoresSignals = false;

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => {
    tell({type: 'signalled', signal});
    // docker forwards the signal to buildx and ends with it.
    if (!ignoresSignals) socket.end(() => process.exit(130));
  });
}

const obey = (order: ToDocker): void => {
  switch (order.type) {
    case 'print':
      process[order.stream].write(order.text);
      break;
    case 'exit':
      process.exitCode = order.code;
      // Ends by itself when all that was printed is on its way.
      socket.destroy();
      break;
    case 'ignore-signals':
      ignoresSignals = true;
      break;
    case 'start-child': {
      const program = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
      const child = spawn(process.execPath, ['-e', `${program}; console.log('ready')`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      child.stdout.once('data', () => {
        tell({type: 'has-child', pid: child.pid ?? 0});
      });
      child.unref();
      break;
    }
  }
};

socket.setEncoding('utf8');
socket.on(
  'data',
  createReader((order) => {
    obey(order as ToDocker);
  }),
);
// The test is over: nothing that it started may stay.
socket.on('error', () => process.exit(1));
socket.on('end', () => process.exit(1));
tell({
  type: 'started',
  pid: process.pid,
  args: process.argv.slice(2),
  cwd: process.cwd(),
  env: process.env,
});
