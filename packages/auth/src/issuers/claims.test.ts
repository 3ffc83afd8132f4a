import { expect, test } from 'vitest';
import { findClaim } from './claims.ts';

const POD = {
  sub: 'system:serviceaccount:prod:default',
  'kubernetes.io': { namespace: 'prod', serviceaccount: { name: 'default', 'a.b/c': 'deep' } },
  'kubernetes.io/namespace': 'flat',
  realm_access: { roles: ['a', 'b'] },
  list: ['x'],
};

test.each([
  ['sub', POD.sub],
  ['kubernetes.io/namespace', 'flat'],
  ['kubernetes.io/serviceaccount/name', 'default'],
  ['kubernetes.io.serviceaccount.name', 'default'],
  ['kubernetes.io/serviceaccount/a.b/c', 'deep'],
  ['realm_access.roles', ['a', 'b']],
  ['realm_access', { roles: ['a', 'b'] }],
])('finds %s, by its flat name first', (name, value) => {
  expect(findClaim(POD, name)).toEqual(value);
});

test.each([
  'nothing',
  'kubernetes.io/nothing',
  'kubernetes',
  'list.0',
  'list.length',
  'sub.length',
  'constructor',
  '__proto__',
  'kubernetes.io.__proto__',
  'toString.name',
  '.',
  '/sub',
  'sub/',
])('finds nothing for %s', (name) => {
  expect(findClaim(POD, name)).toBeUndefined();
});
