import {join} from 'node:path';
import {link, readIfAny, writeAtomic} from './files.ts';
import type {EnginePaths} from './paths.ts';

/**
 * A docker configuration of the engine's own, so that neither credentials nor builders of the user
 * are seen or changed. What others add to it (logins of tests) stays.
 */
export async function writeDockerConfig(
  paths: EnginePaths,
  plugin: {readonly buildx: string; readonly compose: string},
): Promise<void> {
  const file = join(paths.dockerConfig, 'config.json');
  const plugins = join(paths.dockerConfig, 'cli-plugins');
  await link(join(plugins, 'docker-buildx'), plugin.buildx);
  await link(join(plugins, 'docker-compose'), plugin.compose);
  const current = parse(await readIfAny(file));
  // Named as well as linked: the setting can be copied into another configuration, as tests do.
  const wanted = {...current, cliPluginsExtraDirs: [plugins]};
  if (JSON.stringify(wanted) !== JSON.stringify(current)) {
    await writeAtomic(file, `${JSON.stringify(wanted, null, 2)}\n`, 0o600);
  }
}

function parse(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? {...value} : {};
  } catch {
    return {};
  }
}
