import {defineConfig} from 'vitest/config';

/**
 * Three lanes. `unit` knows no process and no clock, `cli` spawns the built command with a scripted
 * `docker`, `engine` needs a real docker, BuildKit and registry and fails loudly without them.
 */
export default defineConfig({
  test: {
    reporters: ['default', './test/rig/totals-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          sequence: {shuffle: true},
        },
      },
      {
        test: {
          name: 'cli',
          include: ['test/cli/**/*.test.ts'],
          globalSetup: ['test/rig/built-command.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'engine',
          include: ['test/engine/**/*.test.ts'],
          globalSetup: ['test/rig/built-command.ts', 'test/rig/real-engine.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
