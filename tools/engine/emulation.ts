import {readdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {identityOf, isAlive} from './alive.ts';
import type {ProcessIdentity} from './alive.ts';
import {foreign} from './architecture.ts';
import type {Architecture} from './architecture.ts';
import type {Reporter} from './console.ts';
import {EngineError, messageOf} from './errors.ts';
import {exists, readIfAny, writeAtomic} from './files.ts';
import {withLock} from './lock.ts';
import type {EnginePaths} from './paths.ts';
import type {Tools} from './provision-tools.ts';
import {run} from './shell.ts';
import {anyMarked} from './sweep.ts';

const BINFMT = '/proc/sys/fs/binfmt_misc';

/**
 * Emulation is one setting for the whole machine, shared by all clones: each leaves a reference
 * here, and the last one to go takes the setting away again.
 */
const REFERENCES = '/run/build-matrix-engine';
const MOUNTED_BY_US = join(REFERENCES, 'mounted');

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
 * Makes the kernel run the other architecture's programs by qemu.
 * @throws EngineError where binfmt_misc cannot be mounted or written
 */
export async function ensureEmulation(
  paths: EnginePaths,
  tools: Tools,
  report: Reporter,
): Promise<void> {
  await withLock(REFERENCES, report, async () => {
    // Until the first daemon of this clone runs, the process that is bringing it up stands for it.
    await writeAtomic(join(REFERENCES, paths.id), JSON.stringify(await identityOf(process.pid)));
    await register(foreign(), tools);
  });
}

async function register(architecture: Architecture, tools: Tools): Promise<void> {
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

/** Takes this clone's reference away, and the emulation itself when no running engine needs it. */
export async function releaseEmulation(paths: EnginePaths, report: Reporter): Promise<void> {
  if (!(await exists(REFERENCES))) {
    return;
  }
  const last = await withLock(REFERENCES, report, async () => {
    await rm(join(REFERENCES, paths.id), {force: true});
    const unused = !(await usedByAnother());
    if (unused) {
      await unregister();
    }
    return unused;
  });
  if (last) {
    await rm(REFERENCES, {recursive: true, force: true});
  }
}

async function usedByAnother(): Promise<boolean> {
  for (const id of (await readdir(REFERENCES)).filter((name) => /^[0-9a-f]{8}$/.test(name))) {
    const text = (await readIfAny(join(REFERENCES, id))) ?? '{"pid":0,"born":""}';
    if ((await anyMarked(id)) || (await isAlive(JSON.parse(text) as ProcessIdentity))) {
      return true;
    }
  }
  return false;
}

async function unregister(): Promise<void> {
  const own = join(BINFMT, ownEntry(foreign()));
  if (await exists(own)) {
    await writeFile(own, '-1');
  }
  if ((await readIfAny(MOUNTED_BY_US)) !== undefined) {
    await run('umount', [BINFMT]).catch(() => undefined);
    await rm(MOUNTED_BY_US);
  }
}
