import {changesOf, difference, stageChanges, type InstructionChange} from './compare-changes.ts';
import {requirementsChange, sourceStage} from './compare-requirements.ts';
import {growthNote, placeOf, shortText} from './compare-words.ts';
import type {ImageSizes} from './size-report.ts';

/**
 * The most probable cause of the change between two measurements of an image, in one sentence: the
 * base image, requirements, an instruction, or several of them, each with what it adds. null when
 * nothing changed. What is not known on either side is never blamed; when nothing is left to blame,
 * the sentence says so.
 */
export function causeOf(image: ImageSizes, earlier: ImageSizes): string | null {
  if (image.digest === earlier.digest) return null;
  const causes = causesOf(image, earlier).toSorted((a, b) => weight(b) - weight(a));
  const largest = Math.max(0, ...causes.map(weight));
  // After a change of the base every later layer is made anew, and differs by a few bytes.
  const blamed = causes.filter((one) => one.isCertain || weight(one) > 0.05 * largest);
  if (blamed.length === 0) {
    if (difference(image.size, earlier.size) === 0 && largest === 0) return null;
    return `The cause cannot be told: ${whyNot(image, earlier)}`;
  }
  const shown = blamed.slice(0, mostShown).map(({words}) => words);
  const more = blamed.length - shown.length;
  if (more > 0) shown.push(`and ${String(more)} more`);
  return blamed.length === 1 ? capitalised(shown.join()) : `Several changes: ${shown.join('; ')}`;
}

const mostShown = 3;

interface Cause {
  /** Without a full stop: `the base image python:3.11-slim changed (+12.3 MB)`. */
  readonly words: string;
  /** What it adds, in bytes; null when not known. */
  readonly bytes: number | null;
  /** True for what is known to have changed whatever its size. */
  readonly isCertain: boolean;
}

function weight({bytes}: Cause): number {
  return Math.abs(bytes ?? 0);
}

function whyNot(image: ImageSizes, earlier: ImageSizes): string {
  if (image.stages.length === 0) return 'the stages of the image are not known';
  if (earlier.stages.length === 0) return 'the stages of the image before are not known';
  return 'no instruction and no base image is known to have changed';
}

function causesOf(image: ImageSizes, earlier: ImageSizes): readonly Cause[] {
  const base = baseCauses(image, earlier);
  if (image.stages.length === 0) return base;
  if (earlier.stages.length === 0) {
    // Which of the layers before were of the base image is not known: only pairs can be compared.
    const now = image.stages
      .filter(({shipped}) => shipped)
      .flatMap(({instructions}) => instructions.filter(({layer}) => layer !== undefined));
    const changes = changesOf(now, earlier.instructions ?? []);
    const paired = changes.filter((change) => change.now !== null && change.before !== null);
    return [...base, ...paired.map((change) => instructionCause(change, ''))];
  }
  const changed = stageChanges(image.stages, earlier.stages, true);
  const requirements = requirementsChange(image, earlier, changed, base.length > 0);
  const explained = requirements?.explained ?? [];
  const bytes = explained.reduce((sum, change) => sum + (change.bytes ?? 0), 0);
  return [
    ...base,
    ...(requirements === null ? [] : [{words: requirements.words, bytes, isCertain: true}]),
    ...changed
      .filter((change) => !explained.includes(change))
      .map((change) => instructionCause(change, besideNote(change, image, earlier))),
  ];
}

/** The base image, when other layers or another size prove that it changed. */
function baseCauses({base}: ImageSizes, {base: before}: ImageSizes): readonly Cause[] {
  if (base === null || before === null) return [];
  const bytes = difference(base.size, before.size);
  const changed =
    base.layers !== undefined && before.layers !== undefined
      ? base.layers.join() !== before.layers.join()
      : bytes !== null && bytes !== 0;
  if (!changed) return [];
  const words =
    base.from === before.from
      ? `the base image ${base.from} changed`
      : `the base image changed from ${before.from} to ${base.from}`;
  return [{words: `${words}${growthNote(bytes)}`, bytes, isCertain: true}];
}

function instructionCause(
  {now, before, bytes, isUnedited}: InstructionChange,
  note: string,
): Cause {
  const words =
    now === null
      ? `\`${before === null ? '' : shortText(before)}\` is gone`
      : `${placeOf(now)} ${before === null ? 'is new' : isUnedited ? 'changed' : 'was edited'}`;
  return {words: `${words}${growthNote(bytes)}${note}`, bytes, isCertain: false};
}

/** What changed most in the stage that a COPY takes its files from: `, as line 4 (RUN make) did`. */
function besideNote({now}: InstructionChange, image: ImageSizes, earlier: ImageSizes): string {
  const source = sourceStage(now)?.toLowerCase();
  const named = ({stages}: ImageSizes) => stages.find(({name}) => name.toLowerCase() === source);
  const [stage, before] = [named(image), named(earlier)];
  if (stage === undefined || before === undefined || before.added.compressed === null) return '';
  const [largest] = changesOf(stage.instructions, before.instructions).toSorted(
    (a, b) => Math.abs(b.bytes ?? 0) - Math.abs(a.bytes ?? 0),
  );
  if (largest?.now === undefined || largest.now === null) return '';
  return `, after ${placeOf(largest.now)} of stage ${stage.name}${growthNote(largest.bytes)}`;
}

function capitalised(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
