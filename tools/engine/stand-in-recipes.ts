import {copyFile, link, mkdir, readdir, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {native} from './architecture.ts';
import type {Architecture} from './architecture.ts';
import {readIfAny} from './files.ts';
import {HOST_IMAGES, ROOTFS} from './pins.ts';
import type {Tools} from './provision-tools.ts';
import {attempt, run} from './shell.ts';
import type {StandIn} from './stand-ins.ts';
import type {EngineKind} from './state.ts';

/** Everything that decides what a stand-in image contains. */
export interface Recipe {
  readonly dockerfile: string;
  /** Path in the image -> text; what the machine has and a build inside the image needs. */
  readonly overlay: ReadonlyMap<string, string>;
}

/** The name under which a build is given the base of `on-python`. */
export const BASE_CONTEXT = 'base';

const CA_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const LOCAL_AUTHORITIES = '/usr/local/share/ca-certificates';

/** @param base the digest of the image that `on-python` is made on */
export async function recipeFor(
  standIn: StandIn,
  kind: EngineKind,
  base: string | undefined,
): Promise<Recipe> {
  const overlay = new Map(Object.entries(standIn.files ?? {}));
  if (standIn.recipe === 'python') {
    for (const [path, text] of await machineReach()) {
      overlay.set(path, text);
    }
  }
  const env = Object.entries(standIn.env ?? {}).map(
    ([name, value]) => `ENV ${name}=${JSON.stringify(value)}`,
  );
  const overlaid = overlay.size > 0 ? ['COPY overlay/ /'] : [];
  const command = standIn.command === undefined ? [] : [`CMD ${JSON.stringify(standIn.command)}`];
  const lines = [...baseLines(standIn, kind, overlaid, base), ...env, ...command];
  return {dockerfile: `${lines.join('\n')}\n`, overlay};
}

function baseLines(
  standIn: StandIn,
  kind: EngineKind,
  overlaid: readonly string[],
  base: string | undefined,
): readonly string[] {
  if (standIn.recipe === 'on-python') {
    // The digest is there to be part of the recipe; which registry holds it is told at the build.
    return [
      `# ${BASE_CONTEXT}: ${base ?? 'none'}`,
      `FROM ${BASE_CONTEXT}`,
      ...install(standIn.packages ?? []),
      ...overlaid,
    ];
  }
  if (standIn.recipe === 'busybox') {
    return kind === 'host'
      ? [`FROM ${HOST_IMAGES.busybox}`, ...overlaid]
      : [
          'FROM scratch',
          'ARG TARGETARCH',
          'COPY busybox-${TARGETARCH}/ /',
          ...overlaid,
          'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
          'CMD ["sh"]',
        ];
  }
  const python = ['ENV LANG=C.UTF-8', 'CMD ["python3"]'];
  if (kind === 'private') {
    return [
      'FROM scratch',
      'ARG TARGETARCH',
      'ADD python-${TARGETARCH}.tar /',
      ...overlaid,
      'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      ...python,
    ];
  }
  return [
    `FROM ${HOST_IMAGES.debian}`,
    ...install(ROOTFS.packages),
    'RUN rm -f /usr/lib/python3*/EXTERNALLY-MANAGED && ln -sf python3 /usr/bin/python',
    ...overlaid,
    ...python,
  ];
}

function install(packages: readonly string[]): readonly string[] {
  return packages.length === 0
    ? []
    : [
        `RUN apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')} \\`,
        ' && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log',
      ];
}

/**
 * How this machine reaches the outside, for apt and pip inside the image: its certificate
 * authorities (TLS may be re-signed by a local one) and its settings. The addresses of package
 * servers are the machine's own, read here and never written in a file of the project.
 */
async function machineReach(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  const bundle = await readIfAny(CA_BUNDLE);
  if (bundle !== undefined) {
    files.set(CA_BUNDLE, bundle);
  }
  // Also as sources of the bundle: a later update-ca-certificates writes it anew.
  for (const name of await readdir(LOCAL_AUTHORITIES).catch(() => [])) {
    const text = name.endsWith('.crt') ? await readIfAny(join(LOCAL_AUTHORITIES, name)) : undefined;
    if (text !== undefined) {
      files.set(join(LOCAL_AUTHORITIES, name), text);
    }
  }
  files.set('/etc/pip.conf', await pipSettings());
  files.set('/etc/apt/apt.conf.d/80machine', await aptSettings());
  return files;
}

async function pipSettings(): Promise<string> {
  const machine = (await readIfAny('/etc/pip.conf')) ?? '';
  const index = process.env['PIP_INDEX_URL'] ?? /^\s*index-url\s*=\s*(\S+)/m.exec(machine)?.[1];
  return [
    '[global]',
    `cert = ${CA_BUNDLE}`,
    ...(index === undefined ? [] : [`index-url = ${index}`]),
    'disable-pip-version-check = true',
    'root-user-action = ignore',
    '',
  ].join('\n');
}

/** Proxies and checks that the machine's apt needs, apt in a build on it needs too. */
async function aptSettings(): Promise<string> {
  const dump = await attempt('apt-config', ['dump']);
  const wanted = /^Acquire::(Check-Valid-Until|Check-Date|https?::Proxy) "/;
  const lines = dump.stdout.split('\n').filter((line) => wanted.test(line));
  return [`Acquire::https::CaInfo "${CA_BUNDLE}";`, ...lines, ''].join('\n');
}

/** Fills a build context for the recipe: its Dockerfile, overlay and root file systems. */
export async function writeContext(
  folder: string,
  standIn: StandIn,
  recipe: Recipe,
  tools: Tools | undefined,
  rootfs: (architecture: Architecture) => Promise<string>,
): Promise<void> {
  await mkdir(folder, {recursive: true});
  await writeFile(join(folder, 'Dockerfile'), recipe.dockerfile);
  for (const [path, text] of recipe.overlay) {
    const file = join(folder, 'overlay', path);
    await mkdir(dirname(file), {recursive: true});
    await writeFile(file, text, {mode: 0o644});
  }
  if (tools === undefined) {
    return;
  }
  for (const architecture of standIn.platforms) {
    if (standIn.recipe === 'busybox') {
      await writeBusybox(join(folder, `busybox-${architecture}`), tools, architecture);
    } else if (standIn.recipe === 'python') {
      // A second name for the same file: nothing is copied.
      await link(await rootfs(architecture), join(folder, `python-${architecture}.tar`));
    }
  }
}

async function writeBusybox(root: string, tools: Tools, architecture: Architecture): Promise<void> {
  for (const name of ['bin', 'etc', 'root', 'tmp', 'usr/bin', 'usr/sbin', 'sbin', 'var/www']) {
    await mkdir(join(root, name), {recursive: true, mode: name === 'tmp' ? 0o1777 : 0o755});
  }
  await copyFile(tools.busybox(architecture), join(root, 'bin/busybox'));
  await writeFile(
    join(root, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n',
  );
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
  // Both architectures are the same version, so one tells the applets of the other.
  const applets = (await run(tools.busybox(native()), ['--list'])).split('\n');
  for (const applet of applets.filter((name) => name !== '' && name !== 'busybox')) {
    await symlink('busybox', join(root, 'bin', applet));
  }
}
