import {createGit} from '../adapters/git-cli.ts';
import {nodeFiles} from '../adapters/node-files.ts';
import {createShortProcesses} from '../adapters/short-processes.ts';
import type {Failure} from '../events/failure.ts';
import {err, type Result} from '../model/result.ts';
import {layerSizesFile} from '../records/state-folder.ts';
import type {EarlierRequest, EarlierSizes} from '../sizes/earlier-sizes.ts';

const notRead = 'layers in a registry are not read';

/** What `--against` means, read from the files and the checkout of this machine, or a registry. */
export async function readEarlier(
  request: Omit<EarlierRequest, 'files' | 'git' | 'unpack'>,
): Promise<Result<EarlierSizes, Failure>> {
  const [{earlierSizes}, {createUnpacker}, {openLayerSizes}] = await Promise.all([
    import('../sizes/earlier-sizes.ts'),
    import('../layers/unpack-layers.ts'),
    import('../layers/layer-sizes.ts'),
  ]);
  const unpack = createUnpacker(openLayerSizes(nodeFiles, layerSizesFile));
  const {signal = new AbortController().signal} = request;
  return earlierSizes({
    ...request,
    ...{files: nodeFiles, git: createGit(createShortProcesses())},
    unpack: (image) => unpack(image, () => err(notRead), signal),
  });
}
