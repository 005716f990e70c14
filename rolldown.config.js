import {fileURLToPath} from 'node:url';
import {defineConfig} from 'rolldown';

/**
 * What nearly every run needs, as few files, since finding and loading a file costs as much as running
 * a small one (docs/benchmarks.md): what reads the command line, what makes a plan of it (loaded while
 * git is asked), and what looks and builds. Each takes what its modules import and no earlier one has.
 * All else is split where it is imported dynamically.
 */
const chunks = [
  {name: 'command', entries: ['cli/run-command', 'cli/commands/plan', 'cli/prepare-plan']},
  {name: 'plan', entries: ['config/load-matrix', 'plan/make-plan']},
  {name: 'build', entries: ['cli/commands/build', 'cli/decide-all']},
];

/**
 * The command is bundled for one reason: loading some four hundred small modules takes longer than
 * planning does (docs/benchmarks.md). Nothing is minified, so that a stack trace can be read.
 */
export default defineConfig({
  input: 'src/cli/main.ts',
  platform: 'node',
  external: [
    // CommonJS that asks for its own `__filename`, which a bundle does not have.
    'write-file-atomic',
    // Needed for pages alone, and its licence wants its NOTICE beside every copy.
    /^echarts\//,
    // Six megabytes that only a registry of Amazon's needs.
    /^@aws-sdk\//,
  ],
  plugins: [{name: 'built-ins', renderChunk: builtInsAsObjects}],
  output: {
    dir: 'dist/cli',
    format: 'esm',
    cleanDir: true,
    comments: {legal: true, annotation: false, jsdoc: false},
    // One letter beyond Latin-1 makes V8 hold a whole file with two bytes for each letter.
    charset: 'ascii',
    codeSplitting: {includeDependenciesRecursively: false, groups: [{name: chunkOf}]},
  },
});

function chunkOf(id, modules) {
  if (importedBy('cli/main', modules).has(id)) return null;
  const chunk = chunks.find(({entries}) =>
    entries.some((entry) => importedBy(entry, modules).has(id)),
  );
  return chunk?.name ?? null;
}

const known = new Map();

/** A module of src, and all that is loaded with it. */
function importedBy(module, modules) {
  const seen = known.get(module) ?? new Set();
  if (known.has(module)) return seen;
  known.set(module, seen);
  const open = [fileURLToPath(new URL(`src/${module}.ts`, import.meta.url))];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const info = seen.has(id) ? null : modules.getModuleInfo(id);
    if (info === null) continue;
    seen.add(id);
    open.push(...info.importedIds);
  }
  if (seen.size === 0) throw new Error(`src/${module}.ts is not part of the command`);
  return seen;
}

/**
 * Takes Node's own modules as the objects that they are. As ES modules they are wrapped first, which
 * reads every property, and many of those load something: `node:process` worker threads and reports,
 * `node:net` block lists and histograms.
 */
function builtInsAsObjects(code) {
  const whole = /^import (?:\* as )?([\w$]+) from "(node:[\w/]+)";$/gmu;
  const parts = /^import (?:([\w$]+), )?\{ ([\w$, ]+) \} from "(node:[\w/]+)";$/gmu;
  const module = (name) => `globalThis.process.getBuiltinModule("${name}")`;
  const changed = code
    .replaceAll(whole, (_, name, from) => `const ${name} = ${module(from)};`)
    .replaceAll(parts, (_, name, names, from) => {
      const first = name === undefined ? '' : `const ${name} = ${module(from)}; `;
      return `${first}const { ${names.replaceAll(' as ', ': ')} } = ${module(from)};`;
    });
  const left = /^import .*"node:.*$/mu.exec(changed);
  if (left !== null) throw new Error(`not understood: ${left[0]}`);
  return {code: changed};
}
