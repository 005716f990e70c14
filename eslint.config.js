import vitest from '@vitest/eslint-plugin';
import tseslint from 'typescript-eslint';

/** The outside world is reached through ports only; each message names what to use instead. */
const outsideWorld = {
  'no-restricted-globals': [
    'error',
    {
      name: 'process',
      message: 'Take what is needed as an argument; only adapters and cli see the process.',
    },
    {name: 'console', message: 'Emit an event or return text; only cli writes to the terminal.'},
    {name: 'fetch', message: 'Use the Images port.'},
  ],
  'no-restricted-imports': [
    'error',
    {
      paths: [
        {name: 'execa', message: 'Use the Processes port.'},
        {name: 'node:child_process', message: 'Use the Processes port.'},
        {name: 'node:fs', message: 'Use the Files port.'},
        {name: 'node:fs/promises', message: 'Use the Files port.'},
      ],
    },
  ],
  'no-restricted-syntax': [
    'error',
    {
      selector: "NewExpression[callee.name='Date'][arguments.length=0]",
      message: 'Use the Clock port.',
    },
    {
      selector: "MemberExpression[object.name='Date'][property.name='now']",
      message: 'Use the Clock port.',
    },
    {
      selector: "MemberExpression[object.name='Math'][property.name='random']",
      message: 'Take randomness as an argument.',
    },
    {
      selector: "ImportDeclaration[source.value='listr2']",
      message: 'listr2 only draws; it belongs to src/render.',
    },
  ],
};

export default tseslint.config(
  {ignores: ['dist', 'node_modules', '.engine', '.build-matrix', 'coverage']},
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {parserOptions: {projectService: true, tsconfigRootDir: import.meta.dirname}},
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true}],
      '@typescript-eslint/consistent-type-imports': 'error',
      // A record is asked for keys that may be missing all the time; noUncheckedIndexedAccess guards it.
      '@typescript-eslint/no-unnecessary-condition': ['error', {allowConstantLoopConditions: true}],
      eqeqeq: 'error',
      'no-console': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/adapters/**', 'src/cli/**', 'src/render/**'],
    rules: outsideWorld,
  },
  {
    files: ['src/render/**/*.ts'],
    rules: {
      'no-restricted-globals': outsideWorld['no-restricted-globals'],
      'no-restricted-imports': outsideWorld['no-restricted-imports'],
    },
  },
  {
    files: ['test/**/*.ts'],
    plugins: {vitest},
    rules: {
      ...vitest.configs.recommended.rules,
      'vitest/no-focused-tests': 'error',
      'vitest/no-disabled-tests': 'error',
      'vitest/no-conditional-expect': 'error',
      // The `rig` fixture extends `test`; the rule knows only the original.
      'vitest/no-standalone-expect': [
        'error',
        {additionalTestBlockFunctions: ['test', 'test.for']},
      ],
      // Contract suites and rigs assert through helpers of their own.
      'vitest/expect-expect': [
        'error',
        {assertFunctionNames: ['expect', 'expect*', 'fc.assert', 'assert*']},
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
