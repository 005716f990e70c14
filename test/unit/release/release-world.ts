import type {Result} from '../../../src/model/result.ts';
import {err, ok} from '../../../src/model/result.ts';
import type {GitHubFailure, GitHubRelease, GitHubReleases} from '../../../src/ports/github.ts';
import type {StoredManifest} from '../../../src/ports/images.ts';
import type {ReleaseGit} from '../../../src/ports/release-git.ts';
import type {TagList} from '../../../src/ports/tag-list.ts';
import type {ReleaseTexts} from '../../../src/release/github-steps.ts';
import type {RegistryPorts} from '../../../src/release/move-tags.ts';
import {createOvertaking} from '../../../src/release/overtaking.ts';
import {openJournal} from '../../../src/release/release-journal.ts';
import {
  planRelease,
  type PromotedImage,
  type ReleasePlan,
} from '../../../src/release/release-plan.ts';
import {releaseRules} from '../../../src/release/release-rules.ts';
import {newReleaseState} from '../../../src/release/release-state.ts';
import type {WorkedStep} from '../../../src/release/run-steps.ts';
import {stepWorks} from '../../../src/release/step-works.ts';
import {readVersion, type Version} from '../../../src/release/version-tags.ts';
import {createFakeFiles} from '../../fakes/fake-files.ts';
import {createFakeImages} from '../../fakes/fake-images.ts';
import {createFakeLogins} from '../../fakes/fake-logins.ts';
import {createFakeProbe} from '../../fakes/fake-probe.ts';
import {createFakeProcesses} from '../../fakes/fake-processes.ts';
import {createFakeTagWriter} from '../../fakes/fake-tag-writer.ts';

