import type {PlatformImage} from '../docker/read-image.ts';

/** Whether a target has to be built. */
export type Decision =
  | {
      readonly kind: 'unchanged';
      /** Digest of the image, by the id of each of the target's builds. */
      readonly digests: Readonly<Record<string, string>>;
      /** What the builds hold, read from where the image is. */
      readonly platforms: readonly PlatformImage[];
    }
  | {
      readonly kind: 'build';
      /** In words, what matters most first; at least one. */
      readonly reasons: readonly string[];
    };
