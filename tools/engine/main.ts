import {parseArgs} from 'node:util';
import {paint, stderrReporter, table} from './console.ts';
import {engineEnvironment} from './environment.ts';
import {EngineError, messageOf} from './errors.ts';
import {enginePaths, REPOSITORY} from './paths.ts';
import type {EngineKind} from './state.ts';
import {status} from './status.ts';
import {down, up} from './up.ts';
import {shellExports} from './variables.ts';

const HELP = `A docker, BuildKit and registries to test against.

Usage: npm run engine -- <command> [options]

Commands:
  up [--kind host|private]  bring it up; does nothing where it is up
  status [--json]           look at every part; exit 1 when one is not well
  env [--json]              what to set to use it: eval "$(npm run -s engine -- env)"
  down [--purge]            end it; --purge also removes .engine (data, ports, logs)

Options:
  --root DIR                the clone it belongs to (default: this one)
  -h, --help                this text

The first 'up' takes minutes (downloads, a build of BuildKit, two small Debians) and fills a cache
that all clones share; after that it takes seconds. More in docs/engine.md.`;

interface Options {
  readonly root: string;
  readonly json: boolean;
  readonly purge: boolean;
  readonly kind: EngineKind | undefined;
}

const commands: Readonly<Record<string, (options: Options) => Promise<number>>> = {
  async up({root, kind}) {
    const began = performance.now();
    const report = stderrReporter();
    const state = await up(root, report, kind);
    const took = ((performance.now() - began) / 1_000).toFixed(1);
    report.note(`engine up (${state.kind}) in ${took} s, registry 127.0.0.1:${state.ports.open}`);
    return 0;
  },
  async down({root, purge}) {
    const report = stderrReporter();
    await report.step(purge ? 'engine down, data removed' : 'engine down', () =>
      down(root, report, purge),
    );
    return 0;
  },
  async status({root, json}) {
    const result = await status(root);
    if (json) {
      print(JSON.stringify(result, null, 2));
    } else {
      const rows = result.parts.map(({name, ok, detail}) => [ok ? 'ok' : 'PROBLEM', name, detail]);
      const text = table([['', 'engine', result.kind], ...rows]);
      print(
        text
          .replaceAll(/^ok\b/gm, paint('green', 'ok', process.stdout))
          .replaceAll(/^PROBLEM\b/gm, paint('red', 'PROBLEM', process.stdout)),
      );
    }
    return result.ok ? 0 : 1;
  },
  async env({root, json}) {
    const variables = await engineEnvironment(root);
    print(json ? JSON.stringify(variables, null, 2) : shellExports(variables, enginePaths(root)));
    return 0;
  },
};

async function main(args: readonly string[]): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: {type: 'boolean', short: 'h'},
        json: {type: 'boolean'},
        purge: {type: 'boolean'},
        kind: {type: 'string'},
        root: {type: 'string'},
      },
    });
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
  const {values, positionals} = parsed;
  const [name, ...extra] = positionals;
  if (values.help === true) {
    print(HELP);
    return 0;
  }
  const command = name === undefined ? undefined : commands[name];
  if (command === undefined || extra.length > 0) {
    throw new UsageError(
      name === undefined ? 'a command is needed' : `no such command: ${positionals.join(' ')}`,
    );
  }
  const {kind} = values;
  if (kind !== undefined && kind !== 'host' && kind !== 'private') {
    throw new UsageError(`--kind is host or private, not ${kind}`);
  }
  return command({
    root: values.root ?? REPOSITORY,
    json: values.json ?? false,
    purge: values.purge ?? false,
    kind,
  });
}

class UsageError extends Error {}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}

// Leaves by process.exit, which ends the commands that are under way (see shell.ts).
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const head = paint('red', 'error:', process.stderr);
  if (error instanceof UsageError) {
    complain(`${head} ${error.message}\n\n${HELP}`);
    process.exit(2);
  }
  complain(`${head} ${error instanceof Error ? error.message : String(error)}`);
  if (error instanceof EngineError) {
    if (error.reason !== undefined) {
      complain(`  cause: ${error.reason}`);
    }
    if (error.remedy !== undefined) {
      complain(`  remedy: ${error.remedy}`);
    }
  } else if (process.env['DEBUG'] !== undefined && error instanceof Error) {
    complain(error.stack ?? '');
  }
  process.exit(1);
}
