import {diskFull} from './registry-remedies.ts';

/** What a hint may speak of. */
export interface HintSubject {
  /** The whole error, as BuildKit, buildx or docker worded it. */
  readonly error: string;
  /** The last lines that the failed step printed. */
  readonly log: string;
  /** The platform that failed, when it is known. */
  readonly platform: string | undefined;
}

interface Hint {
  /** Looked for in the error, or in what the step printed. */
  readonly where: 'error' | 'log' | 'either';
  readonly pattern: RegExp;
  readonly say: (match: RegExpExecArray, subject: HintSubject) => string;
}

const architecture = ({platform}: HintSubject): string => platform?.split('/')[1] ?? 'all';

/**
 * Usual causes, by the words of the error. The first that matches is told, so what is special stands
 * before what is general. What registries say is in registry-failure.ts.
 */
const hints: readonly Hint[] = [
  // The platform.
  {
    where: 'either',
    pattern: /exec format error/u,
    say: (_, subject) =>
      `this machine cannot run programs for ${subject.platform ?? 'that platform'}: add emulation with \`docker run --privileged --rm tonistiigi/binfmt --install ${architecture(subject)}\`, or build on a native builder`,
  },
  {
    where: 'either',
    pattern: /qemu: uncaught target signal|Illegal instruction/u,
    say: () => 'the emulator failed on this program: build this platform on a native builder',
  },
  {
    where: 'error',
    pattern: /(?:for (\S+): )?no match for platform in manifest/u,
    say: ([, image = 'the base image'], {platform}) =>
      `${image} is not published for ${platform ?? 'this platform'}: choose another base, or take the platform off this target`,
  },
  {
    where: 'error',
    pattern: /failed to resolve source metadata for (\S+): .*not found/u,
    say: ([, image = 'the base image']) => `${image} does not exist: check its name and tag`,
  },
  // The machine and the network.
  {
    where: 'either',
    pattern: /no space left on device|disk quota exceeded/iu,
    say: () => diskFull,
  },
  {
    where: 'error',
    pattern: /exit code: 137|signal: killed|cannot allocate memory|OOMKilled/u,
    say: () =>
      'the step was killed, usually for want of memory: build fewer targets at once (--concurrency 1), or give docker more memory',
  },
  {
    where: 'error',
    pattern: /Could not resolve host(?:name)?:? ([^\s:]+)/u,
    say: ([, host = 'a host']) =>
      `${host} is not known to DNS: check the name, the network and the proxy of the builder`,
  },
  // The Dockerfile and its context.
  {
    where: 'error',
    pattern: /failed to calculate checksum of ref \S+ "?([^"]+?)"?: not found/u,
    say: ([, path = 'the file']) =>
      `${path.replace(/^\//u, '')} is not in the build context: check the path, and that .dockerignore does not exclude it`,
  },
  {
    where: 'error',
    pattern: /target stage "?(.*?)"? could not be found/u,
    say: ([, stage = '']) => `no FROM of the Dockerfile is named \`AS ${stage}\``,
  },
  {
    where: 'error',
    pattern: /failed to read dockerfile: open (\S+?):/u,
    say: ([, path = 'the Dockerfile']) => `${path} does not exist`,
  },
  {
    where: 'error',
    pattern: /secret (\S+): not found/u,
    say: ([, id = '']) => `give the secret \`${id}\` to this target under \`secrets\``,
  },
  {
    where: 'error',
    pattern: /failed to stat (\S+): /u,
    say: ([, path = '']) => `${path} does not exist: a secret or an SSH key is read from it`,
  },
  {
    where: 'error',
    pattern: /dockerfile parse error|unknown instruction|unknown flag/u,
    say: () => 'mend the Dockerfile at this line',
  },
  {
    where: 'error',
    pattern: /failed to solve with frontend|frontend grpc server closed/u,
    say: () => 'the `# syntax=` line names a frontend that the builder cannot get or run',
  },
  {
    where: 'error',
    pattern: /failed to load cache key: .*(?:repository|failed to fetch remote|invalid response)/u,
    say: () => 'a remote context could not be fetched: check its URL, its ref, and who may read it',
  },
  // What drivers cannot do.
  {
    where: 'error',
    pattern: /for multi-node builds currently not supported/u,
    say: () => 'a builder with several nodes can only push: use --push, or a builder with one node',
  },
  {
    where: 'error',
    pattern: /support exporting manifest lists/u,
    say: () =>
      'load one platform at a time (--platform), or turn on the containerd image store of docker',
  },
  {
    where: 'error',
    pattern: /not supported for the docker driver|Cache export is not supported/u,
    say: () =>
      'turn on the containerd image store of docker, or make another builder: `docker buildx create --use`',
  },
  // What steps usually fail with.
  {
    where: 'log',
    pattern: /No matching distribution found for (\S+)/u,
    say: ([, name = 'the package'], {platform}) =>
      `${name} has no release for this Python version and ${platform ?? 'platform'}: check the pin, or install what it takes to build it`,
  },
  {
    where: 'log',
    pattern: /Unable to locate package (\S+)/u,
    say: ([, name = '']) =>
      `run \`apt-get update\` in the same RUN, and check that ${name} exists in this release`,
  },
  {
    where: 'log',
    pattern:
      /Temporary failure (?:in name resolution|resolving)|Could not resolve host|Name or service not known/u,
    say: () => 'the step has no network or DNS: check the proxy and DNS of the builder',
  },
  {
    where: 'log',
    pattern: /CERTIFICATE_VERIFY_FAILED|certificate verify failed|self.signed certificate/iu,
    say: () => 'TLS is re-signed by a local authority: install its certificate in the base image',
  },
  {
    where: 'error',
    pattern: /exit code: 127/u,
    say: () => 'a command of this step is not in the image',
  },
  {
    where: 'error',
    pattern: /exit code: 126/u,
    say: () => 'a command of this step may not be executed: check its mode (chmod +x)',
  },
];

/** What usually causes this and what to do; undefined when nothing is known. */
export function hintFor(subject: HintSubject): string | undefined {
  const {error, log} = subject;
  for (const {where, pattern, say} of hints) {
    const match =
      (where === 'log' ? null : pattern.exec(error)) ??
      (where === 'error' ? null : pattern.exec(log));
    if (match !== null) return say(match, subject);
  }
  return undefined;
}
