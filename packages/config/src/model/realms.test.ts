import { expect, it } from 'vitest';
import { parsePolicy } from '../policy/parse.ts';
import { listRealms } from './realms.ts';

const HUB = 'https://registry-1.docker.io';

function realmsOf(url: string, host: string, realms?: readonly string[], isOnDemand = false) {
  return listRealms({ url, realms, isOnDemand }, [{ host }]);
}

it.each([
  [HUB, 'auth.docker.io'],
  ['https://registry.gitlab.com', 'gitlab.com'],
  ['https://registry.example.co.uk:5000', 'auth.example.co.uk:8443'],
  ['https://reg.example.com', 'reg.example.com'],
  ['https://10.0.0.7:5000', '10.0.0.7:5001'],
  ['http://registry:5000', 'registry:5001'],
])('a login for the token service that belongs to %s counts: %s', (url, host) => {
  expect(realmsOf(url, host)).toEqual([host]);
});

it.each([
  ['https://quay.io', 'auth.docker.io'],
  ['https://evil.co.uk', 'auth.example.co.uk'],
  ['https://evil.github.io', 'victim.github.io'],
  ['https://10.0.0.7', '10.0.0.8'],
  ['http://registry', 'auth'],
  ['https://mirror.example.com', 'auth.docker.io'],
])('a login for another owner than %s does not count: %s', (url, host) => {
  expect(realmsOf(url, host)).toEqual([]);
});

it('counts the realms of the policy in place of the default ones', () => {
  expect(realmsOf('https://mirror.example.com', 'auth.docker.io', ['auth.docker.io'])).toEqual([
    'auth.docker.io',
  ]);
  expect(realmsOf(HUB, 'auth.docker.io', ['auth.docker.io:8443'])).toEqual([]);
  expect(realmsOf(HUB, 'auth.docker.io', [])).toEqual([]);
});

it('counts no realm for an upstream that no operator chose', () => {
  expect(realmsOf(HUB, 'auth.docker.io', undefined, true)).toEqual([]);
});

it('accepts hosts as realms, and names other values in an issue', () => {
  const of = (realms: string) => parsePolicy('p', `upstreams: {quay.io: {realms: ${realms}}}`);
  const good = of('[Auth.Example.com:443, "auth.lab:5001"]');
  expect(good.ok && good.value.upstreams.get('quay.io')?.realms).toEqual([
    'auth.example.com',
    'auth.lab:5001',
  ]);
  const bad = of('["https://auth.example.com/token"]');
  expect(bad.ok ? [] : bad.issues).toEqual([
    {
      path: 'p upstreams["quay.io"].realms[0]',
      found: '"https://auth.example.com/token"',
      accepted: 'a host as auth.example.com, with a port as auth.example.com:5001',
    },
  ]);
});
