import {familiarRef, parseImageRef} from '../model/image-ref.ts';

/**
 * The key under which BuildKit looks a named context up: the familiar form of the name as an image
 * reference, without `:latest` (frontend/dockerui/config.go, Client.NamedContext). A key that holds
 * for one platform only (`name::linux/arm64`) has the platform left out.
 */
export function contextKey(name: string): string {
  const [bare = name] = name.split('::');
  const parsed = parseImageRef(bare);
  return parsed.ok ? familiarRef(parsed.value).replace(/:latest$/u, '') : bare.toLowerCase();
}
