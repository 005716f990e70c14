/** The first twelve letters of a digest, by which docker names things. */
export const shortDigest = (digest: string): string => digest.replace(/^sha256:/u, '').slice(0, 12);
