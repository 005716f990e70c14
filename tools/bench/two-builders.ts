import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {startOwnBuildkit, type OwnBuildkit} from '../../test/rig/own-buildkit.ts';

/** Names of the two builders. */
export const builderNames = ['bench-one', 'bench-two'] as const;

/**
 * Two BuildKits that do one step at a time each, as a machine with one core would: on one machine two
 * builders have no more cores than one, so that nothing else would be measured than who gets them.
 */
export async function startTwoBuilders(): Promise<{close(): Promise<void>}> {
  const started: OwnBuildkit[] = [];
  const close = async (): Promise<void> => {
    for (const one of started) await one.close();
  };
  try {
    for (const name of builderNames) {
      const one = await startOwnBuildkit({maxParallelism: 1});
      started.push(one);
      await one.create(name);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {close};
}

/**
 * `count` targets for two platforms, each of which computes for some seconds in one process of this
 * machine's own architecture: a cross compiler, and no emulation. `{nonce}` makes every run a cold one.
 */
export async function writeComputingWork(
  folder: string,
  {base, count, steps}: {readonly base: string; readonly count: number; readonly steps: number},
): Promise<void> {
  await mkdir(folder, {recursive: true});
  await writeFile(
    join(folder, 'Dockerfile'),
    `FROM --platform=$BUILDPLATFORM ${base} AS compile
ARG NONCE TARGETARCH
RUN echo "$NONCE $TARGETARCH" > /made && dd if=/dev/zero of=/dev/null bs=1 count=${steps} 2>/dev/null
FROM ${base}
COPY --from=compile /made /made
`,
  );
  const [one, two] = builderNames;
  const routes = `[{platform: linux/amd64, builder: ${one}}, {platform: linux/arm64, builder: ${two}}]`;
  const targets = Array.from(
    {length: count},
    (_, index) => `      t${index}: {args: {NONCE: "{vars.nonce}-${index}"}}`,
  );
  await writeFile(
    join(folder, 'matrix.yml'),
    `version: 1
vars: {nonce: none}
builders: ${routes}
images:
  computing:
    defaults: {platforms: [linux/amd64, linux/arm64]}
    targets:
${targets.join('\n')}
`,
  );
}
