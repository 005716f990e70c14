import {createGit} from '../adapters/git-cli.ts';
import {nodeFiles} from '../adapters/node-files.ts';
import {createShortProcesses} from '../adapters/short-processes.ts';
import {isFar} from '../docker/local-host.ts';
import type {Failure} from '../events/failure.ts';
import {ok, type Result} from '../model/result.ts';
import {layerSizesFile} from '../records/state-folder.ts';
import type {EarlierRequest, EarlierSizes} from '../sizes/earlier-sizes.ts';

/** What `--against` means, read from the files and the checkout of this machine, or a registry. */
export async function readEarlier(
  request: Omit<EarlierRequest, 'files' | 'git' | 'unpack'> & {
    /** Whether layers in registries of other machines are read. */
    readonly readsFar: boolean;
  },
): Promise<Result<EarlierSizes, Failure>> {
  const [{earlierSizes}, {createUnpacker}, {openLayerSizes}] = await Promise.all([
    import('../sizes/earlier-sizes.ts'),
    import('../layers/unpack-layers.ts'),
    import('../layers/layer-sizes.ts'),
  ]);
  const unpack = createUnpacker(openLayerSizes(nodeFiles, layerSizesFile), request.readsFar);
  const {images, signal = new AbortController().signal} = request;
  return earlierSizes({
    ...request,
    ...{files: nodeFiles, git: createGit(createShortProcesses())},
    unpack: (image, repository) =>
      unpack(image, () => ok({images, repository, isFar: isFar(repository)}), signal),
  });
}
