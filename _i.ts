import {readFileSync} from 'node:fs'; import {importBake} from './src/config/import-bake.ts'; import {loadMatrix} from './src/config/load-matrix.ts';
const r = importBake(JSON.parse(readFileSync('/tmp/bk/print.json', 'utf8')));
if (!r.ok) console.log(r.error); else { console.log(r.value.text); const l = loadMatrix('x', Buffer.from(r.value.text)); console.log(l.ok || l.error); }
