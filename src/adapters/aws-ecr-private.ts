import type {EcrAddress} from '../model/ecr-address.ts';
import {
  coversPush,
  exclusionFilters,
  mutabilityMode,
  repositoryFrom,
  requestHandler,
  tokenFrom,
  type EcrClient,
} from './ecr-shapes.ts';

/** Loads the SDK, which takes a third of a second. */
export async function openPrivateEcr({
  account: registryId,
  region,
}: Extract<EcrAddress, {kind: 'private'}>): Promise<EcrClient> {
  const sdk = await import('@aws-sdk/client-ecr');
  const client = new sdk.ECRClient({region, requestHandler: requestHandler()});
  return {
    async token(abortSignal) {
      // One token opens all registries of the region that its owner may use.
      const command = new sdk.GetAuthorizationTokenCommand({});
      return tokenFrom((await client.send(command, {abortSignal})).authorizationData?.[0]);
    },
    async repository(name, abortSignal) {
      const command = new sdk.DescribeRepositoriesCommand({registryId, repositoryNames: [name]});
      return repositoryFrom((await client.send(command, {abortSignal})).repositories?.[0]);
    },
    async createsOnPush(name, abortSignal) {
      const pages = sdk.paginateDescribeRepositoryCreationTemplates({client}, {}, {abortSignal});
      for await (const {repositoryCreationTemplates = []} of pages) {
        if (repositoryCreationTemplates.some((template) => coversPush(template, name))) return true;
      }
      return false;
    },
    async lifecyclePolicy(repositoryName, abortSignal) {
      const command = new sdk.GetLifecyclePolicyCommand({registryId, repositoryName});
      return (await client.send(command, {abortSignal})).lifecyclePolicyText ?? null;
    },
    async create(repositoryName, {tags, scanOnPush, lifecyclePolicy}, abortSignal) {
      const command = new sdk.CreateRepositoryCommand({
        registryId,
        repositoryName,
        imageTagMutability: mutabilityMode(tags),
        // AWS refuses an empty list.
        ...(tags.except.length === 0
          ? {}
          : {imageTagMutabilityExclusionFilters: exclusionFilters(tags)}),
        imageScanningConfiguration: {scanOnPush},
      });
      await client.send(command, {abortSignal});
      if (lifecyclePolicy === null) return;
      const lifecyclePolicyText = lifecyclePolicy;
      const put = new sdk.PutLifecyclePolicyCommand({
        ...{registryId, repositoryName, lifecyclePolicyText},
      });
      await client.send(put, {abortSignal});
    },
  };
}
