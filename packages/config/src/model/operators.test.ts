import { unwrap } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { parsePolicy } from '../policy/parse.ts';
import { upstreamsOf } from '../testing/upstreams.ts';
import { buildAccess } from './access.ts';
import { buildOperators } from './operators.ts';

const read = (access: string) => unwrap(parsePolicy('/p.yaml', `access: ${access}`)).access;
const accessOf = (access: string) => {
  return buildAccess(read(access), unwrap(upstreamsOf(['quay.io'])), true);
};

it('names nobody until the policy does', () => {
  expect(buildOperators(undefined, true)).toEqual({
    ...{ admin: [], view: [], groups: {}, hasLogins: true },
  });
  expect(buildOperators(read('{groups: {ops: [ann]}, admin: ["group:ops"]}'), true)).toEqual({
    ...{ admin: ['group:ops'], view: [], groups: { ops: ['ann'] }, hasLogins: true },
  });
});

it('leaves pulls as they are where only operators are named', () => {
  expect(accessOf('{groups: {ops: [ann]}, admin: ["group:ops"], view: ["*"]}')).toBeUndefined();
  expect(accessOf('{admin: [ann], default: [pull]}')).toMatchObject({ default: ['pull'] });
  expect(accessOf('{groups: {ops: [ann]}}')).toMatchObject({ default: [], rules: [] });
});

it('refuses an administrator without a login', () => {
  expect(parsePolicy('/p.yaml', 'access: {admin: [anonymous]}')).toMatchObject({
    issues: [
      { path: '/p.yaml access.admin[0]', accepted: expect.stringContaining('need a login') },
    ],
  });
});
