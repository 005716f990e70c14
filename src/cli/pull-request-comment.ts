import type {Diagnostic} from '../events/diagnostic.ts';
import type {GitHubFailure} from '../ports/github.ts';
import type {GithubComments} from '../ports/github-comments.ts';
import type {Environment} from './options.ts';

/** A workflow that comments, from the variables and the event file of GitHub's runner. */
export interface CommentPlace {
  /** `owner/name`. */
  readonly repository: string;
  /** Of the pull request. */
  readonly number: number;
}

/** Tokens of apps, that of a workflow among them, begin with this. */
const appToken = 'ghs_';

/**
 * Where to comment, by the event that started the workflow; undefined when that is none of a pull
 * request. @param event text of the file GITHUB_EVENT_PATH
 */
export function commentPlace(environment: Environment, event: string): CommentPlace | undefined {
  const repository = environment['GITHUB_REPOSITORY'] ?? '';
  const number = numberIn(event);
  return repository === '' || number === undefined ? undefined : {repository, number};
}

function numberIn(event: string): number | undefined {
  let payload: unknown;
  try {
    payload = JSON.parse(event);
  } catch {
    return undefined;
  }
  const {pull_request: pull} = (payload ?? {}) as {pull_request?: {number?: unknown}};
  return typeof pull?.number === 'number' ? pull.number : undefined;
}

/** What GitHub shows nothing of, and by which the comment is found again: one for each matrix file. */
export function commentMarker(matrixFile: string): string {
  return `<!-- build-matrix: ${matrixFile.replaceAll(/[^\w./ -]/g, '_').replaceAll('--', '__')} -->`;
}

/**
 * Writes the comment, or brings the one that is there up to date; resolves to why that was not
 * possible. A comment of a person is left alone, whatever it holds, when the token is that of an app.
 */
export async function putComment(
  comments: GithubComments,
  {
    marker,
    markdown,
    token,
  }: {readonly marker: string; readonly markdown: string; readonly token: string},
): Promise<Diagnostic | undefined> {
  const listed = await comments.list();
  if (!listed.ok) return notWritten(listed.error);
  const ours = listed.value.find(
    ({body, isOfBot}) => body.startsWith(marker) && (isOfBot || !token.startsWith(appToken)),
  );
  const body = `${marker}\n${markdown}`;
  if (ours?.body === body) return undefined;
  const put = await (ours === undefined ? comments.create(body) : comments.update(ours.id, body));
  return put.ok ? undefined : notWritten(put.error);
}

function notWritten({kind, message}: GitHubFailure): Diagnostic {
  const diagnostic = {
    severity: 'warning',
    code: 'no-comment',
    message: `the comment on the pull request was not written: ${message}`,
  } as const;
  if (kind !== 'forbidden' && kind !== 'not-found' && kind !== 'unauthorized') return diagnostic;
  const suggestion =
    'give the job `permissions: {pull-requests: write}`; in pull requests from forks GitHub never does, and the summary of the job tells the same';
  return {...diagnostic, suggestion};
}
