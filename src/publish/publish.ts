import pLimit from 'p-limit';

import {dockerPushCommand} from '../docker/imagetools.ts';
import type {BuildEvent, TagMove} from '../events/event.ts';
import type {PublishFailed} from '../events/failure.ts';
import type {Publication, TagPublication} from '../plan/publication.ts';
import type {Clock} from '../ports/clock.ts';
import type {Files} from '../ports/files.ts';
import type {Images} from '../ports/images.ts';
import type {Logins} from '../ports/logins.ts';
import type {Processes} from '../ports/processes.ts';
import type {RegistryProbe} from '../ports/registry-probe.ts';
import type {TagWriter} from '../ports/tag-writer.ts';
import type {Waiting} from '../ports/waiting.ts';
import type {PublicationRecord} from '../records/build-record.ts';
import {joinLayouts} from './join-layouts.ts';
import {moveTagsPatiently} from './move-tags-patiently.ts';
import {byCommand, moveOf} from './one-move.ts';
import {prepareTags, type PreparedTags} from './prepared-tags.ts';
import type {PublicationEnd} from './publication-end.ts';

export interface PublishPorts {
  readonly processes: Processes;
  readonly files: Files;
  readonly clock: Clock;
  /** Images of registries. */
  readonly registry: Images;
  readonly writer: TagWriter;
  readonly probe: RegistryProbe;
  readonly waiting: Waiting;
  readonly logins: Logins;
}

export interface PublishRequest {
  readonly publications: readonly Publication[];
  /** Digest of what each build has made, by its id. */
  readonly digests: ReadonlyMap<string, string>;
  readonly ports: PublishPorts;
  readonly emit: (event: BuildEvent) => void;
  /** Ends the publishing; tags that have moved are put back. */
  readonly signal: AbortSignal;
}

export interface PublishResult {
  /** One for each publication, in their order. */
  readonly records: readonly PublicationRecord[];
  readonly failures: readonly PublishFailed[];
}

/** Most of a move is waiting for the registry. */
const movesAtOnce = 8;

/**
 * Makes all publications, or none. First every tag is read, so that what cannot be read or needs no
 * move is known before anything moves; then tags that are new are made, and those that exist are moved;
 * each is read back. When one fails, tags that were moved are put back to what they were (registries
 * have no transactions, and few can remove a tag: one that is new stays, and the record tells).
 */
export async function publish(request: PublishRequest): Promise<PublishResult> {
  const {publications, ports, signal} = request;
  const ends = new Map<Publication, PublicationEnd>();
  const moved: PreparedTags[] = [];
  const tags = publications.filter((one) => one.kind === 'tags');
  let isWell = true;
  for (const round of rounds(tags)) isWell &&= await publishTags(round);
  for (const publication of publications) {
    if (publication.kind === 'tags' || !isWell || signal.aborted) continue;
    const end = await joinLayouts(publication, request.digests, ports.files);
    finish(publication, end);
    isWell = end.failure === null;
  }
  if (!isWell || signal.aborted) await restoreAll();
  for (const publication of publications) {
    if (!ends.has(publication)) finish(publication, {...heldBack, moves: []});
  }
  const records = publications.map((publication) => recordOf(publication, ends.get(publication)));
  return {
    records,
    failures: [...ends.values()].flatMap(({failure}) => (failure === null ? [] : [failure])),
  };

  /** False when something failed, after which nothing more moves. */
  async function publishTags(round: readonly TagPublication[]): Promise<boolean> {
    const prepared = await Promise.all(
      round.map(async (publication) => {
        const {digests} = request;
        const others = otherRepositories(publication, tags);
        const images = ports.registry;
        const one = await prepareTags({publication, digests, others, images, signal});
        if (!one.ok) finish(publication, {outcome: 'failed', moves: [], failure: one.error});
        return one;
      }),
    );
    const ready = prepared.flatMap((one) => (one.ok ? [one.value] : []));
    if (ready.length < round.length) return false;
    const limit = pLimit(movesAtOnce);
    const failed = new Set<PreparedTags>();
    for (const group of newFirst(ready)) {
      await limit.map(group, async (one) => {
        if (failed.size > 0 || signal.aborted) return;
        if (one.stale.length === 0) {
          finish(one.publication, {outcome: 'unchanged', moves: one.moves(), failure: null});
          return;
        }
        start(one.publication);
        moved.push(one);
        const end = await moveTags(one, request);
        if (end.failure !== null) failed.add(one);
        finish(one.publication, end);
      });
      if (failed.size > 0 || signal.aborted) return false;
    }
    return true;
  }

  function start(publication: Publication): void {
    const references = publication.kind === 'tags' ? publication.references : [publication.folder];
    const at = ports.clock.now();
    request.emit({type: 'publication-started', at, of: publication.of, references});
  }

  function finish(publication: Publication, end: PublicationEnd): void {
    ends.set(publication, end);
    const {outcome, moves, failure} = end;
    request.emit({
      ...{type: 'publication-finished', at: ports.clock.now(), of: publication.of},
      ...{outcome, moves},
      ...(failure === null ? {} : {failure}),
    });
  }

  /** Puts back what had another image before; what had none stays. */
  async function restoreAll(): Promise<void> {
    for (const one of moved.toReversed()) {
      const end = ends.get(one.publication);
      const hadImages = [...one.before.values()].some((held) => held !== null);
      if (end === undefined || !hadImages) continue;
      const moves = await restoreTags(one, request);
      const outcome = end.outcome === 'published' ? 'restored' : end.outcome;
      finish(one.publication, {...end, outcome, moves});
    }
  }
}

