import {runAction} from './action/run-action.ts';

// What action.yml runs; `build-matrix` itself is main.ts.
process.exitCode = await runAction(process.env);
