import {unreachable} from '../model/result.ts';
import type {LoginSource, PullLimit, LoginAnswer} from '../ports/registry-check.ts';
import type {LogInResult} from '../registries/log-in.ts';
import {textTable, type Column} from './text-table.ts';
import type {TextStyle} from './text-style.ts';

const columns: readonly Column[] = [
  {title: 'REGISTRY', dropOrder: 1},
  {title: 'HOST', shrinkOrder: 1},
  {title: 'LOGIN', dropOrder: 2},
  {title: 'PUSH'},
  {title: 'PULLS LEFT', dropOrder: 3},
];

/** A table with a line for each registry. */
export function formatLogins(results: readonly LogInResult[], style: TextStyle): string {
  const {colours} = style;
  const rows = results.map(({place, answer, isNew, problem}) => [
    {text: place.registry ?? ''},
    {text: place.host, paint: colours.bold},
    {text: `${sourceText(answer.source)}${isNew ? ' (new)' : ''}`},
    {text: answerText(answer.kind), paint: problem === null ? colours.green : colours.red},
    {text: pullsText(answer.pulls)},
  ]);
  return textTable(columns, rows, style).join('\n');
}

function sourceText(source: LoginSource | null): string {
  switch (source?.kind) {
    case 'environment':
      return 'DOCKER_AUTH_CONFIG';
    case 'helper':
      return `docker-credential-${source.name}`;
    case 'file':
      return 'config.json';
    case undefined:
      return 'none';
  }
}

function answerText(kind: LoginAnswer['kind']): string {
  switch (kind) {
    case 'open':
      return 'needs no login';
    case 'accepted':
      return 'accepted';
    case 'pull-only':
      return 'may only pull';
    case 'no-login':
      return 'not logged in';
    case 'refused':
      return 'refused';
    case 'unreachable':
      return 'no answer';
    case 'untrusted':
      return 'not trusted';
    default:
      return unreachable(kind);
  }
}

function pullsText(pulls: PullLimit | null): string {
  if (pulls === null) return '';
  const {remaining, limit, windowSeconds} = pulls;
  const window = windowSeconds === null ? '' : ` in ${String(Math.round(windowSeconds / 3600))} h`;
  return `${String(remaining)} of ${String(limit)}${window}`;
}
