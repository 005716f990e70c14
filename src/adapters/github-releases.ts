import type {Octokit} from '@octokit/rest';
import {err, ok, type Result} from '../model/result.ts';
import type {GitHubFailure, GitHubRelease, GitHubReleases} from '../ports/github.ts';
import {attemptGitHub} from './github-client.ts';

/**
 * Releases of `owner/name`. What makes something new is sent once: its answer may be lost after it
 * was done, and the caller looks before it tries again. What steps of a release ask is tried again by
 * them, where it is seen: here once only.
 */
export function createGitHubReleases(client: Octokit, repository: string): GitHubReleases {
  const [owner = '', repo = ''] = repository.split('/');
  const where = {owner, repo};
  const once = {request: {retries: 0}};
  const twice = {request: {retries: 1}};
  const {repos} = client.rest;

  async function listOf(tag: string): Promise<Result<readonly GitHubRelease[], GitHubFailure>> {
    const published = await attemptGitHub(() => repos.getReleaseByTag({...where, ...twice, tag}));
    if (published.ok) return ok([releaseOf(published.value.data)]);
    if (published.error.kind !== 'not-found') return published;
    // Drafts have no tag yet, and are only in the list.
    return attemptGitHub(async () => {
      const options = {...where, ...twice, per_page: 100};
      const drafts: GitHubRelease[] = [];
      for await (const {data} of client.paginate.iterator(repos.listReleases, options)) {
        drafts.push(...data.filter((one) => one.tag_name === tag).map(releaseOf));
      }
      return drafts.toSorted(publicFirst);
    });
  }

  return {
    repository: () =>
      attemptGitHub(async () => {
        const {data} = await repos.get(where);
        return {canPush: data.permissions?.push ?? null};
      }),
    async ofTag(tag, made) {
      const listed = await listOf(tag);
      if (!listed.ok || made === null || listed.value.some(({id}) => id === made)) return listed;
      // The list may lag behind what was made a moment ago.
      const one = await attemptGitHub(() =>
        repos.getRelease({...where, ...twice, release_id: made}),
      );
      if (one.ok) return ok([...listed.value, releaseOf(one.value.data)].toSorted(publicFirst));
      return one.error.kind === 'not-found' ? listed : one;
    },
    createDraft: (text) =>
      attemptGitHub(async () => {
        const {data} = await repos.createRelease({
          ...where,
          ...once,
          tag_name: text.tag,
          name: text.name,
          body: text.body,
          draft: true,
          prerelease: text.prerelease,
        });
        return releaseOf(data);
      }),
    updateBody: (id, body) =>
      attemptGitHub(async () => {
        await repos.updateRelease({...where, ...twice, release_id: id, body});
      }),
    publish: (id, latest) =>
      attemptGitHub(async () => {
        await repos.updateRelease({
          ...where,
          ...twice,
          release_id: id,
          draft: false,
          // A word: a boolean is refused with 422.
          make_latest: latest ? 'true' : 'false',
        });
      }),
    deleteDraft: (id) =>
      attemptGitHub(async () => {
        await repos.deleteRelease({...where, ...twice, release_id: id});
      }),
    async upload(release, {name, contentType, bytes}) {
      const uploaded = await attemptGitHub(() =>
        client.request({
          method: 'POST',
          // The server says where; `{?name,label}` is its template.
          url: release.uploadUrl,
          ...once,
          name,
          headers: {'content-type': contentType, 'content-length': bytes.byteLength},
          data: bytes,
        }),
      );
      return uploaded.ok ? ok(undefined) : err(uploaded.error);
    },
    readAsset: (id) =>
      attemptGitHub(async () => {
        // GitHub sends it, or says where it is; the description of its API knows only what is told of it.
        const {data} = await repos.getReleaseAsset({
          ...{...where, ...twice, asset_id: id},
          headers: {accept: 'application/octet-stream'},
        });
        const bytes: unknown = data;
        return bytes instanceof ArrayBuffer ? new TextDecoder().decode(bytes) : String(bytes);
      }),
    deleteAsset: (id) =>
      attemptGitHub(async () => {
        await repos.deleteReleaseAsset({...where, ...twice, asset_id: id});
      }),
    generateNotes: ({tag, commit, previousTag}) =>
      attemptGitHub(async () => {
        const {data} = await repos.generateReleaseNotes({
          ...where,
          tag_name: tag,
          target_commitish: commit,
          ...(previousTag === null ? {} : {previous_tag_name: previousTag}),
        });
        return data.body;
      }),
  };
}

const publicFirst = (a: GitHubRelease, b: GitHubRelease): number =>
  Number(a.draft) - Number(b.draft) || a.id - b.id;

type RestRelease = Awaited<ReturnType<Octokit['rest']['repos']['getRelease']>>['data'];

function releaseOf(data: RestRelease): GitHubRelease {
  return {
    id: data.id,
    tag: data.tag_name,
    name: data.name ?? '',
    body: data.body ?? '',
    draft: data.draft,
    prerelease: data.prerelease,
    immutable: data.immutable ?? false,
    url: data.html_url,
    uploadUrl: data.upload_url,
    assets: data.assets.map(({id, name, size, state, digest}) => ({
      ...{id, name, size},
      uploaded: state === 'uploaded',
      digest: digest ?? null,
    })),
  };
}
