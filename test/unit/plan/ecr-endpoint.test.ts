import {expect, test} from 'vitest';

import {goodPlan, planFailure} from './plan-rig.ts';

const matrix = (endpoint: string, account = '123456789012') => `registries:
  aws:
    type: ecr
    account: "${account}"
    region: eu-west-1
    endpoint: ${endpoint}
images: {face: {targets: {cpu: {registries: [aws], tags: ["1"]}}}}
vars: {account: "123456789012"}
`;

test.each([
  ['vpce-0a1b.dkr.ecr.eu-west-1.vpce.amazonaws.com'],
  ['http://127.0.0.1:5000'],
  ['localhost:5000'],
])('%s stands in front of the repository', async (endpoint) => {
  const {plan} = await goodPlan({yaml: matrix(endpoint)});
  const host = endpoint.replace('http://', '');
  expect(plan.targets[0]?.tags).toEqual([`${host}/face:1`]);
});

test.each(['evil.example', 'https://amazonaws.com.evil.example', 'http://10.0.0.1:5000'])(
  '%s is not given the login of an account',
  async (endpoint) => {
    const host = endpoint.replace(/^https?:\/\//u, '');
    expect(await planFailure({yaml: matrix(endpoint)})).toContain(
      `error: ${host} is neither Amazon’s nor this machine, and would be given the login of the AWS account
 --> matrix.yml:7:15\n`,
    );
  },
);

test('the account of an endpoint is written out', async () => {
  const yaml = matrix('localhost:5000', '{vars.account}');
  expect(await planFailure({yaml})).toContain(
    'error: with an `endpoint`, `account` and `region` have no placeholders',
  );
});

test.each([
  ['{except: []}', 'name at least one tag, or write `immutableTags: true`'],
  [
    '{except: ["a/b"]}',
    'a pattern for tags has letters, digits, `.`, `_`, `-` and `*` for any text',
  ],
  ['{except: [a, b, c, d, e, f]}', 'ECR takes at most 5 patterns'],
])('immutableTags: %s is refused', async (value, message) => {
  const yaml = matrix('localhost:5000').replace(
    '    region',
    `    immutableTags: ${value}\n    region`,
  );
  expect(await planFailure({yaml})).toContain(message);
});
