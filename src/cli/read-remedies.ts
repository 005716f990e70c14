import {untrustedRemedy} from '../docker/registry-remedies.ts';
import type {ImageReadFailure} from '../ports/images.ts';

/** What to do when a recorded image is gone or broken. */
export const buildAgain =
  'Build it again, which the cache makes quick, or name another run with --record.';
/** What to do when an image of a registry is. */
export const pushAgain = 'It is broken in the registry: push it again.';

/** What to do when the place of an image cannot be read. */
export const readRemedies: Readonly<
  Record<Exclude<ImageReadFailure['kind'], 'not-found' | 'invalid'>, string>
> = {
  unauthorized: 'Log in with an account that may read: docker login HOST.',
  unreachable: 'Check the network and the registry, and ask again.',
  'plain-http':
    'Name the registry in matrix.yml with its scheme, `registries: {NAME: {type: oci, url: "http://HOST"}}`.',
  untrusted: untrustedRemedy,
};
