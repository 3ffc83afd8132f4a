import { unwrap } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { findClientAddress } from './client-address.ts';
import { parseSettings } from './parse.ts';

it.each<[string, Record<string, string>]>([
  [':8443', {}],
  ['cache.test:8443', { CERTIFICATE_NAMES: '*.lab.test Cache.test other.test' }],
  [':8443', { CERTIFICATE_NAMES: '*.lab.test' }],
  [':8443', { CERTIFICATE_NAMES: 'fd00::1' }],
  [':443', { REDIRECT_LISTEN: ':8080' }],
  ['cache.test', { REDIRECT_LISTEN: ':8080', CERTIFICATE_NAMES: 'cache.test' }],
  ['cache:443', { REDIRECT_LISTEN: ':8080', CERTIFICATE_NAMES: 'cache' }],
  [
    'cache.test:30443',
    { REDIRECT_LISTEN: ':1', REDIRECT_PORT: '30443', CERTIFICATE_NAMES: 'cache.test' },
  ],
  ['pull.test:5000', { CLIENT_ADDRESS: 'pull.test:5000', CERTIFICATE_NAMES: 'cache.test' }],
  ['pull.test', { CLIENT_ADDRESS: 'Pull.test', REDIRECT_LISTEN: ':8080' }],
])('clients reach the cache at %s', (address, environment) => {
  expect(findClientAddress(unwrap(parseSettings(environment)))).toBe(address);
});

it('refuses an address that cannot begin the name of an image', () => {
  expect(parseSettings({ CLIENT_ADDRESS: 'https://cache.test' })).toMatchObject({
    issues: [
      { path: 'CLIENT_ADDRESS', accepted: expect.stringContaining('cache.example.com:8443') },
    ],
  });
});
