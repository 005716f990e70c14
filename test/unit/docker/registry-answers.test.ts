import {describe, expect, test} from 'vitest';
import {explainByAnswers} from '../../../src/docker/registry-answers.ts';
import {
  classifyRegistryFailure,
  type RegistryFailure,
} from '../../../src/docker/registry-failure.ts';
import type {RegistryAnswer} from '../../../src/ports/registry-probe.ts';

const answer = (status: number, statusText: string, more: Partial<RegistryAnswer> = {}) => ({
  ...{status, statusText, said: ''},
  ...more,
});
const accepted = answer(202, 'Accepted');
const there = answer(200, 'OK', {digest: 'sha256:1'});
const missing = answer(404, 'Not Found', {said: 'MANIFEST_UNKNOWN: manifest unknown'});

function failed(error: string): RegistryFailure {
  const failure = classifyRegistryFailure({error});
  if (failure === undefined) throw new Error('not classified');
  return failure;
}

const put = 'from PUT request to http://h:5000/v2/a/b/manifests/1';
const forbidden = failed(`failed to push h:5000/a/b:1: unexpected status ${put}: 403 Forbidden`);
const bad = failed(`failed to push h:5000/a/b:1: unexpected status ${put}: 400 Bad Request`);
const unknown = failed('failed to push h:5000/a/b:1: unknown');
const limited = failed('failed to push h:5000/a/b:1: toomanyrequests: slow down');

describe('asked again', () => {
  test('a registry that refuses the upload tells the code that the builder has lost', () => {
    const said = 'DENIED: Your authorization token has expired. Reauthenticate and try again.';
    const upload = answer(403, 'Forbidden', {said});
    expect(explainByAnswers(forbidden, {upload, manifest: missing})).toMatchObject({
      kind: 'login-expired',
      passing: false,
      vague: false,
      message: `failed to push h:5000/a/b:1: unexpected status ${put}: 403 Forbidden (asked again, h:5000 says 403 Forbidden: ${said})`,
      subject: {reference: 'h:5000/a/b:1', action: 'push'},
    });
  });

  test('a registry that takes uploads and has the tag refuses to move it', () => {
    for (const failure of [forbidden, bad]) {
      expect(explainByAnswers(failure, {upload: accepted, manifest: there})).toEqual({
        ...failure,
        kind: 'tag-immutable',
        because: expect.any(String) as string,
        passing: false,
        vague: false,
        remedy: 'this tag exists and the registry does not let it move: choose a new version',
      });
    }
  });

  test('a registry that takes uploads and does not have the tag leaves it at that', () => {
    expect(explainByAnswers(forbidden, {upload: accepted, manifest: missing})).toEqual({
      ...forbidden,
      vague: false,
    });
  });

  test('a limited registry tells how long to wait', () => {
    const upload = answer(429, 'Too Many Requests', {retryAfterMs: 7000});
    expect(explainByAnswers(limited, {upload, manifest: null})).toMatchObject({
      kind: 'rate-limited',
      passing: true,
      retryAfterMs: 7000,
    });
  });

  test('a limit that is over already is still one that passes', () => {
    expect(explainByAnswers(limited, {upload: accepted, manifest: missing})).toEqual({
      ...limited,
      vague: false,
    });
  });

  test('an `unknown` is worth another try where nothing is wrong any more', () => {
    expect(explainByAnswers(unknown, {upload: accepted, manifest: missing})).toEqual({
      ...unknown,
      vague: false,
      passing: true,
    });
  });

  test('a registry that has what it refused is worth another try, which finds it there', () => {
    const digest = `sha256:${'1'.repeat(64)}`;
    const refused = failed(
      `failed to push h:5000/a/b:1: unexpected status from PUT request to http://h:5000/v2/a/b/manifests/${digest}: 403 Forbidden`,
    );
    expect(refused.subject.manifest).toBe(digest);
    const manifest = answer(200, 'OK', {digest});
    expect(explainByAnswers(refused, {upload: accepted, manifest})).toEqual({
      ...refused,
      vague: false,
      passing: true,
    });
  });

  test('a login that is taken now is worth another try', () => {
    const login = failed('failed to push h:5000/a/b:1: unauthorized');
    expect(explainByAnswers(login, {upload: accepted, manifest: missing})).toMatchObject({
      kind: 'not-logged-in',
      passing: true,
    });
    const upload = answer(401, 'Unauthorized');
    expect(explainByAnswers(login, {upload, manifest: null}).passing).toBe(false);
  });

  test('a registry that is down tells so', () => {
    const upload = answer(503, 'Service Unavailable');
    expect(explainByAnswers(unknown, {upload, manifest: null})).toMatchObject({
      kind: 'server-error',
      passing: true,
      because: 'h:5000 answered 503',
    });
  });
});
