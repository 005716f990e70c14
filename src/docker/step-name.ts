/** What BuildKit puts into a vertex name. */
export interface StepName {
  /** Without platform, stage and count: `RUN pip install …`. */
  readonly name: string;
  /** The platform that is built for, normalised as BuildKit writes it. */
  readonly platform?: string;
  /** Name of the stage in lower case, or `stage-N` for one without a name. */
  readonly stage?: string;
  readonly position?: number;
  readonly count?: number;
}

// prefixCommand of moby/buildkit frontend/dockerfile/dockerfile2llb/convert.go:
// `[PLATFORM STAGE POSITION/COUNT] `, where PLATFORM (it always has a slash) and STAGE may be absent
// and POSITION is padded with spaces to the width of COUNT.
const instruction = /^\[(?:(\S+\/\S+) )?(?:([^\s/]+) )? *(\d+)\/(\d+)\] (.*)$/su;

// `[internal] load build context`, `[linux/arm64 internal] settings cache mount permissions`.
const internal = /^\[(?:(\S+\/\S+) )?internal\] (.*)$/su;

/** The parts of a vertex name; a name of any other form (`exporting to image`) is returned whole. */
export function parseStepName(name: string): StepName {
  const step = instruction.exec(name);
  if (step !== null) {
    const [, platform, stage, position, count, rest] = step;
    return {
      name: rest ?? '',
      // A Dockerfile with one unnamed stage: BuildKit leaves out what it would call stage-0.
      stage: stage ?? 'stage-0',
      position: Number(position),
      count: Number(count),
      ...(platform === undefined ? {} : {platform: builtFor(platform)}),
    };
  }
  const within = internal.exec(name);
  if (within !== null) {
    const [, platform, rest] = within;
    return {name: rest ?? '', ...(platform === undefined ? {} : {platform: builtFor(platform)})};
  }
  return {name};
}

/**
 * `linux/amd64->arm64` is a step that runs on amd64 and builds for arm64 (formatTargetPlatform): only
 * the architecture stands after the arrow when the system is the same.
 */
function builtFor(platform: string): string {
  const [runs = '', target] = platform.split('->');
  if (target === undefined) return runs;
  const system = runs.slice(0, runs.indexOf('/'));
  const first = target.split('/')[0] ?? '';
  return systems.has(first) ? target : `${system}/${target}`;
}

const systems: ReadonlySet<string> = new Set(['linux', 'windows', 'darwin', 'freebsd', 'wasip1']);
