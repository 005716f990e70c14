import {readdir, readFile, readlink} from 'node:fs/promises';

/**
 * Command lines of the processes that `belongs` picks by command line and working directory. Looks
 * at /proc: on a system without it there are none.
 */
export async function processesOf(
  belongs: (process: {readonly command: string; readonly cwd: string}) => boolean,
): Promise<readonly string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      return {command: command.replaceAll('\0', ' ').trim(), cwd};
    }),
  );
  return found
    .filter((process) => process.command !== '' && belongs(process))
    .map(({command}) => command);
}
