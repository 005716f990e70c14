import type {RegistryAnswer, RegistryAnswers} from '../ports/registry-probe.ts';
import {classifyRegistryFailure, type RegistryFailure} from './registry-failure.ts';

/**
 * The failure as the registry's own answers explain it, asked right after it. Where they explain
 * nothing (all is well now) it stays as it is; a bare `unknown` is then worth another try.
 */
export function explainByAnswers(
  failure: RegistryFailure,
  {upload, manifest}: RegistryAnswers,
): RegistryFailure {
  const {subject} = failure;
  const told =
    refusalOf(upload, 'POST', failure) ??
    // That a manifest is not there says nothing against a push.
    (subject.action === 'push' && manifest?.status === 404
      ? undefined
      : refusalOf(manifest, 'GET', failure));
  if (told !== undefined) return told;
  // Its answer was an error, and it has done it all the same: the next try finds it there.
  if (subject.manifest?.includes(':') && manifest?.digest === subject.manifest) {
    return {...failure, vague: false, passing: true};
  }
  const isWriteRefused = failure.kind === 'denied' || failure.kind === 'unknown';
  if (isWriteRefused && subject.manifest !== null && manifest?.digest) {
    // Uploads are taken and the tag is there: it is its move that is refused (docker/hub-feedback#2466).
    const immutable = classifyRegistryFailure({
      error: `${failure.message}: the tag cannot be overwritten`,
      ...(subject.reference === null
        ? {}
        : {doing: {reference: subject.reference, action: subject.action}}),
    });
    if (immutable !== undefined) return {...immutable, message: failure.message, vague: false};
  }
  // The login was taken this time: the one before had expired, or was refused by mistake.
  const isLoggedIn = failure.kind === 'not-logged-in' && (upload ?? manifest) !== null;
  const passing = failure.passing || isLoggedIn || isBareUnknown(failure);
  return {...failure, vague: false, passing};
}

/** What the builder could not say at all, and the registry does not say either. */
function isBareUnknown({kind, message}: RegistryFailure): boolean {
  return kind === 'unknown' && /(?:^|: )unknown$/u.test(message);
}

function refusalOf(
  answer: RegistryAnswer | null,
  method: string,
  {subject, message}: RegistryFailure,
): RegistryFailure | undefined {
  if (answer === null || answer.status < 400) return undefined;
  const {status, statusText, said, retryAfterMs} = answer;
  const words = `${`${status} ${statusText}`.trim()}${said === '' ? '' : `: ${said}`}`;
  const reference = subject.reference ?? subject.repository;
  const told = classifyRegistryFailure({
    error: `unexpected status from ${method} request to https://${subject.repository ?? ''}: ${words}`,
    ...(reference === null ? {} : {doing: {reference, action: subject.action}}),
  });
  if (told === undefined) return undefined;
  return {
    ...told,
    message: `${message} (asked again, ${subject.host ?? 'the registry'} says ${words})`,
    vague: false,
    ...(retryAfterMs === undefined ? {} : {retryAfterMs}),
  };
}
