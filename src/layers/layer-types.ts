/** How the archive of a layer is stored. */
export type LayerCompression = 'none' | 'gzip' | 'zstd';

/** By media type (OCI image spec, layer.md; docker's image manifest v2, schema 2). */
const compressions: ReadonlyMap<string, LayerCompression> = new Map([
  ['application/vnd.oci.image.layer.v1.tar', 'none'],
  ['application/vnd.oci.image.layer.v1.tar+gzip', 'gzip'],
  ['application/vnd.oci.image.layer.v1.tar+zstd', 'zstd'],
  ['application/vnd.docker.image.rootfs.diff.tar', 'none'],
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'gzip'],
  ['application/vnd.docker.image.rootfs.diff.tar.zstd', 'zstd'],
]);

/** undefined for a media type that is not known as one of a layer, or of one kept elsewhere. */
export function compressionOf(mediaType: string): LayerCompression | undefined {
  return compressions.get(mediaType);
}
