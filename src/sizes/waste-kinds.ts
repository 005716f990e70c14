import type {WasteName} from './why-report.ts';

/** Waste that is known by its place or name, and what to do about it. */
export interface WasteKind {
  readonly name: WasteName;
  readonly what: string;
  /** Everything below a folder whose path (without leading slash) matches. */
  readonly folder?: RegExp;
  /** Files whose name matches, … */
  readonly file?: RegExp;
  /** … if they have at least so many bytes. */
  readonly leastBytes?: number;
  /** True when what is below may be of a kind that says more. */
  readonly isGeneral?: true;
  /** What to change in a RUN that leaves it behind. */
  readonly inRun: string;
  /** Line for .dockerignore, where a COPY from the context brings it. */
  readonly ignored?: string;
  /** Which base image has none. */
  readonly inBase?: string;
}

/** In the order in which they are tried. */
export const wasteKinds: readonly WasteKind[] = [
  {
    name: 'apt-lists',
    what: 'package lists of apt',
    folder: /^var\/lib\/apt\/lists$/,
    inRun: 'end this RUN with `&& rm -rf /var/lib/apt/lists/*`',
  },
  {
    name: 'apt-archives',
    what: 'packages downloaded by apt',
    folder: /^var\/cache\/apt$/,
    inRun: 'end this RUN with `&& apt-get clean`, or mount a cache at /var/cache/apt',
  },
  {
    name: 'rpm-cache',
    what: 'packages downloaded by dnf, yum or zypper',
    folder: /^var\/cache\/(?:dnf|yum|zypp|libdnf5)$/,
    inRun: 'end this RUN with `&& dnf clean all`',
  },
  {
    name: 'apk-cache',
    what: 'packages downloaded by apk',
    folder: /^(?:var\/cache\/apk|etc\/apk\/cache)$/,
    inRun: 'add `--no-cache` to `apk add`',
  },
  {
    name: 'pip-cache',
    what: 'downloads and wheels kept by pip',
    folder: /(?:^|\/)\.cache\/pip$/,
    inRun: 'add `--no-cache-dir` to `pip install`, or mount a cache at /root/.cache/pip',
    ignored: '**/.cache',
  },
  {
    name: 'conda-packages',
    what: 'packages kept by conda',
    folder: /(?:^|\/)[^/]*(?:conda|mamba|forge)[^/]*\/pkgs$/i,
    inRun: 'end this RUN with `&& conda clean --all --yes`',
  },
  {
    name: 'npm-cache',
    what: 'downloads kept by npm or yarn',
    folder: /(?:^|\/)(?:\.npm|\.cache\/yarn|\.yarn\/cache|\.cache\/node-gyp)$/,
    inRun: 'end this RUN with `&& npm cache clean --force`, or mount a cache at /root/.npm',
    ignored: '**/.npm',
  },
  {
    name: 'build-cache',
    what: 'caches of a build tool',
    folder:
      /(?:^|\/)(?:\.cache\/(?:uv|pypoetry|pipenv|pdm|go-build|ccache|bazel|torch_extensions)|\.ccache|\.cargo\/registry)$/,
    inRun: 'mount a cache at this folder with `RUN --mount=type=cache,target=…`',
    ignored: '**/.cache',
  },
  {
    name: 'git-folders',
    what: 'history of git',
    folder: /(?:^|\/)\.git$/,
    inRun: 'clone with `--depth 1`, and delete .git in the same RUN',
    ignored: '**/.git',
  },
  {
    name: 'package-tests',
    what: 'tests of Python packages',
    folder: /\/(?:site|dist)-packages\/(?:.*\/)?tests?$/,
    inRun: 'delete these folders in the RUN that installs the packages',
    ignored: '**/tests',
  },
  {
    name: 'bytecode',
    what: 'bytecode of Python',
    folder: /(?:^|\/)__pycache__$/,
    file: /\.py[co]$/,
    inRun:
      'install with `pip install --no-compile` and PYTHONDONTWRITEBYTECODE=1, if a slower first start does not matter',
    ignored: '**/__pycache__',
  },
  {
    name: 'cuda-static-libraries',
    what: 'static libraries of CUDA',
    file: /^lib(?:cu|nv|npp|nccl|OpenCL).*\.a$/,
    inRun:
      'delete the *.a files in the RUN that installs them, or install the packages without -dev',
    inBase: 'start from the `runtime` variant of the base image in place of `devel`',
  },
  {
    name: 'static-libraries',
    what: 'static libraries',
    file: /^lib.*\.a$/,
    inRun: 'build in a stage of its own and copy the result, or delete the *.a files in this RUN',
    inBase: 'start from a base image without development packages',
  },
  {
    name: 'core-dumps',
    what: 'core dumps',
    file: /^(?:core|core\.\d+|vgcore\.\d+)$/,
    leastBytes: 1_000_000,
    inRun: 'find out what crashed in this RUN, and delete its core dump there',
    ignored: '**/core',
  },
  {
    name: 'logs',
    what: 'logs',
    folder: /^var\/log$/,
    isGeneral: true,
    inRun: 'delete the logs in this RUN',
  },
  {
    name: 'temporary-files',
    what: 'temporary files',
    folder: /^(?:var\/)?tmp$/,
    isGeneral: true,
    inRun: 'delete them in this RUN, or mount `--mount=type=tmpfs,target=/tmp`',
    ignored: 'what is not needed',
  },
  {
    name: 'root-home',
    what: 'files left in /root',
    // Not .local, .nvm, .cargo, … where tools install what is used.
    folder: /^root(?:\/\.cache)?$/,
    isGeneral: true,
    inRun: 'delete in this RUN what it leaves in /root, or install to a folder of its own',
    ignored: 'what is not needed',
  },
];

/** Folders below /root that tools install to. */
const installed = /^root\/\.(?!cache$)[^/]+$/;

/** No kind. */
export const notWaste = -1;

/**
 * Index of the kind that a folder belongs to, by its path without leading slash and the kind of the
 * folder around it; `notWaste` when to none.
 */
export function kindOfFolder(path: string, around: number): number {
  if (around !== notWaste && wasteKinds[around]?.isGeneral !== true) return around;
  const own = wasteKinds.findIndex(({folder}) => folder?.test(path) === true);
  if (own !== notWaste) return own;
  return installed.test(path) ? notWaste : around;
}

/** The same for a file, by its name. */
export function kindOfFile(name: string, bytes: number, around: number): number {
  if (around !== notWaste && wasteKinds[around]?.isGeneral !== true) return around;
  const own = wasteKinds.findIndex(
    ({file, leastBytes = 0}) => file?.test(name) === true && bytes >= leastBytes,
  );
  return own === notWaste ? around : own;
}
