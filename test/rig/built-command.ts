import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';

/** vitest's global set-up of the lanes that run the built command: builds it, once for each run. */
export default async function buildCommand(): Promise<void> {
  const root = join(import.meta.dirname, '../..');
  try {
    await promisify(execFile)('npm', ['run', '--silent', 'build'], {cwd: root});
  } catch (error) {
    const {stdout = '', stderr = ''} = error as {stdout?: string; stderr?: string};
    throw new Error(`\`npm run build\` failed:\n${stdout}${stderr}`, {cause: error});
  }
}