export const commit = 'c'.repeat(40);
export const repository = 'localhost:5000/app';
export const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`;

/** The process is gone: nothing of it goes on. */
export class Killed extends Error {}

/** When a call that changes something is struck: before it is done, or after, its answer lost. */
export interface Strike {
  readonly at: number;
  readonly when: 'before' | 'after';
  readonly how: 'killed' | 'lost' | 'refused';
}

export function version(text: string): Version {
  const read = readVersion(text);
  if (read === undefined) throw new Error(`${text} is no version`);
  return read;
}

/**
 * A registry, a git remote and GitHub, which outlive the runs that change them. `pause` comes before
 * everything that is asked of them; a draft is missing from the next `hidden()` lists of GitHub.
 */
export function createWorld(
  held: Readonly<Record<string, string>> = {},
  pause: () => Promise<void> = () => Promise.resolve(),
  hidden: () => number = () => 0,
) {
  const hiddenFor = new Map<number, number>();
  const registry = new Map(Object.entries(held));
  const localTagsOf = new Map<string, Map<string, string>>();
  const remoteTags = new Map<string, string>();
  const releases: GitHubRelease[] = [];
  const published: {id: number; latest: boolean}[] = [];
  const files = createFakeFiles();
  let lastId = 0;
  let changes = 0;
  let strike: Strike | undefined;

  /** Every change goes through here. */
  async function change<T, E>(work: () => Result<T, E>, lost: Result<T, E>): Promise<Result<T, E>> {
    changes += 1;
    await pause();
    const struck = strike?.at === changes ? strike : undefined;
    if (struck?.when === 'before') {
      if (struck.how === 'killed') throw new Killed();
      return lost;
    }
    const result = work();
    if (struck?.how === 'killed') throw new Killed();
    return struck === undefined ? result : lost;
  }

  const manifestOf = (digest: string): StoredManifest => ({digest, mediaType: '', json: {}});
  const images = createFakeImages();
  const readable = {
    ...images,
    manifest: async (name: string, reference: string) => {
      await pause();
      if (reference.startsWith('sha256:')) return ok(manifestOf(reference));
      const digest = registry.get(`${name}:${reference}`);
      return digest === undefined
        ? err({kind: 'not-found' as const, message: 'not there'})
        : ok(manifestOf(digest));
    },
  };
  const passing = (): boolean => strike?.how !== 'refused';
  const refusal = (): string => (passing() ? 'connection refused' : 'no permission');
  const writer = createFakeTagWriter(({repository, digest, tags: names}) =>
    change(
      () => {
        for (const name of names) registry.set(`${repository}:${name}`, digest);
        return ok(null);
      },
      err({
        message: passing()
          ? `cannot reach ${repository}: socket hang up`
          : 'denied: requested access to the resource is denied',
      }),
    ),
  );
  const tags: TagList = {
    list: () => Promise.resolve(ok([...registry.keys()].map((name) => name.split(':')[2] ?? ''))),
  };
  const ports: RegistryPorts = {
    ...{images: readable, tags, writer, probe: createFakeProbe(), logins: createFakeLogins()},
    ...{processes: createFakeProcesses(), builder: null, signal: new AbortController().signal},
  };
  const gitIn = (localTags: Map<string, string>): ReleaseGit => ({
    checkout: () =>
      Promise.resolve({
        ...{isShallow: false, isPushed: true, remoteUrl: null},
        localTags: new Map(localTags),
      }),
    async remoteTags() {
      await pause();
      return ok(new Map(remoteTags));
    },
    createTag: ({name, commit: id}) =>
      change(() => {
        localTags.set(name, id);
        return ok(undefined);
      }, err(refusal())),
    pushTag: (_folder, _remote, name) =>
      change(() => {
        if (remoteTags.has(name)) return err('! [rejected] (already exists)');
        remoteTags.set(name, localTags.get(name) ?? '');
        return ok(undefined);
      }, err(refusal())),
    async fetchTag(_folder, _remote, name) {
      await pause();
      const there = remoteTags.get(name);
      if (there === undefined) return err('no such tag');
      localTags.set(name, there);
      return ok(undefined);
    },
    tryPush: () => Promise.resolve(ok(undefined)),
  });
  const gone = (): Result<never, GitHubFailure> =>
    err({kind: 'not-found', status: 404, message: 'Not Found'});
  const taken = (field: string): Result<never, GitHubFailure> =>
    err({kind: 'invalid', status: 422, message: `Validation Failed: ${field} already_exists`});
  const lost = (): GitHubFailure =>
    passing()
      ? {kind: 'unreachable', status: null, message: 'socket hang up'}
      : {kind: 'forbidden', status: 403, message: 'Resource not accessible'};
  const edit = (id: number, more: Partial<GitHubRelease>): Result<void, GitHubFailure> => {
    const at = releases.findIndex((one) => one.id === id);
    const release = releases[at];
    if (release === undefined) return gone();
    releases[at] = {...release, ...more};
    return ok(undefined);
  };
  const github: GitHubReleases = {
    repository: () => Promise.resolve(ok({canPush: true})),
    async ofTag(tag, made) {
      await pause();
      const all = releases.filter((one) => one.tag === tag);
      const published = all.filter(({draft}) => !draft);
      const isListed = ({id}: GitHubRelease): boolean => {
        const left = hiddenFor.get(id) ?? 0;
        hiddenFor.set(id, left - 1);
        return left <= 0;
      };
      const listed = published.length > 0 ? published : all.filter(isListed);
      const own = all.filter((one) => one.id === made && !listed.includes(one));
      return ok(
        [...listed, ...own].toSorted((a, b) => Number(a.draft) - Number(b.draft) || a.id - b.id),
      );
    },
    createDraft: (text) =>
      change(() => {
        const release: GitHubRelease = {
          ...text,
          ...{id: ++lastId, draft: true, immutable: false, url: 'page'},
          ...{uploadUrl: '', assets: []},
        };
        releases.push(release);
        hiddenFor.set(release.id, hidden());
        return ok(release);
      }, err(lost())),
    updateBody: (id, body) => change(() => edit(id, {body}), err(lost())),
    publish: (id, latest) =>
      change(() => {
        const release = releases.find((one) => one.id === id);
        const other = releases.find((one) => !one.draft && one.tag === release?.tag);
        if (other !== undefined && other !== release) return taken('tag_name');
        published.push({id, latest});
        return edit(id, {draft: false});
      }, err(lost())),
    upload: ({id}, {name, bytes}) =>
      change(() => {
        const {assets = []} = releases.find((one) => one.id === id) ?? {};
        if (assets.some((one) => one.name === name)) return taken('name');
        const asset = {id: assets.length + 1, name, size: bytes.byteLength};
        return edit(id, {assets: [...assets, {...asset, uploaded: true, digest: null}]});
      }, err(lost())),
    deleteDraft: (id) =>
      change(() => {
        const at = releases.findIndex((one) => one.id === id);
        if (at < 0) return gone();
        releases.splice(at, 1);
        return ok(undefined);
      }, err(lost())),
    readAsset: () => Promise.resolve(ok('')),
    deleteAsset: () => change(() => ok(undefined), err(lost())),
    generateNotes: () => Promise.resolve(ok('')),
  };
  const texts: ReleaseTexts = {
    title: 'title',
    notes: (state) => Promise.resolve(ok([...state.digests].join('\n'))),
    file: (name) =>
      Promise.resolve(ok({name, contentType: 'text/plain', bytes: new TextEncoder().encode(name)})),
  };

  return {
    registry,
    remoteTags,
    releases,
    files,
    published,
    ports,
    /** Drafts that were ever made. */
    get drafts() {
      return lastId;
    },
    /** Changes that were made or tried since the last run began. */
    get changes() {
      return changes;
    },
    /** The steps of a new run, in the checkout of this name. */
    async begin(
      text: string,
      image: string,
      hit?: Strike,
      checkout = 'checkout',
    ): Promise<{plan: ReleasePlan; steps: readonly WorkedStep[]}> {
      changes = 0;
      strike = hit;
      const own = version(text);
      const localTags = localTagsOf.get(checkout) ?? new Map<string, string>();
      localTagsOf.set(checkout, localTags);
      const git = gitIn(localTags);
      const rules = releaseRules(undefined, false);
      const known = [...remoteTags.keys()].map((name) => version(name.slice(1)));
      const planned = planRelease({
        version: own,
        ...{commit, rules},
        github: 'acme/app',
        files: ['digests.txt', 'sizes.json'],
        images: [imageOf('app/cpu', '', image), imageOf('app/cuda', '-cuda', image)],
        gitVersions: known,
        tags: new Map([[repository, [...registry.keys()].map((name) => name.split(':')[2] ?? '')]]),
      });
      if (!planned.ok) throw new Error('no plan');
      const journal = await openJournal(files, text, commit);
      if (!journal.ok) throw new Error('no journal');
      const steps = stepWorks({
        ...{plan: planned.value, git, github, texts, folder: '.'},
        registry: ports,
        journal: journal.value,
        overtaking: createOvertaking({git, folder: '.', rules}, own, known),
        state: newReleaseState(),
      });
      return {plan: planned.value, steps};
    },
    /** All that a release leaves behind. */
    end: () =>
      structuredClone({
        tags: Object.fromEntries([...registry].toSorted()),
        git: [...remoteTags],
        // In whatever order its files came.
        releases: releases.map(({assets, ...release}) => ({
          ...release,
          assets: assets.map(({name, size}) => `${name} ${size}`).toSorted(),
        })),
        moves: movesIn(files.texts.get('.build-matrix/releases/1.4.2.json') ?? '{}'),
        latest: published.at(-1)?.latest,
      }),
  };
}

function imageOf(of: string, suffix: string, letter: string): PromotedImage {
  return {
    ...{of, repository, isIndex: false, annotations: {}},
    templates: [{prefix: '', suffix}],
    targets: [of],
    sources: [`${repository}@${digestOf(letter)}`],
  };
}

/** Whatever was moved first within a stage. */
function movesIn(journal: string): readonly string[] {
  const {moves = []} = JSON.parse(journal) as {readonly moves?: readonly unknown[]};
  return moves.map((move) => JSON.stringify(move)).toSorted();
}
