import {spawn} from 'node:child_process';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** One command to time. */
export interface Contender {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Milliseconds until all of the commands, which run side by side, have ended. */
async function timeOf(contenders: readonly Contender[]): Promise<number> {
  const started = performance.now();
  await Promise.all(contenders.map(run));
  return performance.now() - started;
}

/** Rejects with the command's output when it fails: a broken command must not look fast. */
function run(contender: Contender): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const child = spawn(contender.command, contender.args, {
      cwd: contender.cwd,
      env: {...process.env, ...contender.env},
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaint = '';
    child.stderr.on(
      'data',
      (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-4000)),
    );
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${contender.name} ended with ${String(code)}:\n${complaint}`));
    });
  });
}

/** Peak resident memory, in bytes, of a contender that runs on Node. */
export async function peakMemoryOf(contender: Contender): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const report = join(folder, 'peak');
  const hook = new URL('./report-peak-memory.mjs', import.meta.url).href;
  try {
    await run({
      ...contender,
      env: {...contender.env, NODE_OPTIONS: `--import=${hook}`, BENCH_PEAK_FILE: report},
    });
    return Number(await readFile(report, 'utf8'));
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

/** Median milliseconds of each contender (commands that run side by side), run in turn so that a slow moment of the machine hits all. */
export async function race(
  contenders: readonly ((round: number) => readonly Contender[])[],
  rounds: number,
): Promise<readonly number[]> {
  const times: number[][] = contenders.map(() => []);
  // One run that does not count warms files and the compile cache for everyone.
  for (const contender of contenders) await timeOf(contender(-1));
  for (let round = 0; round < rounds; round += 1) {
    // The order turns with each round, so that no contender always runs on another's warm caches.
    for (let offset = 0; offset < contenders.length; offset += 1) {
      const index = (round + offset) % contenders.length;
      const contender = contenders[index];
      if (contender !== undefined) times[index]?.push(await timeOf(contender(round)));
    }
  }
  return times.map(median);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
