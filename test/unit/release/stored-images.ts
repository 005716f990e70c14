import type {FakeImages} from '../../fakes/fake-images.ts';
import {digestOf} from './release-world.ts';

/** Puts an image of one platform, without index, under a tag or a digest. */
export function putImage(
  images: FakeImages,
  image: {
    readonly repository: string;
    /** Tag, or digest. */
    readonly reference: string;
    readonly digest: string;
    readonly labels: Readonly<Record<string, string>>;
  },
): void {
  const {repository, reference, digest, labels} = image;
  // A configuration of its own for each image.
  const config = digestOf(digest.at(-1) ?? '')
    .replace('sha256:', 'sha256:0')
    .slice(0, -1);
  const size = 1;
  const separator = reference.startsWith('sha256:') ? '@' : ':';
  images.put(`${repository}${separator}${reference}`, {
    ...{digest, mediaType: ''},
    json: {config: {mediaType: '', digest: config, size}, layers: []},
  });
  images.put(`${repository}@${config}`, {
    ...{digest: config, mediaType: ''},
    json: {config: {Labels: labels}, os: 'linux', architecture: 'amd64'},
  });
}
