import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {ARCHITECTURES, native} from './architecture.ts';
import type {AptSource} from './apt-sources.ts';
import {formatSources} from './apt-sources.ts';
import type {Reporter} from './console.ts';
import {EngineError} from './errors.ts';
import {readIfAny} from './files.ts';
import {attempt, lastLines, run} from './shell.ts';

/** A package as apt is asked for it: `name:architecture`, its pattern of versions, its suite. */
export interface AptRequest {
  readonly name: string;
  readonly version: string;
  readonly suite: string;
}

/** The release this machine runs, from os-release(5): bookworm, trixie … */
export async function machineCodename(): Promise<string> {
  const text = (await readIfAny('/etc/os-release')) ?? '';
  return /^VERSION_CODENAME="?([\w-]+)"?$/m.exec(text)?.[1] ?? 'unknown';
}

/**
 * Downloads packages of any suites and architectures without the machine's apt noticing: lists,
 * cache and status are folders of our own, only its settings (proxies, checks) are taken over.
 * @throws EngineError when the archive cannot be read or lacks a package
 */
export async function downloadPackages(
  folder: string,
  sources: readonly AptSource[],
  requests: readonly AptRequest[],
  report: Reporter,
): Promise<readonly string[]> {
  const env = await aptWorkspace(folder, sources);
  const archives = join(folder, 'archives');
  await mkdir(archives, {recursive: true});
  const quiet = ['-q', '-o', 'Acquire::Retries=3'];
  const noExtras = ['DEP-11', 'DEP-11-icons', 'DEP-11-icons-small', 'CNF', 'Contents-deb'].flatMap(
    (target) => ['-o', `Acquire::IndexTargets::deb::${target}::DefaultEnabled=false`],
  );
  await run('apt-get', [...quiet, ...noExtras, 'update'], {env});

  const pinned = requests.map(({name, version}) => `${name}=${version}`);
  const first = await attempt('apt-get', [...quiet, 'download', ...pinned], {env, cwd: archives});
  if (first.code !== 0) {
    // A suite moves on; the pinned version is then gone, and its newer one is the best there is.
    report.warn(
      `a pinned Debian version is gone: ${lastLines(first.stderr, 1)}; taking the current ones`,
    );
    for (const request of requests) {
      await downloadOne(request, quiet, env, archives);
    }
  }
  const files = (await readdir(archives)).filter((name) => name.endsWith('.deb'));
  return files.map((name) => join(archives, name));
}

async function downloadOne(
  {name, version, suite}: AptRequest,
  options: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<void> {
  const pinned = await attempt('apt-get', [...options, 'download', `${name}=${version}`], {
    env,
    cwd,
  });
  if (pinned.code === 0) {
    return;
  }
  const current = await attempt('apt-get', [...options, 'download', `${name}/${suite}`], {
    env,
    cwd,
  });
  if (current.code !== 0) {
    throw new EngineError(`the Debian package ${name} cannot be had from ${suite}`, {
      reason: lastLines(current.stderr, 3),
      remedy: 'check that apt-get update works on this machine',
    });
  }
}

async function aptWorkspace(
  folder: string,
  sources: readonly AptSource[],
): Promise<NodeJS.ProcessEnv> {
  for (const part of ['state/lists/partial', 'cache/archives/partial', 'sources.d', 'none']) {
    await mkdir(join(folder, part), {recursive: true});
  }
  await writeFile(join(folder, 'sources.d', 'engine.sources'), formatSources(sources));
  await writeFile(join(folder, 'status'), '');
  const architectures = [native(), ...ARCHITECTURES.filter((one) => one !== native())];
  const settings: readonly (readonly [string, string])[] = [
    ['Dir::State', join(folder, 'state')],
    ['Dir::State::status', join(folder, 'status')],
    ['Dir::Cache', join(folder, 'cache')],
    ['Dir::Etc::sourcelist', '/dev/null'],
    ['Dir::Etc::sourceparts', join(folder, 'sources.d')],
    ['Dir::Etc::preferencesparts', join(folder, 'none')],
    ['Acquire::Languages', 'none'],
    // The folder belongs to us, not to apt's own user.
    ['APT::Sandbox::User', 'root'],
  ];
  const text = [
    ...settings.map(([name, value]) => `${name} "${value}";`),
    `APT::Architectures { ${architectures.map((one) => `"${one}";`).join(' ')} };`,
    '',
  ].join('\n');
  const file = join(folder, 'apt.conf');
  await writeFile(file, text);
  return {...process.env, APT_CONFIG: file, LC_ALL: 'C'};
}
