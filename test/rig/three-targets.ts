import type {CommandRig} from './command-rig.ts';

export const dockerfile = `FROM scratch AS base
COPY data /data
FROM base AS runtime
RUN check
`;

/** A checkout whose matrix.yml has the targets `one`, `two` and `three` of the image `app`. */
export async function writeThreeTargets(rig: CommandRig): Promise<void> {
  await writeTargets(rig, ['one: {}', 'two: {}', 'three: {}']);
}

/** A checkout with the image `app` and these targets, in YAML. */
export async function writeTargets(rig: CommandRig, targets: readonly string[]): Promise<void> {
  await rig.write('src/Dockerfile', dockerfile);
  await rig.write('src/data', '');
  await rig.write(
    'matrix.yml',
    `version: 1
defaults: {context: src, platforms: [linux/amd64]}
images:
  app:
    targets:
${targets.map((target) => `      ${target}\n`).join('')}`,
  );
}
