import type {FailedStep} from './raw-progress.ts';

/**
 * Whether a build failed because its builder is not there (any more), as against anything that the
 * builder said. The words are those of buildx 0.29 with BuildKit 0.32 that was killed, stopped and not
 * running, and of gRPC (google.golang.org/grpc internal/transport).
 */
export function isBuilderLost(error: string, failed: readonly FailedStep[]): boolean {
  if (isOfStep.test(error)) return false;
  return (
    lost.test(error) ||
    isEnding.test(error) ||
    // The driver's own steps: docker-container and Kubernetes start BuildKit, remote waits for it.
    failed.some(({name}) => /^\[internal\] (?:booting buildkit|waiting for connection)/u.test(name))
  );
}

/** The command of a step may hold any words. */
const isOfStep = /process "|did not complete successfully|failed to push/u;

// A status reaches us as gRPC prints it or, once BuildKit (util/grpcerrors) has unwrapped it, as `Code: words`.
const lost =
  /code = Unavailable|(?:^|: )Unavailable: |error reading from server|closing transport|failed to receive status|failed to list workers|error during connect|Cannot connect to the Docker daemon|no valid drivers found/u;

/** A BuildKit that is asked to end cancels what it builds; our own end is no failure. */
const isEnding = /(?:^|: )context canceled$|code = Canceled|(?:^|: )Canceled: /u;
