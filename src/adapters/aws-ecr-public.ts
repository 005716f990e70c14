import {publicEcrRegion} from '../model/ecr-address.ts';
import {everyTagMoves} from '../model/tag-mutability.ts';
import {requestHandler, tokenFrom, type EcrClient} from './ecr-shapes.ts';

/** The registry of the caller's own account below public.ecr.aws, whose API is in one region only. */
export async function openPublicEcr(): Promise<EcrClient> {
  const sdk = await import('@aws-sdk/client-ecr-public');
  const client = new sdk.ECRPUBLICClient({
    region: publicEcrRegion,
    requestHandler: requestHandler(),
  });
  return {
    async token(abortSignal) {
      const command = new sdk.GetAuthorizationTokenCommand({});
      // An object here, where the private registries answer with a list.
      return tokenFrom((await client.send(command, {abortSignal})).authorizationData);
    },
    async repository(name, abortSignal) {
      const command = new sdk.DescribeRepositoriesCommand({repositoryNames: [name]});
      const {repositories = []} = await client.send(command, {abortSignal});
      return repositories.length === 0 ? null : {tags: everyTagMoves, scanOnPush: false};
    },
    createsOnPush: () => Promise.resolve(false),
    lifecyclePolicy: () => Promise.resolve(null),
    async create(repositoryName, _settings, abortSignal) {
      await client.send(new sdk.CreateRepositoryCommand({repositoryName}), {abortSignal});
    },
  };
}
