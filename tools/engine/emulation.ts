import {readdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {foreign} from './architecture.ts';
import type {Architecture} from './architecture.ts';
import {EngineError, messageOf} from './errors.ts';
import {exists, readIfAny} from './files.ts';
import type {Tools} from './provision-tools.ts';
import {run} from './shell.ts';

const BINFMT = '/proc/sys/fs/binfmt_misc';

/** Says that the mount is ours to undo; in a folder that a reboot empties, as it does the mount. */
const MOUNTED_BY_US = '/run/build-matrix-engine.mounted-binfmt';

/** binfmt_misc's way to tell an ELF executable of an architecture, as in Debian's qemu package. */
const FORMATS: Readonly<Record<Architecture, {readonly magic: string; readonly mask: string}>> = {
  arm64: {
    magic: String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`,
    mask: String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`,
  },
  amd64: {
    magic: String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x3e\x00`,
    mask: String.raw`\xff\xff\xff\xff\xff\xfe\xfe\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`,
  },
};

/** The machine field of the ELF header, as binfmt_misc prints a registered magic. */
const MACHINE: Readonly<Record<Architecture, string>> = {arm64: 'b700', amd64: '3e00'};

function ownEntry(architecture: Architecture): string {
  return `build-matrix-${architecture}`;
}

/** The entry of binfmt_misc that runs this architecture in any container, undefined for none. */
export async function emulator(architecture: Architecture): Promise<string | undefined> {
  for (const name of await readdir(BINFMT).catch(() => [])) {
    const text = (await readIfAny(join(BINFMT, name)).catch(() => undefined)) ?? '';
    const magic = /^magic ([0-9a-f]+)$/m.exec(text)?.[1] ?? '';
    // F: the emulator is opened at registration, so that it is there in every container's root.
    const fixed = /^flags: \w*F/m.test(text);
    if (text.startsWith('enabled') && fixed && magic.startsWith(MACHINE[architecture], 36)) {
      return name;
    }
  }
  return undefined;
}

/**
 * Makes the kernel run the other architecture's programs by qemu: one setting for the whole machine,
 * shared by all clones (see machine.ts).
 * @throws EngineError where binfmt_misc cannot be mounted or written
 */
export async function registerEmulator(tools: Tools): Promise<void> {
  const architecture = foreign();
  if ((await emulator(architecture)) !== undefined) {
    return;
  }
  try {
    if ((await readIfAny(join(BINFMT, 'register')).catch(() => '')) === undefined) {
      await run('mount', ['-t', 'binfmt_misc', 'binfmt_misc', BINFMT]);
      await writeFile(MOUNTED_BY_US, '');
    }
    const {magic, mask} = FORMATS[architecture];
    // P keeps the name a program was called by: busybox, for one, tells its applets by it.
    const flags = 'POCF';
    const entry = `:${ownEntry(architecture)}:M::${magic}:${mask}:${tools.qemu(architecture)}:${flags}`;
    await writeFile(join(BINFMT, 'register'), entry);
  } catch (error) {
    throw new EngineError(`${architecture} programs cannot be emulated on this machine`, {
      reason: messageOf(error),
      remedy:
        'a kernel with binfmt_misc and the right to mount it are needed (root, not a container)',
    });
  }
}

/** Undoes what `registerEmulator` did; an emulator of the machine's own stays. */
export async function unregisterEmulator(): Promise<void> {
  const own = join(BINFMT, ownEntry(foreign()));
  if (await exists(own)) {
    await writeFile(own, '-1');
  }
  if ((await readIfAny(MOUNTED_BY_US)) !== undefined) {
    await run('umount', [BINFMT]).catch(() => undefined);
    await rm(MOUNTED_BY_US);
  }
}
