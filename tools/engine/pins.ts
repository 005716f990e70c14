import {createHash} from 'node:crypto';

/**
 * Every version that the private engine is made of. The cache folder is named by a hash of this
 * file's values, so a change here makes a new one and never mixes with what is running.
 */
export interface DebianPackage {
  readonly name: string;
  readonly suite: Suite;
  /** An apt version pattern; when a suite has moved on, its current version is taken, with a warning. */
  readonly version: string;
  /** Also for the architecture that is emulated. */
  readonly bothArchitectures?: boolean;
}

export type Suite = 'bookworm' | 'forky';

/** Raise it when provisioning itself changes what ends up in the cache. */
const REVISION = 1;

/** bookworm: small helpers that run anywhere. forky: the newest docker in Debian (needs only libc 2.34). */
export const PACKAGES: readonly DebianPackage[] = [
  {name: 'docker.io', suite: 'forky', version: '28.5.2*'},
  {name: 'docker-cli', suite: 'forky', version: '28.5.2*'},
  {name: 'docker-buildx', suite: 'forky', version: '0.29.1*'},
  {name: 'containerd', suite: 'forky', version: '2.1.*'},
  {name: 'tini-static', suite: 'forky', version: '0.19.0*'},
  // forky's runc needs a newer libc than bookworm has.
  {name: 'runc', suite: 'bookworm', version: '1.1.5*'},
  {name: 'docker-registry', suite: 'bookworm', version: '2.8.2*'},
  {name: 'qemu-user-static', suite: 'bookworm', version: '1:7.2*'},
  {name: 'mmdebstrap', suite: 'bookworm', version: '1.3.5*'},
  {name: 'busybox-static', suite: 'bookworm', version: '1:1.35.0*', bothArchitectures: true},
  // nft and what it needs; runc's only library, libseccomp2, is there wherever apt is.
  {name: 'nftables', suite: 'bookworm', version: '1.0.6*'},
  {name: 'libnftables1', suite: 'bookworm', version: '1.0.6*'},
  {name: 'libnftnl11', suite: 'bookworm', version: '1.2.4*'},
  {name: 'libmnl0', suite: 'bookworm', version: '1.0.4*'},
  {name: 'libxtables12', suite: 'bookworm', version: '1.8.9*'},
  {name: 'libjansson4', suite: 'bookworm', version: '2.14*'},
  {name: 'libedit2', suite: 'bookworm', version: '3.1-20221030*'},
  {name: 'libbsd0', suite: 'bookworm', version: '0.11.7*'},
  {name: 'libgmp10', suite: 'bookworm', version: '2:6.2.1*'},
];

/**
 * docker's compose plugin, for the sample's blue-green deployment. Not part of the hash: it is a
 * cache entry of its own, named by its version.
 */
export const COMPOSE: DebianPackage = {
  name: 'docker-compose',
  suite: 'forky',
  version: '2.40.3*',
};

/** An SSH server for the tests of builders on other machines, and its library; an entry of its own too. */
export const SSHD: readonly DebianPackage[] = [
  {name: 'openssh-server', suite: 'bookworm', version: '1:9.2p1*'},
  {name: 'libwrap0', suite: 'bookworm', version: '7.6*'},
];

export const BUILDKIT = {
  /** Newest first; the next one is tried where the first does not build. */
  versions: ['v0.32.2', 'v0.29.0', 'v0.27.1'],
  module: 'github.com/moby/buildkit',
} as const;

/** Python packages, for the API of Amazon ECR; a cache entry of its own, as compose is. */
export const MOTO = {packages: ['moto==5.2.5', 'flask==3.1.3', 'flask-cors==6.0.5']} as const;
/**
 * What workflows are checked and run with: cache entries of their own, named by their versions, and
 * no part of the hash.
 */
export const GO_TOOLS = {
  actionlint: {command: 'github.com/rhysd/actionlint/cmd/actionlint', version: 'v1.7.12'},
  act: {command: 'github.com/nektos/act', version: 'v0.2.89'},
} as const;

/** The Debian release that the stand-in base images are made of. */
export const ROOTFS = {
  suite: 'bookworm',
  packages: ['python3', 'python3-pip', 'python3-venv', 'ca-certificates'],
} as const;

/** Time stamps inside the stand-in images, so that the same inputs give the same digests. */
export const SOURCE_DATE_EPOCH = '1735689600';

/** buildx older than this writes child manifests under the destination tag first. */
export const OLDEST_BUILDX = '0.22.0';

/** What a machine with a docker of its own pulls. */
export const HOST_IMAGES = {
  registry: 'docker.io/library/registry:2.8.3',
  buildkit: 'docker.io/moby/buildkit:v0.32.2',
  moto: 'docker.io/motoserver/moto:5.2.5',
  binfmt: 'docker.io/tonistiigi/binfmt:qemu-v9.2.2',
  debian: 'docker.io/library/debian:bookworm-slim',
  busybox: 'docker.io/library/busybox:1.36',
} as const;

export function pinsHash(): string {
  const everything = JSON.stringify([
    REVISION,
    PACKAGES,
    BUILDKIT,
    ROOTFS,
    SOURCE_DATE_EPOCH,
    process.arch,
  ]);
  return createHash('sha256').update(everything).digest('hex').slice(0, 12);
}
