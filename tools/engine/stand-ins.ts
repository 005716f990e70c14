import {native} from './architecture.ts';
import type {Architecture} from './architecture.ts';

/**
 * Base images that the engine serves itself, under the names that Dockerfiles use. They stand in for
 * the real ones where no image registry can be reached: small, but with a working apt and pip, the
 * environment that the real ones set, and the same platforms.
 */
export interface StandIn {
  /** Registry host, repository and tag of the image it stands for. */
  readonly name: string;
  readonly recipe: Recipe;
  readonly platforms: readonly Architecture[];
  /** Set on top, as the real image sets them. */
  readonly env?: Readonly<Record<string, string>>;
  /** Debian packages on top of `on-python`. */
  readonly packages?: readonly string[];
  /** Path -> text. */
  readonly files?: Readonly<Record<string, string>>;
  /** What a container runs, when it is not what the recipe says. */
  readonly command?: readonly string[];
}

/**
 * `busybox`: 2 MB, nothing else. `python`: Debian with Python 3, pip and venv. `on-python`: the
 * stand-in of the recipe `python`, which comes before it in the list, with `packages`, `files`, `env`
 * and `command` added.
 */
export type Recipe = 'busybox' | 'python' | 'on-python';

/** As in the official image: what is in conf.d is part of the http block, and logs go to docker. */
const NGINX_CONF = `user www-data;
worker_processes auto;
error_log /dev/stderr notice;
pid /run/nginx.pid;
events {}
http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log /dev/stdout;
    include /etc/nginx/conf.d/*.conf;
}
`;

const NVIDIA = {NVIDIA_VISIBLE_DEVICES: 'all', NVIDIA_DRIVER_CAPABILITIES: 'compute,utility'};

export const STAND_INS: readonly StandIn[] = [
  {
    name: 'docker.io/library/busybox:1.36',
    recipe: 'busybox',
    platforms: ['amd64', 'arm64'],
  },
  {
    name: 'docker.io/library/python:3.12.12-slim-bookworm',
    recipe: 'python',
    platforms: ['amd64', 'arm64'],
  },
  {
    name: 'docker.io/pytorch/pytorch:2.8.0-cuda12.6-cudnn9-runtime',
    recipe: 'on-python',
    platforms: ['amd64'],
    env: {
      ...NVIDIA,
      CUDA_VERSION: '12.6.3',
      NV_CUDA_CUDART_VERSION: '12.6.77-1',
      NVIDIA_REQUIRE_CUDA: 'cuda>=12.6',
      PYTORCH_VERSION: '2.8.0',
    },
  },
  {
    name: 'nvcr.io/nvidia/l4t-pytorch:r35.2.1-pth2.0-py3',
    recipe: 'on-python',
    platforms: ['arm64'],
    env: NVIDIA,
    files: {
      '/etc/nv_tegra_release':
        '# R35 (release), REVISION: 2.1, GCID: 32413640, BOARD: t186ref, EABI: aarch64, DATE: Tue Jan 24 23:38:33 UTC 2023\n',
    },
  },
  {
    name: 'docker.io/dustynv/l4t-pytorch:r36.4.0',
    recipe: 'on-python',
    platforms: ['arm64'],
    env: {...NVIDIA, CUDA_VERSION: '12.6'},
    files: {
      '/etc/nv_tegra_release':
        '# R36 (release), REVISION: 4.0, GCID: 37537400, BOARD: generic, EABI: aarch64, DATE: Fri Sep 13 04:36:44 UTC 2024\n',
    },
  },
  {
    name: 'docker.io/library/nginx:1.28.0-alpine',
    recipe: 'on-python',
    // Nothing is built on it, it only runs here; the other architecture takes long to install.
    platforms: [native()],
    packages: ['nginx-light'],
    files: {'/etc/nginx/nginx.conf': NGINX_CONF},
    command: ['nginx', '-g', 'daemon off;'],
  },
];

/** The upstream hosts that are served, for registry mirrors: docker.io, nvcr.io. */
export function upstreamHosts(): readonly string[] {
  return [...new Set(STAND_INS.map(({name}) => name.slice(0, name.indexOf('/'))))];
}

/** `docker.io/library/busybox:1.36` -> `docker.io/library/busybox` and `1.36` */
export function repositoryAndTag(name: string): {
  readonly repository: string;
  readonly tag: string;
} {
  const colon = name.lastIndexOf(':');
  return {repository: name.slice(0, colon), tag: name.slice(colon + 1)};
}
