import type {SizeReport} from '../sizes/size-report.ts';
import {families} from './sizes-palette.ts';

/** The place of a stage's colours in `families`. */
export type FamilyOf = (stage: string) => number;

/** Stages of one name have one colour in all images: shipped ones first, in order of appearance. */
export function familiesOf({images}: SizeReport): FamilyOf {
  const stages = images.flatMap((image) => image.stages);
  const names = new Set(
    [...stages.filter(({shipped}) => shipped), ...stages].map(({name}) => name),
  );
  const places = new Map([...names].map((name, index) => [name, index % families.length]));
  return (stage) => places.get(stage) ?? families.length - 1;
}
