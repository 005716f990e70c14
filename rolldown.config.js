import {defineConfig} from 'rolldown';

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
  output: {dir: 'dist/cli', format: 'esm', cleanDir: true, comments: {legal: true}},
});
