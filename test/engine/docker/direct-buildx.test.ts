import {homedir} from 'node:os';
import {join} from 'node:path';

import {execa} from 'execa';
import {expect, test} from 'vitest';

import {findBuildx} from '../../../src/adapters/direct-buildx.ts';

test('the buildx that is run by itself is the one that docker runs', async () => {
  const {PATH: path = '', DOCKER_CONFIG: config = join(homedir(), '.docker')} = process.env;
  const found = await findBuildx({path, config});
  const format = '{{range .ClientInfo.Plugins}}{{if eq .Name "buildx"}}{{.Path}}{{end}}{{end}}';
  const {stdout: known} = await execa('docker', ['info', '--format', format]);
  expect(found).toBe(known);

  const own = await execa(known, ['version']);
  expect(own.stdout).toBe((await execa('docker', ['buildx', 'version'])).stdout);
});
