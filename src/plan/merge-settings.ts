import type {RunnerSpec} from '../config/matrix-file-parts.ts';
import type {Scalar, TargetDefaults} from '../config/matrix-file.ts';
import type {Sourced} from './findings.ts';
import type {Layer} from './inherited-layers.ts';

/** Settings that are merged by key; everything else replaces what is below it. */
export const mapSettings = [
  'args',
  'labels',
  'annotations',
  'contexts',
  'addHosts',
  'ulimits',
  'runners',
] as const;
export type MapSetting = (typeof mapSettings)[number];
export type PlainSetting = Exclude<keyof TargetDefaults, MapSetting>;

/** What the layers of one target come to, with the place of each value. */
export interface MergedSettings {
  readonly plain: {
    readonly [K in PlainSetting]?: Sourced<NonNullable<TargetDefaults[K]>>;
  };
  readonly maps: {
    readonly [K in MapSetting]: ReadonlyMap<string, Sourced<MapEntry<K>>>;
  };
}

type MapEntry<K extends MapSetting> = K extends 'runners' ? RunnerSpec : Scalar;

/**
 * Merges layers, the weakest first: a later value replaces an earlier one, maps are merged by key, and
 * `null` in a map takes the key out again.
 */
export function mergeSettings(layers: readonly Layer[]): MergedSettings {
  const plain: Record<string, Sourced<unknown>> = {};
  const maps = {
    args: new Map<string, Sourced<Scalar>>(),
    labels: new Map<string, Sourced<Scalar>>(),
    annotations: new Map<string, Sourced<Scalar>>(),
    contexts: new Map<string, Sourced<Scalar>>(),
    addHosts: new Map<string, Sourced<Scalar>>(),
    ulimits: new Map<string, Sourced<Scalar>>(),
    runners: new Map<string, Sourced<RunnerSpec>>(),
  };
  for (const {path, settings} of layers) {
    for (const [key, value] of Object.entries(settings)) {
      if (value === undefined) continue;
      const at = path === null ? null : [...path, key];
      if (!isMapSetting(key)) {
        plain[key] = {value, path: at};
        continue;
      }
      // The schema has given each map entries of its own kind.
      const map = maps[key] as Map<string, Sourced<unknown>>;
      for (const [name, entry] of Object.entries(value)) {
        if (entry === null) map.delete(name);
        else map.set(name, {value: entry, path: at === null ? null : [...at, name]});
      }
    }
  }
  return {plain, maps};
}

function isMapSetting(key: string): key is MapSetting {
  return (mapSettings as readonly string[]).includes(key);
}
