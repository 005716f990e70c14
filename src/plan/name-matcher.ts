import picomatch from 'picomatch';

/** What a target can be called by. */
export interface Named {
  readonly image: string;
  readonly name: string;
  readonly key: string;
}

/** Every word that selects the target: its name, its key, its image, and both with the image before. */
export function namesOf(target: Named): readonly string[] {
  const {image, name, key} = target;
  const names = [name, `${image}/${name}`, image];
  return key === name ? names : [...names, key, `${image}/${key}`];
}

const globCharacters = /[*?[\]{}!()]/;

/**
 * A test for one word or glob (`cuda-*`, `face-service/*`) over targets. `*` does not cross the `/`
 * between image and name, so that `*` alone means every target by its bare name.
 */
export function nameMatcher(pattern: string): (target: Named) => boolean {
  if (!globCharacters.test(pattern)) return (target) => namesOf(target).includes(pattern);
  const matches = picomatch(pattern);
  return (target) => namesOf(target).some((name) => matches(name));
}
