import {mkdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {native} from './architecture.ts';
import type {Architecture} from './architecture.ts';
import {machineCodename} from './apt.ts';
import {formatSources, machineSources, sourcesFor} from './apt-sources.ts';
import type {Reporter} from './console.ts';
import {cached} from './cache.ts';
import type {EnginePaths} from './paths.ts';
import {ROOTFS, SOURCE_DATE_EPOCH} from './pins.ts';
import {withTools} from './provision-tools.ts';
import type {Tools} from './provision-tools.ts';
import {run} from './shell.ts';

export function rootfsIn(paths: EnginePaths, architecture: Architecture): string {
  return join(paths.cache, 'rootfs', `python-${architecture}.tar`);
}

/** Files that no base image needs, left out as Debian's own slim images do. */
const LEFT_OUT = [
  '/usr/share/man/*',
  '/usr/share/doc/*',
  '/usr/share/locale/*',
  '/usr/share/info/*',
];

/**
 * A small Debian with Python and pip as a tar, once per architecture; the foreign one runs its
 * maintainer scripts under emulation, which has to be there before.
 * @throws EngineError when the Debian archive cannot be read
 */
export async function provisionRootfs(
  paths: EnginePaths,
  tools: Tools,
  architecture: Architecture,
  report: Reporter,
): Promise<string> {
  const tar = rootfsIn(paths, architecture);
  const emulated = architecture === native() ? '' : ' (emulated)';
  await cached(tar, report, (temporary) =>
    report.step(`Debian with Python for ${architecture}${emulated}`, async () => {
      const sources = `${temporary}.sources`;
      const scratch = `${temporary}.scratch`;
      try {
        await mkdir(scratch, {recursive: true});
        const list = sourcesFor(await machineSources(), await machineCodename(), ROOTFS.suite);
        await writeFile(sources, formatSources(list));
        // In a mount namespace of its own: its mounts go with it, even when it is killed.
        const args = [
          '--mount',
          tools.mmdebstrap,
          ...argumentsFor(architecture, temporary, sources),
        ];
        await run('unshare', args, {
          env: {...withTools(tools), SOURCE_DATE_EPOCH, LC_ALL: 'C', TMPDIR: scratch},
        });
      } finally {
        await rm(sources, {force: true});
        await rm(scratch, {recursive: true, force: true});
      }
    }),
  );
  return tar;
}

function argumentsFor(
  architecture: Architecture,
  target: string,
  sources: string,
): readonly string[] {
  return [
    '--quiet',
    '--mode=root',
    '--format=tar',
    '--variant=minbase',
    `--architectures=${architecture}`,
    // It would look for a package of qemu; emulation is ours to know about.
    '--skip=check/qemu',
    `--include=${ROOTFS.packages.join(',')}`,
    '--aptopt=Acquire::Languages "none"',
    ...LEFT_OUT.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
    // As in the official Python images: `python` is there, and pip installs into the system.
    '--customize-hook=ln -s python3 "$1/usr/bin/python"',
    '--customize-hook=rm -f "$1"/usr/lib/python3*/EXTERNALLY-MANAGED',
    ROOTFS.suite,
    target,
    sources,
  ];
}
