/** Which of Amazon's container registries: one of an account in a region, or the public one. */
export type EcrAddress =
  | {readonly kind: 'private'; readonly account: string; readonly region: string}
  | {readonly kind: 'public'};

/** Region of every call to the public registry's API. */
export const publicEcrRegion = 'us-east-1';

/** The partitions' domains, as in amazon-ecr-credential-helper's ecr-login/api/client.go. */
const privateHost =
  /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.(?:com|com\.cn|eu)|on\.(?:aws|amazonwebservices\.com\.cn)|sc2s\.sgov\.gov|c2s\.ic\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$/u;

/** The registry that a host name of Amazon's means; undefined for every other host. */
export function ecrAddressOf(host: string): EcrAddress | undefined {
  if (host === 'public.ecr.aws') return {kind: 'public'};
  const [, account, region] = privateHost.exec(host) ?? [];
  if (account === undefined || region === undefined) return undefined;
  return {kind: 'private', account, region};
}

/** Whether a host belongs to Amazon, as the endpoints of a VPC do. */
export function isAmazonHost(host: string): boolean {
  return /(?:^|\.)(?:amazonaws\.(?:com|com\.cn|eu)|on\.aws|on\.amazonwebservices\.com\.cn)$/u.test(
    host.replace(/:\d+$/u, ''),
  );
}
