import {expect, test} from 'vitest';

import type {RegistrySpec} from '../../../src/config/matrix-file-parts.ts';
import {placesOf} from '../../../src/registries/registry-places.ts';

const account = '123456789012';
const host = `${account}.dkr.ecr.eu-west-1.amazonaws.com`;
const ecr: RegistrySpec = {type: 'ecr', account, region: 'eu-west-1'};

test('references of one repository are one place with all their tags', () => {
  const places = placesOf(
    [`${host}/face`, `${host}/face:1.0`, `${host}/face:latest`, `${host}/face:1.0`],
    {aws: ecr},
  );
  expect(places).toEqual([
    {
      ...{host, path: 'face', repository: `${host}/face`, tags: ['1.0', 'latest']},
      at: ['registries', 'aws'],
      registry: 'aws',
      ecr: {
        address: {kind: 'private', account, region: 'eu-west-1'},
        ...{name: 'face', settings: ecr},
      },
    },
  ]);
});

test('of several registries on a host the one with the longest prefix is meant, and placeholders fit', () => {
  const registries = {
    all: ecr,
    team: {...ecr, namespace: 'team'},
    vars: {...ecr, namespace: 'team/{vars.stage}'},
  };
  const nameOf = (path: string) => placesOf([`${host}/${path}:1`], registries)[0]?.registry;
  expect(nameOf('face')).toBe('all');
  expect(nameOf('team/face')).toBe('team');
  expect(nameOf('team/prod/face')).toBe('vars');
  expect(nameOf('teams/face')).toBe('all');
});

test('a host of Amazon’s is known without matrix.yml', () => {
  expect(placesOf([`${host}/face:1`, 'public.ecr.aws/a1b2/face:1'], {})).toMatchObject([
    {at: null, registry: null, ecr: {name: 'face', settings: {}}},
    {at: null, registry: null, ecr: {address: {kind: 'public'}, name: 'face', settings: {}}},
  ]);
});

test('an endpoint stands for the registry of its account', () => {
  const registries = {vpc: {...ecr, endpoint: 'http://localhost:5000'}};
  expect(placesOf(['localhost:5000/face:1'], registries)).toMatchObject([
    {host: 'localhost:5000', ecr: {address: {account, region: 'eu-west-1'}, name: 'face'}},
  ]);
});

test('other registries have nothing of Amazon’s', () => {
  const registries: Record<string, RegistrySpec> = {
    hub: {type: 'docker-hub', namespace: 'acme'},
  };
  expect(placesOf(['docker.io/acme/face:1', 'ghcr.io/acme/face:1'], registries)).toMatchObject([
    {host: 'docker.io', path: 'acme/face', registry: 'hub', ecr: null},
    {host: 'ghcr.io', registry: null, at: null, ecr: null},
  ]);
});
