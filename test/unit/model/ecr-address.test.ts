import {describe, expect, it} from 'vitest';

import {ecrAddressOf, isAmazonHost} from '../../../src/model/ecr-address.ts';

describe('ecrAddressOf', () => {
  it.each([
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', 'eu-west-1'],
    ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
    ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['123456789012.dkr-ecr.us-west-2.on.aws', 'us-west-2'],
  ])('reads %s', (host, region) => {
    expect(ecrAddressOf(host)).toEqual({kind: 'private', account: '123456789012', region});
  });

  it('knows the public registry', () => {
    expect(ecrAddressOf('public.ecr.aws')).toEqual({kind: 'public'});
  });

  it.each([
    'docker.io',
    '12345.dkr.ecr.eu-west-1.amazonaws.com',
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example',
    'evil.example.123456789012.dkr.ecr.eu-west-1.amazonaws.com',
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com:8443',
    '123456789012xdkr.ecr.eu-west-1.amazonaws.com',
  ])('takes %s for none of Amazon’s registries', (host) => {
    expect(ecrAddressOf(host)).toBeUndefined();
  });
});

describe('isAmazonHost', () => {
  it.each([
    ['vpce-0a1b-x.dkr.ecr.eu-west-1.vpce.amazonaws.com', true],
    ['vpce-0a1b-x.dkr.ecr.eu-west-1.vpce.amazonaws.com:443', true],
    ['123456789012.dkr-ecr.us-west-2.on.aws', true],
    ['amazonaws.com.evil.example', false],
    ['notamazonaws.com', false],
    ['evil.example', false],
  ])('%s: %s', (host, isAmazon) => {
    expect(isAmazonHost(host)).toBe(isAmazon);
  });
});
