import {writeFileSync} from 'node:fs';

// Loaded into a measured Node process: writes its peak resident memory, in bytes, as it ends. Plain
// JavaScript, since stripping types would load a compiler into the process that is measured.
const report = process.env['BENCH_PEAK_FILE'];
if (report !== undefined) {
  process.once('exit', () => {
    writeFileSync(report, String(process.resourceUsage().maxRSS * 1024));
  });
}
