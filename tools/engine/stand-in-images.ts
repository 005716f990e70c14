import {createHash} from 'node:crypto';
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {Architecture} from './architecture.ts';
import {BUILDERS, DOCKER_DRIVER} from './builders.ts';
import {cached} from './cache.ts';
import type {Reporter} from './console.ts';
import {EngineError} from './errors.ts';
import {exists, readIfAny, writeAtomic} from './files.ts';
import {pushLayout, taggedDigest} from './oci-layout.ts';
import type {KnownBlobs} from './oci-layout.ts';
import type {EnginePaths} from './paths.ts';
import {SOURCE_DATE_EPOCH} from './pins.ts';
import type {Tools} from './provision-tools.ts';
import {registryAddress} from './registries.ts';
import {run} from './shell.ts';
import {BASE_CONTEXT, recipeFor, writeContext} from './stand-in-recipes.ts';
import type {Recipe} from './stand-in-recipes.ts';
import {repositoryAndTag, STAND_INS} from './stand-ins.ts';
import type {StandIn} from './stand-ins.ts';
import type {EngineState} from './state.ts';

export interface StandInWorkshop {
  readonly paths: EnginePaths;
  readonly state: EngineState;
  readonly report: Reporter;
  readonly docker: string;
  readonly env: NodeJS.ProcessEnv;
  /** Undefined on the machine's own docker, where the images are made from the real ones. */
  readonly tools: Tools | undefined;
  /** The Debian root file system of an architecture; asked for only when an image has to be made. */
  readonly rootfs: (architecture: Architecture) => Promise<string>;
}

/** What this clone pushed: name -> what it was made from and became. */
type Pushed = Record<string, {readonly fingerprint: string; readonly digest: string}>;

/** Makes and pushes the stand-ins that are missing or no longer what their recipe says. */
export async function ensureStandIns(
  workshop: StandInWorkshop,
  wanted: readonly StandIn[] = STAND_INS,
): Promise<void> {
  const {paths, state, report} = workshop;
  const registry = registryAddress(state, 'open');
  const known: KnownBlobs = new Map();
  let python: string | undefined;
  for (const standIn of wanted) {
    const recipe = await recipeFor(standIn, state.kind, python);
    const fingerprint = fingerprintOf(standIn, recipe, state);
    const {repository, tag} = repositoryAndTag(standIn.name);
    const pushed = await readPushed(paths);
    const there = await taggedDigest(registry, repository, tag);
    const record = pushed[standIn.name];
    if (there !== undefined && record?.fingerprint === fingerprint && record.digest === there) {
      python ??= standIn.recipe === 'python' ? there : undefined;
      continue;
    }
    const layout = join(paths.cache, 'stand-ins', `${tag}-${fingerprint.slice(0, 16)}`);
    if (!(await exists(layout))) {
      await report.step(`image ${standIn.name} (${standIn.platforms.join(', ')})`, () =>
        build(workshop, standIn, recipe, layout, python),
      );
    }
    const digest = await report.step(`push ${standIn.name}`, () =>
      pushLayout(layout, registry, repository, tag, known),
    );
    await writePushed(paths, {...pushed, [standIn.name]: {fingerprint, digest}});
    python ??= standIn.recipe === 'python' ? digest : undefined;
  }
}

/** The stand-ins that the registry does not hold as they were pushed. */
export async function missingStandIns(
  paths: EnginePaths,
  state: EngineState,
): Promise<readonly string[]> {
  const pushed = await readPushed(paths);
  const registry = registryAddress(state, 'open');
  const missing: string[] = [];
  for (const {name} of STAND_INS) {
    const {repository, tag} = repositoryAndTag(name);
    const digest = await taggedDigest(registry, repository, tag).catch(() => undefined);
    if (digest === undefined || digest !== pushed[name]?.digest) {
      missing.push(name);
    }
  }
  return missing;
}

async function build(
  {state, report, docker, env, tools, rootfs}: StandInWorkshop,
  standIn: StandIn,
  recipe: Recipe,
  layout: string,
  base: string | undefined,
): Promise<void> {
  await cached(layout, report, async (temporary) => {
    const context = `${temporary}-context`;
    try {
      await writeContext(context, standIn, recipe, tools, rootfs);
      const platforms = standIn.platforms.map((architecture) => `linux/${architecture}`).join(',');
      const builder = state.buildkit ? (BUILDERS[0]?.name ?? DOCKER_DRIVER) : DOCKER_DRIVER;
      // Times fixed and no attestations: the same inputs give the same digest in every clone.
      await run(
        docker,
        [
          ...['buildx', 'build', '--builder', builder, '--platform', platforms],
          ...['--provenance=false', '--sbom=false'],
          ...['--build-arg', `SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH}`],
          ...['--output', `type=oci,tar=false,rewrite-timestamp=true,dest=${temporary}`],
          ...(standIn.recipe === 'on-python' ? baseContext(state, base) : []),
          context,
        ],
        {env},
      );
    } finally {
      await rm(context, {recursive: true, force: true});
    }
  });
}

function baseContext(state: EngineState, digest: string | undefined): readonly string[] {
  const python = STAND_INS.find(({recipe}) => recipe === 'python');
  if (python === undefined || digest === undefined) {
    throw new EngineError("a stand-in 'on-python' needs one of the recipe 'python' before it");
  }
  const {repository} = repositoryAndTag(python.name);
  const image = `${registryAddress(state, 'open')}/${repository}@${digest}`;
  return ['--build-context', `${BASE_CONTEXT}=docker-image://${image}`];
}

function fingerprintOf(standIn: StandIn, recipe: Recipe, state: EngineState): string {
  const parts = [state.kind, standIn.platforms, recipe.dockerfile, [...recipe.overlay]];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function recordFile(paths: EnginePaths): string {
  return join(paths.engine, 'stand-ins.json');
}

async function readPushed(paths: EnginePaths): Promise<Pushed> {
  try {
    return JSON.parse((await readIfAny(recordFile(paths))) ?? '{}') as Pushed;
  } catch {
    return {};
  }
}

async function writePushed(paths: EnginePaths, pushed: Pushed): Promise<void> {
  await writeAtomic(recordFile(paths), `${JSON.stringify(pushed, null, 2)}\n`);
}
