import { unwrap } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import type { Inputs } from '../inputs/inputs.ts';
import { parsePolicy } from '../policy/parse.ts';
import { parseSettings } from '../settings/parse.ts';
import { planModel } from './plan.ts';

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
