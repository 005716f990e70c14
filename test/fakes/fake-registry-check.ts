import type {LoginAnswer, RegistryCheck} from '../../src/ports/registry-check.ts';

export interface FakeRegistryCheck extends RegistryCheck {
  /** `host/path` of every question, in order. */
  readonly asked: readonly string[];
  /** What a host says from now on; later answers come one after the other, the last for ever. */
  answer(host: string, ...answers: Partial<LoginAnswer>[]): void;
}

/** Every host takes the login in docker's file, unless it was told otherwise. */
export function createFakeRegistryCheck(): FakeRegistryCheck {
  const answers = new Map<string, Partial<LoginAnswer>[]>();
  const asked: string[] = [];
  return {
    asked,
    answer(host, ...given) {
      answers.set(host, given);
    },
    async check(host, path) {
      asked.push(`${host}/${path}`);
      await Promise.resolve();
      const given = answers.get(host) ?? [];
      const answer = given.length > 1 ? given.shift() : given[0];
      return {kind: 'accepted', source: {kind: 'file'}, message: null, pulls: null, ...answer};
    },
  };
}
