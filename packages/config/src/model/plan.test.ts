import { unwrap } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import type { Inputs } from '../inputs/inputs.ts';
import { parsePolicy } from '../policy/parse.ts';
import { parseSettings } from '../settings/parse.ts';
import { NO_INPUTS } from '../testing/no-inputs.ts';
import { planModel } from './plan.ts';

function planOf(
  auths: object,
  environment: Record<string, string> = {},
  onDemand = '[]',
  policy = '',
) {
  const settings = unwrap(parseSettings(environment));
  const inputs: Inputs = { ...NO_INPUTS, pullSecret: JSON.stringify({ auths }), policy, onDemand };
  return planModel(settings, inputs, parsePolicy('/policy.yaml', policy));
}

const LOGIN = { auth: 'dTpw' };

it('starts with keys with a star alone, unless no registry can be added', () => {
  expect(unwrap(planOf({ '*.example.com': {} })).upstreams).toEqual([]);
  for (const auths of [{}, { '*.io': LOGIN }, { '*.example.com/team': LOGIN }]) {
    expect(planOf(auths).ok).toBe(false);
  }
  expect(planOf({ '*.example.com': {} }, { OFFLINE: 'true' }).ok).toBe(false);
});

it('gives a login to a registry that a client named only where its key has one owner', () => {
  const auths = { 'quay.io': {}, '*.example.com': LOGIN, '*.io': LOGIN, '*.test.net': {} };
  const asked = '["eu.example.com", "evil.io", "a.test.net", "other.org"]';
  const loginsIn = (globs: string) =>
    unwrap(planOf(auths, { ON_DEMAND_REGISTRIES: globs }, asked)).upstreams.map(
      ({ key, credential, isOnDemand }) => [key, credential?.kind ?? 'none', isOnDemand],
    );
  const byKeys = [
    ['eu.example.com', 'basic', true],
    ['a.test.net', 'none', true],
  ];
  expect(loginsIn('')).toEqual([['quay.io', 'basic', false], ...byKeys]);
  expect(loginsIn('*.io')).toContainEqual(['evil.io', 'none', true]);
  expect(loginsIn('*.io')).toHaveLength(4);
});

it('warns of keys with a star that count for nothing, and says why', () => {
  const auths = {
    'quay.net': {},
    '*.example.com': LOGIN,
    '*.io': LOGIN,
    '*.example.com/team': {},
    'reg*': {},
    '*.idle.test': LOGIN,
  };
  const noticesIn = (environment = {}) =>
    unwrap(planOf(auths, environment)).notices.map(({ path, taken }) => `${path}: ${taken}`);
  const named = 'credentials for no registry: none of the named ones fits';
  expect(noticesIn()).toEqual([
    `/pull-secret.json auths["*.io"]: ${named}, and its * fits registries of anybody, so none gets it on demand`,
    '/pull-secret.json auths["*.example.com/team"]: no registry: none of the named ones fits, and a key with * and a path serves none by itself',
    '/pull-secret.json auths["reg*"]: no registry: none of the named ones fits, and a registry on demand has a dot in its name',
  ]);
  expect(noticesIn({ OFFLINE: 'true' })).toContain(
    `/pull-secret.json auths["*.idle.test"]: ${named}`,
  );
});

it('lets the policy name a registry that a key with a star without a login fits', () => {
  const policy = 'upstreams: {eu.example.com: {prefetch: false}}';
  const asked = '["us.example.com", "eu.example.com"]';
  const { upstreams } = unwrap(planOf({ '*.example.com': {} }, {}, asked, policy));
  expect(upstreams.map(({ key, isOnDemand }) => [key, isOnDemand])).toEqual([
    ['eu.example.com', false],
    ['us.example.com', true],
  ]);
});

it('lists the issues of all inputs, in the order in which an operator sets them up', () => {
  const settings = unwrap(parseSettings({ AUTH_REGISTRIES: 'quay.io' }));
  const missing = { path: '/missing', found: 'no such file', accepted: 'a file' };
  const inputs: Inputs = {
    pullSecret: '{}',
    policy: 'x: 1',
    certificate: 'nothing',
    authority: { file: '/ca/ca.crt', certificate: 'nothing', key: '' },
    htpasswd: '',
    upstreamCa: 'nothing',
    authorities: new Map([['/own-ca.pem', 'nothing']]),
    clientFiles: new Map(),
    keyFiles: new Map(),
    trustFiles: new Map(),
    tokenFiles: new Map(),
    policyFiles: [],
    issues: [missing],
  };
  const plan = planModel(settings, inputs, parsePolicy('/policy.yaml', inputs.policy ?? ''));
  expect(plan.ok ? [] : plan.issues.map(({ path }) => path)).toEqual([
    '/missing',
    'AUTH_REGISTRIES[0]',
    '/pull-secret.json auths',
    '/policy.yaml x',
    '/certs/upstream-ca.pem',
    '/own-ca.pem',
    '/certs/certs.pem',
    '/ca/ca.crt',
    '/auth/htpasswd',
  ]);
});
