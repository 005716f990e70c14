import {closestWord} from './did-you-mean.ts';
import {quoted, type Problem} from './problem.ts';
import {err, ok, type Result} from './result.ts';

declare const brand: unique symbol;

/** `os/arch[/variant]` in containerd's normal form: `linux/arm64`, `linux/arm/v7`. */
export type Platform = string & {readonly [brand]: 'Platform'};

/** Operating systems that images are made for (containerd platforms/database.go, and wasi). */
const knownSystems = new Set([
  'linux',
  'windows',
  'darwin',
  'freebsd',
  'netbsd',
  'openbsd',
  'dragonfly',
  'solaris',
  'illumos',
  'android',
  'aix',
  'plan9',
  'wasi',
  'wasip1',
]);

/** Architectures, and the variants of those that have any (containerd platforms/database.go). */
const knownArchitectures: ReadonlyMap<string, RegExp | null> = new Map([
  ['386', null],
  ['amd64', /^v[2-4]$/],
  ['arm', /^v[5-8]$/],
  ['arm64', /^v[89](?:\.\d)?$/],
  ['loong64', null],
  ['mips', null],
  ['mipsle', null],
  ['mips64', null],
  ['mips64le', null],
  ['ppc64', null],
  ['ppc64le', null],
  ['riscv64', null],
  ['s390x', null],
  ['wasm', null],
]);

/** The platforms that base images are usually published for: what is suggested and completed. */
export const commonPlatforms = [
  'linux/amd64',
  'linux/arm64',
  'linux/arm/v7',
  'linux/arm/v6',
  'linux/arm/v5',
  'linux/386',
  'linux/amd64/v2',
  'linux/amd64/v3',
  'linux/amd64/v4',
  'linux/loong64',
  'linux/mips64le',
  'linux/ppc64le',
  'linux/riscv64',
  'linux/s390x',
  'windows/amd64',
  'windows/arm64',
] as readonly string[] as readonly Platform[];

/**
 * Reads `os/arch[/variant]` and brings it into normal form, as `platforms.Normalize` of containerd
 * does: `linux/aarch64`, `linux/arm64/v8` and `Linux/ARM64` are all `linux/arm64`. An architecture
 * alone (`arm64`, `arm/v7`) means Linux, since images are built for that and not for the machine that
 * reads the file.
 */
export function parsePlatform(text: string): Result<Platform, Problem> {
  const parts = text.trim().toLowerCase().split('/');
  const [first = '', second, third = ''] = parts;
  const bare =
    parts.length < 3 && (second === undefined ? !knownSystems.has(first) : isArchitecture(first));
  const os = bare ? 'linux' : first === 'macos' ? 'darwin' : first;
  const [architecture, variant] = bare
    ? normalArchitecture(first, second ?? '')
    : normalArchitecture(second ?? '', third);

  if (parts.length > 3 || !knownSystems.has(os) || !isKnown(architecture, variant)) {
    // Compared without a system that is right, so that `linux/foo` is not close to `linux/386`.
    const prefix = knownSystems.has(os) ? `${os}/` : '';
    const candidates = commonPlatforms.filter((platform) => platform.startsWith(prefix));
    const written = [os, architecture, variant].filter((part) => part !== '').join('/');
    const closest = closestWord(
      written.slice(prefix.length),
      candidates.map((platform) => platform.slice(prefix.length)),
    );
    const suggestion =
      closest === undefined
        ? 'write OS/ARCHITECTURE, such as `linux/amd64`'
        : `did you mean \`${prefix}${closest}\`?`;
    return err({message: `unknown platform ${quoted(text)}`, suggestion});
  }
  return ok([os, architecture, ...(variant === '' ? [] : [variant])].join('/') as Platform);
}

const isArchitecture = (text: string): boolean =>
  knownArchitectures.has(normalArchitecture(text, '')[0]);

function isKnown(architecture: string, variant: string): boolean {
  const variants = knownArchitectures.get(architecture);
  return variants !== undefined && (variant === '' || (variants?.test(variant) ?? false));
}

/** `normalizeArch` of containerd platforms/database.go. */
function normalArchitecture(architecture: string, variant: string): readonly [string, string] {
  switch (architecture) {
    case 'i386':
      return ['386', ''];
    case 'x86_64':
    case 'x86-64':
    case 'amd64':
      return ['amd64', variant === 'v1' ? '' : variant];
    case 'aarch64':
    case 'arm64':
      return ['arm64', variant === '8' || variant === 'v8' ? '' : variant];
    case 'armhf':
      return ['arm', 'v7'];
    case 'armel':
      return ['arm', 'v6'];
    case 'arm':
      if (variant === '') return ['arm', 'v7'];
      return ['arm', /^[5-8]$/.test(variant) ? `v${variant}` : variant];
    default:
      return [architecture, variant];
  }
}
