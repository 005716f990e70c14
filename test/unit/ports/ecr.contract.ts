import {randomBytes} from 'node:crypto';
import {describe, expect, test} from 'vitest';

import type {EcrAddress} from '../../../src/model/ecr-address.ts';
import {everyTagMoves} from '../../../src/model/tag-mutability.ts';
import type {Ecr, NewEcrRepository} from '../../../src/ports/ecr.ts';

const address: EcrAddress = {kind: 'private', account: '123456789012', region: 'eu-west-1'};

const policy = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: {
        tagStatus: 'untagged',
        countType: 'sinceImagePushed',
        countUnit: 'days',
        countNumber: 14,
      },
      action: {type: 'expire'},
    },
  ],
});

/** What every implementation of the port does, in the account 123456789012. */
export function ecrContract(name: string, open: () => Ecr): void {
  describe(`the contract of ECR: ${name}`, () => {
    const newName = () => `contract/${randomBytes(6).toString('hex')}`;
    const plain: NewEcrRepository = {tags: everyTagMoves, scanOnPush: false, lifecyclePolicy: null};

    test('a token is a name and a password for docker, with an end', async () => {
      const token = await open().token(address);
      expect(token).toEqual({
        ok: true,
        value: {
          username: 'AWS',
          password: expect.stringMatching(/.+/) as unknown,
          expiresAt: expect.any(Number) as unknown,
        },
      });
    });

    test('a repository that does not exist is none', async () => {
      expect(await open().repository(address, newName())).toEqual({ok: true, value: null});
    });

    test('a repository is created with its settings', async () => {
      const ecr = open();
      const repository = newName();
      const settings = {
        tags: {immutable: true, except: ['latest', 'dev-*']},
        scanOnPush: true,
        lifecyclePolicy: policy,
      };
      expect(await ecr.createRepository(address, repository, settings)).toEqual({
        ok: true,
        value: 'created',
      });
      const {tags, scanOnPush} = settings;
      expect(await ecr.repository(address, repository)).toEqual({
        ok: true,
        value: {tags, scanOnPush},
      });
      const kept = await ecr.lifecyclePolicy(address, repository);
      expect(kept.ok && JSON.parse(kept.value ?? '')).toEqual(JSON.parse(policy));
    });

    test('one that exists is left as it is', async () => {
      const ecr = open();
      const repository = newName();
      await ecr.createRepository(address, repository, plain);
      const other = {
        tags: {immutable: true, except: []},
        scanOnPush: true,
        lifecyclePolicy: policy,
      };
      expect(await ecr.createRepository(address, repository, other)).toEqual({
        ok: true,
        value: 'existed',
      });
      expect(await ecr.repository(address, repository)).toEqual({
        ok: true,
        value: {tags: everyTagMoves, scanOnPush: false},
      });
      expect(await ecr.lifecyclePolicy(address, repository)).toEqual({ok: true, value: null});
    });

    test('a region does not see the repositories of another', async () => {
      const ecr = open();
      const repository = newName();
      await ecr.createRepository(address, repository, plain);
      const elsewhere = {...address, region: 'us-west-2'};
      expect(await ecr.repository(elsewhere, repository)).toEqual({ok: true, value: null});
    });
  });
}
