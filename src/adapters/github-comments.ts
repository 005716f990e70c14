import type {Octokit} from '@octokit/rest';

import type {GithubComments} from '../ports/github-comments.ts';
import {attemptGitHub} from './github-client.ts';

/** Comments on pull request `number` of `owner/name`; a pull request is an issue with code. */
export function createGithubComments(
  client: Octokit,
  repository: string,
  number: number,
): GithubComments {
  const [owner = '', repo = ''] = repository.split('/');
  const where = {owner, repo};
  const {issues} = client.rest;
  return {
    list: () =>
      attemptGitHub(async () => {
        const request = {...where, issue_number: number, per_page: 100};
        const comments = await client.paginate(issues.listComments, request);
        return comments.map(({id, body, user}) => ({
          id,
          body: body ?? '',
          isOfBot: user?.type === 'Bot',
        }));
      }),
    create: (body) =>
      attemptGitHub(async () => {
        // Sent once: its answer may be lost after it was done, and there is to be one comment.
        const once = {request: {retries: 0}};
        await issues.createComment({...where, ...once, issue_number: number, body});
      }),
    update: (id, body) =>
      attemptGitHub(async () => {
        await issues.updateComment({...where, comment_id: id, body});
      }),
  };
}
