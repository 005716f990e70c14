/** A variable that the engine lane sets up. Throws outside that lane. */
export function engineVariable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run the engine lane`);
  return value;
}
