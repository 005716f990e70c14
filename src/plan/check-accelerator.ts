import type {BaseImage} from '../dockerfile/resolve-stages.ts';
import {parseImageRef, type ImageRef} from '../model/image-ref.ts';
import {maskCredentials} from '../model/url-credentials.ts';
import type {Findings} from './findings.ts';
import type {ResolvedTarget} from './resolved-target.ts';

/** Base images that exist for one platform only, and are pulled for any other without a word. */
const singlePlatformBases: readonly {
  readonly matches: (image: ImageRef) => boolean;
  readonly platform: string;
  readonly instead: string;
}[] = [
  {
    matches: ({host, path}) => host === 'docker.io' && path === 'pytorch/pytorch',
    platform: 'linux/amd64',
    instead: 'for arm64 start from `nvidia/cuda` and install the aarch64 wheels of PyTorch',
  },
  {
    matches: ({path}) => /(?:^|\/)l4t-/.test(path),
    platform: 'linux/arm64',
    instead: 'L4T images run on Jetson only: keep linux/arm64',
  },
];

/** Reports platforms that the accelerator or a base of the shipped image cannot have. */
export function checkAccelerator(
  target: ResolvedTarget,
  images: readonly BaseImage[],
  findings: Findings,
): void {
  for (const {value, path} of target.platforms) {
    if (target.accelerator === 'jetson' && value !== 'linux/arm64') {
      findings.error('accelerator-platform', {
        path,
        message: `\`accelerator: jetson\` does not go with ${value}`,
        suggestion: 'a Jetson is linux/arm64',
      });
      continue;
    }
    for (const image of images.filter(({shippedFor}) => shippedFor.includes(value))) {
      const parsed = parseImageRef(image.reference);
      const rule = singlePlatformBases.find(({matches}) => parsed.ok && matches(parsed.value));
      if (rule === undefined || rule.platform === value) continue;
      findings.error('base-platform', {
        path,
        message: `\`${image.reference}\` exists for ${rule.platform} only, and \`${target.id}\` is to be ${value}`,
        suggestion: rule.instead,
        related: {message: 'the base is named here', range: image.range},
      });
    }
  }
}

/** Words in a name that tell of a secret, between underscores. */
const secretWord = /(?:^|_)(?:TOKEN|PASSWORD|PASSWD|PASS|SECRET|KEY|APIKEY|CREDENTIALS?)(?:_|$)/i;

/**
 * Warns of build arguments that look like secrets, or are URLs with one, such as `PIP_INDEX_URL`: every
 * argument lands in the provenance. Labels and annotations are for everybody to read.
 */
export function checkSecretArgs(target: ResolvedTarget, findings: Findings): void {
  for (const [name, {value, path}] of target.args) {
    const hasCredentials = maskCredentials(value) !== value;
    if (!hasCredentials && !secretWord.test(name)) continue;
    const what = hasCredentials ? 'is a URL with credentials' : 'looks like a secret';
    findings.warning('secret-in-args', {
      path,
      message: `build argument \`${name}\` ${what}, and arguments are stored in the image and its provenance`,
      suggestion: `use \`secrets: [{id: ${name.toLowerCase()}, env: ${name}}]\` and \`RUN --mount=type=secret,id=${name.toLowerCase()}\``,
    });
  }
  for (const [what, map] of [
    ['label', target.labels],
    ['annotation', target.annotations],
  ] as const) {
    for (const [name, {value, path}] of map) {
      if (maskCredentials(value) === value) continue;
      findings.warning('url-credentials', {
        path,
        message: `${what} \`${name}\` is a URL with credentials, and everybody can read it`,
        suggestion: 'leave them out',
      });
    }
  }
}
