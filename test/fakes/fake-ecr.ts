import type {EcrAddress} from '../../src/model/ecr-address.ts';
import {err, ok, type Result} from '../../src/model/result.ts';
import {everyTagMoves} from '../../src/model/tag-mutability.ts';
import type {Ecr, EcrFailure, EcrToken, NewEcrRepository} from '../../src/ports/ecr.ts';

export interface FakeEcr extends Ecr {
  /** Every call, in order: `token eu-west-1`, `create eu-west-1 team/face`. */
  readonly calls: readonly string[];
  /** What the next tokens are; by default one that lasts until 2099. */
  give(token: Partial<EcrToken>): void;
  /** From now on calls whose text starts so fail. */
  fail(call: string, failure: EcrFailure): void;
  /** Pushes create repositories with this prefix. */
  createOnPush(prefix: string): void;
}

/** Repositories of any account and region, in memory. */
export function createFakeEcr(): FakeEcr {
  const repositories = new Map<string, NewEcrRepository>();
  const failures = new Map<string, EcrFailure>();
  const calls: string[] = [];
  const onPush: string[] = [];
  let token: EcrToken = {
    username: 'AWS',
    password: 'a-secret-token',
    expiresAt: Date.UTC(2099, 0, 1),
  };

  async function call<T>(
    verb: string,
    address: EcrAddress,
    name: string | null,
    answer: (key: string) => T,
  ): Promise<Result<T, EcrFailure>> {
    const place = address.kind === 'public' ? 'public' : address.region;
    const text = [verb, place, ...(name === null ? [] : [name])].join(' ');
    calls.push(text);
    await Promise.resolve();
    const failure = [...failures].find(([start]) => text.startsWith(start))?.[1];
    const account = address.kind === 'public' ? '' : address.account;
    return failure === undefined ? ok(answer(`${account} ${place} ${name ?? ''}`)) : err(failure);
  }

  return {
    calls,
    give(changes) {
      token = {...token, ...changes};
    },
    fail(start, failure) {
      failures.set(start, failure);
    },
    createOnPush(prefix) {
      onPush.push(prefix);
    },
    token: (address) => call('token', address, null, () => token),
    repository: (address, name) =>
      call('describe', address, name, (key) => {
        const found = repositories.get(key);
        return found === undefined ? null : {tags: found.tags, scanOnPush: found.scanOnPush};
      }),
    createsOnPush: (address, name) =>
      call('templates', address, name, () => onPush.some((prefix) => name.startsWith(prefix))),
    lifecyclePolicy: (address, name) =>
      call('policy', address, name, (key) => repositories.get(key)?.lifecyclePolicy ?? null),
    createRepository: (address, name, settings) =>
      call('create', address, name, (key) => {
        if (repositories.has(key)) return 'existed';
        const none = {tags: everyTagMoves, scanOnPush: false, lifecyclePolicy: null};
        repositories.set(key, address.kind === 'public' ? none : settings);
        return 'created';
      }),
  };
}
