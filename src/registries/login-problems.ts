import {publicEcrRegion, type EcrAddress} from '../model/ecr-address.ts';
import {unreachable} from '../model/result.ts';
import type {FindingDetails} from '../plan/findings.ts';
import type {EcrFailure} from '../ports/ecr.ts';
import type {LoginSource, LoginAnswer} from '../ports/registry-check.ts';
import type {Place} from './registry-places.ts';

/** Sentences for what keeps docker from pushing, each with what to do. */

export type LoginProblem = FindingDetails & {readonly code: string};

/** `answer` is one that lets docker not push. */
export function notLoggedIn(place: Place, {kind, source, message}: LoginAnswer): LoginProblem {
  const {host, at: path} = place;
  const because = message === null ? '' : `: ${message}`;
  switch (kind) {
    case 'no-login':
      return {
        ...{code: 'not-logged-in', path},
        message: `docker is not logged in to ${host}`,
        suggestion:
          source?.kind === 'helper'
            ? `\`docker-credential-${source.name}\` keeps its logins and gives none`
            : howToLogIn(place),
      };
    case 'pull-only':
      return {
        ...{code: 'login-may-not-push', path},
        message: `${host} does not let docker push to ${place.path} with ${sourceText(source)}`,
        suggestion: 'give it the right to write, or log in as someone who has it',
      };
    case 'refused':
      return {
        ...{code: 'login-refused', path},
        message: `${host} does not accept ${sourceText(source)}${because}`,
        suggestion: mending(place, source),
      };
    case 'unreachable':
      return {
        ...{code: 'registry-unreachable', path},
        message: message ?? `cannot reach ${host}`,
        suggestion: 'check the name and the network; `docs/registries.md` tells of TLS and proxies',
      };
    case 'untrusted':
      return {
        ...{code: 'registry-untrusted', path},
        message: message ?? `the certificate of ${host} is not trusted`,
        suggestion:
          'name its authority in NODE_EXTRA_CA_CERTS; `docs/registries.md` tells what docker and the builder need',
      };
    case 'open':
    case 'accepted':
      throw new Error(`${host} lets docker push`);
    default:
      return unreachable(kind);
  }
}

export function noEcrToken(place: Place, address: EcrAddress, failure: EcrFailure): LoginProblem {
  const region = address.kind === 'public' ? publicEcrRegion : address.region;
  const service = address.kind === 'public' ? 'ecr-public' : 'ecr';
  const message = `no login for ${place.host}: ${failure.message}`;
  const {kind} = failure;
  switch (kind) {
    case 'no-credentials':
      return {
        ...{code: 'no-aws-credentials', path: place.at, message},
        suggestion: `give AWS credentials (AWS_PROFILE, AWS_ROLE_ARN with AWS_WEB_IDENTITY_TOKEN_FILE, …), or run \`aws ${service} get-login-password --region ${region} | docker login --username AWS --password-stdin ${place.host}\``,
      };
    case 'denied':
      return {
        ...{code: 'aws-denied', path: place.at, message},
        suggestion:
          address.kind === 'public'
            ? 'allow `ecr-public:GetAuthorizationToken` and `sts:GetServiceBearerToken` on `*`'
            : 'allow `ecr:GetAuthorizationToken` on `*`',
      };
    case 'unreachable':
    case 'refused':
      return {
        ...{code: 'aws-unreachable', path: place.at, message},
        suggestion: `check the region ${region}, the network, and AWS_ENDPOINT_URL if it is set`,
      };
    default:
      return unreachable(kind);
  }
}

/** `said` is the complaint of `docker login`. */
export function dockerLoginRefused(place: Place, said: string): LoginProblem {
  return {
    ...{code: 'docker-login-failed', path: place.at},
    message: `docker could not be logged in to ${place.host}: ${said}`,
    suggestion: `try \`docker login ${place.host}\``,
  };
}

/** Words for a login: `the login in docker’s configuration file`. */
export function sourceText(source: LoginSource | null): string {
  switch (source?.kind) {
    case 'environment':
      return 'the login in DOCKER_AUTH_CONFIG';
    case 'helper':
      return `the login that docker-credential-${source.name} gives`;
    case 'file':
      return 'the login in docker’s configuration file';
    case undefined:
      return 'docker without a login';
  }
}

/** By its host, whose meaning does not depend on which matrix.yml is read. Of Amazon's no password is needed. */
function howToLogIn({host, ecr}: Place): string {
  return ecr === null
    ? `run \`docker login ${host}\`, or \`build-matrix login ${host} --username NAME --password-stdin < FILE\``
    : `run \`build-matrix login ${host}\``;
}

function mending(place: Place, source: LoginSource | null): string {
  if (source?.kind === 'environment')
    return 'mend or unset DOCKER_AUTH_CONFIG, which wins over all';
  if (source?.kind === 'helper' && source.ofHost) {
    return `see what \`echo ${place.host} | docker-credential-${source.name} get\` says`;
  }
  return howToLogIn(place);
}
