import {expect, test} from 'vitest';
import {nodeProxies, proxyRemedy} from '../../../src/adapters/proxies.ts';

const local = 'localhost,127.0.0.0-127.255.255.255,::1,[::1]';

test.each([
  ['nothing', {}, undefined],
  [
    'upper case before lower case, and an empty one is none',
    {
      HTTPS_PROXY: 'http://one:1',
      https_proxy: 'http://two:2',
      HTTP_PROXY: '',
      http_proxy: 'three:3',
    },
    {HTTP_PROXY: 'http://three:3', HTTPS_PROXY: 'http://one:1', NO_PROXY: local},
  ],
  [
    'a login',
    {HTTPS_PROXY: 'https://ann:pw@proxy'},
    {HTTPS_PROXY: 'https://ann:pw@proxy', NO_PROXY: local},
  ],
  [
    'what Node cannot use',
    {HTTPS_PROXY: 'socks5://proxy:1080', HTTP_PROXY: 'http://a:b'},
    undefined,
  ],
])('proxies are set as docker reads them: %s', (_, variables, expected) => {
  expect(nodeProxies(variables)).toEqual(expected);
});

test.each([
  ['example.com', 'example.com,*.example.com'],
  ['.example.com', '*.example.com'],
  ['*.example.com', '*.example.com'],
  ['10.0.0.0/8', '10.0.0.0-10.255.255.255'],
  ['192.168.7.9/24', '192.168.7.0-192.168.7.255'],
  ['10.1.2.3', '10.1.2.3'],
  ['10.1.2.3:5000', '10.1.2.3:5000'],
  ['registry.lan:5000', 'registry.lan:5000,*.registry.lan:5000'],
  ['fd00::/8', 'fd00::/8'],
  ['*', '*'],
  [' A.example , ,b', 'a.example,*.a.example,b,*.b'],
])('NO_PROXY=%s means the same to Node', (text, expected) => {
  const proxies = nodeProxies({HTTPS_PROXY: 'proxy:1', no_proxy: text});
  expect(proxies?.NO_PROXY).toBe(`${local},${expected}`);
});

test.each([
  [true, {}, undefined],
  [
    true,
    {HTTPS_PROXY: 'proxy:1'},
    'HTTPS_PROXY is set: check the proxy, and what NO_PROXY leaves out',
  ],
  [
    true,
    {HTTPS_PROXY: 'proxy:1', http_proxy: 'http://ann:pw@proxy:1'},
    'HTTPS_PROXY and HTTP_PROXY are set: check the proxy, and what NO_PROXY leaves out',
  ],
  [
    true,
    {HTTP_PROXY: 'proxy:1', HTTPS_PROXY: 'socks5://ann:pw@proxy:1'},
    'HTTPS_PROXY is not used: it has to be http://HOST:PORT or https://HOST:PORT',
  ],
  [
    false,
    {HTTPS_PROXY: 'proxy:1'},
    `HTTPS_PROXY is set, and Node ${process.versions.node} does not use it: take Node 22.21, 24.5 or newer`,
  ],
])(
  'a host that does not answer: what may be wrong with proxies (%#)',
  (isKnown, variables, expected) => {
    expect(proxyRemedy(isKnown, variables)).toBe(expected);
  },
);