const heldBack = {outcome: 'held-back', failure: null} as const;

/** Records of publications that nothing was tried for. */
export function heldBackRecords(
  publications: readonly Publication[],
): readonly PublicationRecord[] {
  return publications.map((publication) => recordOf(publication, undefined));
}

function recordOf(publication: Publication, end: PublicationEnd | undefined): PublicationRecord {
  const builds =
    publication.kind === 'tags' ? publication.builds : publication.builds.map(({id}) => id);
  return {of: publication.of, builds, ...(end ?? {...heldBack, moves: []})};
}

/** Docker's own store has to push images before indexes can join them. */
function rounds(tags: readonly TagPublication[]): readonly (readonly TagPublication[])[] {
  return [
    tags.filter(({through}) => through === 'store'),
    tags.filter(({through}) => through === 'digest'),
  ];
}

/**
 * What is new comes before what replaces something: a trouble with the registry then shows while every
 * tag that somebody may use is still what it was.
 */
function newFirst(
  prepared: readonly PreparedTags[],
): readonly [readonly PreparedTags[], readonly PreparedTags[]] {
  const isNew = ({before}: PreparedTags): boolean =>
    [...before.values()].every((held) => held === null);
  return [prepared.filter(isNew), prepared.filter((one) => !isNew(one))];
}

/** Where else the images of its builds go. */
function otherRepositories(
  {repository, builds}: TagPublication,
  all: readonly TagPublication[],
): readonly string[] {
  const shared = all.filter((other) => other.builds.some((id) => builds.includes(id)));
  const repositories = new Set(shared.map((other) => other.repository));
  repositories.delete(repository);
  return [...repositories];
}

async function moveTags(one: PreparedTags, request: PublishRequest): Promise<PublicationEnd> {
  const {publication, stale, sources} = one;
  const {ports} = request;
  const steps =
    sources === null
      ? stale.map((reference) =>
          byCommand(dockerPushCommand(reference), reference, ports.processes),
        )
      : [moveOf({...publication, references: stale, sources}, ports)];
  for (const move of steps) {
    const ran = await moveTagsPatiently({
      ...request,
      ...{move, publication, reference: stale[0] ?? ''},
      isDone: async () => (await one.readAgain()).isRight,
    });
    if (!ran.ok) {
      return {outcome: 'failed', moves: (await one.readAgain()).moves, failure: ran.error};
    }
  }
  const {isRight, moves, problem} = await one.readAgain();
  if (isRight) return {outcome: 'published', moves, failure: null};
  const message = problem ?? `${one.stale.join(', ')} did not become what was built`;
  const remedy = 'Check that nothing else writes these tags, and run the same command again.';
  return {
    outcome: 'failed',
    moves,
    failure: {reason: 'publish-failed', of: publication.of, message, remedy},
  };
}

async function restoreTags(
  one: PreparedTags,
  request: PublishRequest,
): Promise<readonly TagMove[]> {
  const {publication, before} = one;
  // An end that was asked for does not keep what was begun from being undone.
  const undoing = {...request, signal: AbortSignal.timeout(undoWithinMs)};
  // What holds another image was moved by somebody else since: that is not ours to undo.
  for (const reference of await one.written(undoing.signal)) {
    const held = before.get(reference);
    if (held === null || held === undefined) continue;
    const image = {sources: [`${publication.repository}@${held.digest}`], annotations: {}};
    const move = moveOf(
      {references: [reference], ...image, builder: publication.builder},
      request.ports,
    );
    await moveTagsPatiently({
      ...undoing,
      ...{move, publication, reference, isDone: () => Promise.resolve(false)},
    });
  }
  return (await one.readAgain(undoing.signal)).moves;
}

const undoWithinMs = 20_000;
