import type {RegistryUnusable} from '../../src/events/failure.ts';
import type {Logins} from '../../src/ports/logins.ts';

export interface FakeLogins extends Logins {
  /** How often it was made sure that docker is logged in. */
  readonly ensured: number;
  /** Hosts whose login was renewed, in order. */
  readonly renewed: readonly string[];
  /** From now on docker may not push. */
  refuse(failure: RegistryUnusable): void;
}

/** Docker may push everywhere; only the host `aws.example` gives new logins. */
export function createFakeLogins(): FakeLogins {
  const renewed: string[] = [];
  let ensured = 0;
  let refusal: RegistryUnusable | null = null;
  return {
    renewed,
    get ensured() {
      return ensured;
    },
    refuse(failure) {
      refusal = failure;
    },
    ensure() {
      ensured += 1;
      return Promise.resolve(refusal);
    },
    renew(host) {
      renewed.push(host);
      return Promise.resolve(host === 'aws.example');
    },
  };
}
