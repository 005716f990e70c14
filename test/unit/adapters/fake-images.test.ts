import {createFakeImages} from '../../fakes/fake-images.ts';
import {digestOf, imagesContract} from './images.contract.ts';

imagesContract('the fake', () => {
  const images = createFakeImages();
  const decode = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  return Promise.resolve({
    images,
    repository: 'r.io/acme/face',
    put(bytes, tag) {
      const manifest = {digest: digestOf(bytes), mediaType, json: decode(bytes)};
      images.put(`r.io/acme/face@${manifest.digest}`, manifest);
      images.putBlob(`r.io/acme/face@${manifest.digest}`, bytes);
      if (tag !== undefined) images.put(`r.io/acme/face:${tag}`, manifest);
    },
    putCorrupt(_, digest) {
      images.fail(`r.io/acme/face@${digest}`, {kind: 'invalid', message: 'other bytes'});
    },
    close: () => undefined,
  });
});
