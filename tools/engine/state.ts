import {once} from 'node:events';
import {createServer} from 'node:net';
import type {AddressInfo} from 'node:net';
import {readIfAny, writeAtomic} from './files.ts';
import {runtimeFolder} from './paths.ts';
import type {EnginePaths} from './paths.ts';

/** `host`: the machine's own docker. `private`: an engine of this clone's own. */
export type EngineKind = 'host' | 'private';

/** What has to stay the same from one `up` to the next, so that image names stay valid. */
export interface EngineState {
  readonly schema: 2;
  readonly kind: EngineKind;
  readonly runtime: string;
  readonly ports: {readonly open: number; readonly auth: number; readonly ecr: number};
  /** The address docker clients use. */
  readonly dockerHost: string;
  /** False where BuildKit could not be built: then there is the docker driver alone. */
  readonly buildkit: boolean;
  /** `bridge`: RUN steps of the docker driver reach the network by themselves. */
  readonly network: 'bridge' | 'host';
}

export const AUTH_USER = 'build-matrix';

/** Undefined before the first `up`, and for a state that another version of the engine wrote. */
export async function readState(paths: EnginePaths): Promise<EngineState | undefined> {
  const text = await readIfAny(paths.state);
  if (text === undefined) {
    return undefined;
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'schema' in value && value.schema === 2) {
      return value as EngineState;
    }
  } catch {
    // Half a file cannot come from writeAtomic; whatever it is, a new state replaces it.
  }
  return undefined;
}

export async function writeState(paths: EnginePaths, state: EngineState): Promise<void> {
  await writeAtomic(paths.state, `${JSON.stringify(state, null, 2)}\n`);
}

export async function newState(paths: EnginePaths, kind: EngineKind): Promise<EngineState> {
  const runtime = runtimeFolder(paths.id);
  const [open = 0, auth = 0, ecr = 0] = await freePorts(3);
  return {
    schema: 2,
    kind,
    runtime,
    ports: {open, auth, ecr},
    dockerHost: `unix://${runtime}/docker.sock`,
    buildkit: false,
    network: 'host',
  };
}

/** Different free ports: all are held until all are known. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({length: count}, () => createServer());
  const ports = await Promise.all(
    servers.map(async (server) => {
      await once(server.listen(0, '127.0.0.1'), 'listening');
      return (server.address() as AddressInfo).port;
    }),
  );
  await Promise.all(
    servers.map(async (server) => {
      server.close();
      await once(server, 'close');
    }),
  );
  return ports;
}
