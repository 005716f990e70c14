/**
 * `docker` gets this long to end after SIGTERM before it is killed, in milliseconds. A killed client
 * does no harm: BuildKit cancels a build whose session breaks off.
 */
export const killAfterMs = 800;
