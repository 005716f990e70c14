/** A function that works once for each key: what is asked again, or meanwhile, gets the same answer. */
export function oncePerKey<A extends readonly unknown[], T>(
  keyOf: (...args: A) => string,
  work: (...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (...args) => {
    const key = keyOf(...args);
    const answer = known.get(key) ?? work(...args);
    known.set(key, answer);
    return answer;
  };
}
