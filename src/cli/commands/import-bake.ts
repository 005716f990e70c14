import {text as readAll} from 'node:stream/consumers';

import {nodeFiles} from '../../adapters/node-files.ts';
import {importBake} from '../../config/import-bake.ts';
import type {Failure} from '../../events/failure.ts';
import {err, ok, type Result} from '../../model/result.ts';
import type {CommandContext} from '../context.ts';

/** `build-matrix import bake`: prints a matrix.yml made from `docker buildx bake --print`. */
export async function importBakeFile(
  context: CommandContext,
  file: string,
): Promise<readonly Failure[]> {
  const text = file === '-' ? ok(await readAll(process.stdin)) : await readText(file);
  if (!text.ok) return [text.error];
  const json = parseJson(text.value);
  const imported = json.ok ? importBake(json.value) : json;
  const name = file === '-' ? 'standard input' : file;
  if (!imported.ok) {
    return [
      {
        reason: 'invalid-usage',
        message: `${name} is not the output of docker buildx bake --print: ${imported.error}`,
        remedy: 'run `docker buildx bake --print | build-matrix import bake > matrix.yml`',
      },
    ];
  }
  const {leftOut} = imported.value;
  context.out.print(imported.value.text.trimEnd());
  const {colours} = context.err.style;
  for (const {target, attribute, value, reason} of leftOut) {
    const place = target === null ? attribute : `${target}.${attribute}`;
    context.err.print(
      `${colours.yellow(colours.bold('warning:'))} left out ${place} = ${value}: ${reason}`,
    );
  }
  return [];
}

async function readText(file: string): Promise<Result<string, Failure>> {
  try {
    const text = await nodeFiles.readText(file);
    if (text !== undefined) return ok(text);
    return err({reason: 'file-unusable', path: file, message: 'there is no such file'});
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return err({reason: 'file-unusable', path: file, message});
  }
}

function parseJson(text: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(text) as unknown);
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}
