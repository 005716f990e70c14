import type {DockerCall} from './fake-docker.ts';

/** What buildx prints when the second stage's RUN fails, and ends with. */
export function failBuild(call: DockerCall, printed = 'no good'): void {
  const run = {
    digest: 'sha256:1',
    name: '[runtime 1/1] RUN check',
    started: '2026-01-02T03:04:05Z',
  };
  const data = Buffer.from(`${printed}\n`).toString('base64');
  call.progress(
    {vertexes: [run]},
    {logs: [{vertex: 'sha256:1', stream: 2, data}]},
    {
      vertexes: [
        {
          ...run,
          completed: '2026-01-02T03:04:06Z',
          error: 'process "/bin/sh -c check" did not complete successfully: exit code: 1',
        },
      ],
    },
  );
  call.say('Dockerfile:4');
  call.say('--------------------');
  call.say('   3 |     FROM base AS runtime');
  call.say('   4 | >>> RUN check');
  call.say('--------------------');
  call.say('ERROR: failed to build: failed to solve: process "/bin/sh -c check" did not complete');
  call.exit(1);
}
