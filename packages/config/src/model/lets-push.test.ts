import { unwrap } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { parsePolicy } from '../policy/parse.ts';
import { upstreamsOf } from '../testing/upstreams.ts';
import { buildAccess } from './access.ts';
import { letsPush, takesUploads } from './lets-push.ts';

const upstreams = unwrap(upstreamsOf(['quay.io']));

function accessOf(yaml: string) {
  return buildAccess(unwrap(parsePolicy('/p.yaml', `access: ${yaml}`)).access, upstreams, true);
}

it.each([
  '{default: [pull, fetch]}',
  '{default: []}',
  '{default: [pull], anonymous: [pull, fetch]}',
  '{default: [pull], rules: [{images: ["quay.io/**"], allow: [pull, fetch]}]}',
  '{default: [pull], rules: [{images: ["**"], deny: [push, delete], because: "read only"}]}',
])('without a right to push or delete there is no worker for pushes: %s', (yaml) => {
  expect(letsPush(accessOf(yaml))).toBe(false);
  expect(takesUploads({ access: accessOf(yaml), hosted: undefined })).toBe(false);
});

it.each([
  '{default: [pull, push]}',
  '{default: [pull], anonymous: [pull, push]}',
  '{default: [pull], rules: [{images: ["quay.io/a"], users: [ann], allow: [push]}]}',
  '{default: [pull], rules: [{images: ["quay.io/a"], users: [ann], allow: [delete]}]}',
])('with one right to push or delete there is one: %s', (yaml) => {
  expect(takesUploads({ access: accessOf(yaml), hosted: undefined })).toBe(true);
});

it('hosted registries need it too, and nothing does without rules', () => {
  const hosted = { names: ['apps'], maxSizeBytes: 1 };
  expect(takesUploads({ access: undefined, hosted })).toBe(true);
  expect(takesUploads({ access: undefined, hosted: undefined })).toBe(false);
});
