import {readFileSync} from 'node:fs'; import {loadMatrix} from './src/config/load-matrix.ts'; import pc from 'picocolors'; import {formatDiagnostics} from './src/render/diagnostic-text.ts';
const t=performance.now(); const r = loadMatrix(process.argv[2]!, readFileSync(process.argv[2]!)); console.log((performance.now()-t).toFixed(1));
if (r.ok) console.dir(r.value.matrix, {depth: 9}); else console.log(formatDiagnostics(r.error, pc.createColors(process.argv[3] === 'c')));
