/** The last part of an image name, without its digest: `python:3.12-slim`. */
export function shortBase(from: string): string {
  const name = from.replace(/@sha256:[0-9a-f]+$/, '');
  return name.slice(name.lastIndexOf('/') + 1);
}
