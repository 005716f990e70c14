import {err, ok} from '../../src/model/result.ts';
import type {
  RegistryAnswers,
  RegistryProbe,
  RegistryQuestion,
} from '../../src/ports/registry-probe.ts';

/** A registry that answers every question alike; without answers it cannot be reached. */
export interface FakeProbe extends RegistryProbe {
  readonly asked: readonly RegistryQuestion[];
}

export function createFakeProbe(answers?: RegistryAnswers): FakeProbe {
  const asked: RegistryQuestion[] = [];
  return {
    asked,
    ask(question) {
      asked.push(question);
      return Promise.resolve(answers === undefined ? err('cannot reach it') : ok(answers));
    },
  };
}
