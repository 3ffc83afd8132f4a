import { formatNotice, unwrap } from '@registry-cache/domain';
import { createLogger } from '@registry-cache/runtime';
import { describe, expect, it, vi } from 'vitest';
import { buildAccess } from '../model/access.ts';
import { buildOperators } from '../model/operators.ts';
import { parsePolicy } from '../policy/parse.ts';
import { parseSettings } from '../settings/parse.ts';
import { upstreamsOf } from '../testing/upstreams.ts';
import { findAccessNotices, reportAccess } from './access.ts';

const upstreams = unwrap(upstreamsOf(['docker.io', 'quay.io/org']));
const HTPASSWD = 'ann:$2y$10$x\nbjörn dæhlie:$2y$10$y\n';

type Ruled = Parameters<typeof findAccessNotices>[0];

function modelOf(access: string, more: Partial<Ruled> = {}, environment = {}): Ruled {
  const spec = unwrap(parsePolicy('policy', `access: ${access}`)).access;
  return {
    access: buildAccess(spec, upstreams, true),
    operators: buildOperators(spec, true),
    hosted: undefined,
    onDemandKeys: [],
    htpasswd: HTPASSWD,
    issuers: [],
    settings: unwrap(parseSettings({ POLICYPATH: '/policy.yaml', ...environment })),
    upstreams,
    ...more,
  };
}

const noticesOf = (...given: Parameters<typeof modelOf>) =>
  findAccessNotices(modelOf(...given)).map(formatNotice);

describe('findAccessNotices', () => {
  it('finds rules that can never count', () => {
    const rules = [
      '{images: ["**"], deny: [pull], because: closed}',
      '{images: ["docker.io/redis"], allow: [pull]}',
    ];
    expect(noticesOf(`{rules: [${rules.join(', ')}]}`)).toEqual([
      '/policy.yaml access.rules[1]: found rule 2; taken as nothing: rule 1 denies pull',
    ]);
  });

  it('finds names that nobody has, unless issuers may name them', () => {
    const access =
      '{groups: {ops: [bob]}, rules: [{images: ["**"], users: ["b*"], allow: [pull]}]}';
    expect(noticesOf(access)).toEqual([
      '/policy.yaml access.groups.ops[0]: found "bob"; taken as nobody: no user of the htpasswd file has such a name',
    ]);
    const issuers = [{}] as unknown as Ruled['issuers'];
    expect(noticesOf(access, { issuers })).toEqual([]);
  });

  it('knows namespaces and registries on demand', () => {
    const access =
      '{rules: [{images: ["quay.io/a", "quay.io/org/a", "x.gcr.io/a"], allow: [pull]}]}';
    const found = (environment = {}) =>
      noticesOf(access, {}, environment).map((text) => text.split(';')[0]);
    const other = '/policy.yaml access.rules[0].images[0]: found "quay.io/a"';
    const onDemand = '/policy.yaml access.rules[0].images[2]: found "x.gcr.io/a"';
    expect(found()).toEqual([other, onDemand]);
    expect(found({ ON_DEMAND_REGISTRIES: '*.gcr.io' })).toEqual([other]);
    expect(found({ ON_DEMAND_REGISTRIES: '*.gcr.io', OFFLINE: 'true' })).toEqual([other, onDemand]);
    const byKey = noticesOf(access, { onDemandKeys: [{ host: '*.gcr.io' }] });
    expect(byKey.map((text) => text.split(';')[0])).toEqual([other]);
  });

  it('lets rights to push count for all that is served', () => {
    const access = '{rules: [{images: ["docker.io/a/**"], allow: [push, delete]}]}';
    expect(noticesOf(access)).toEqual([]);
    expect(noticesOf('{rules: [{images: ["gcr.io/a"], allow: [push]}]}')).toHaveLength(1);
  });
});

it('is one warning in the log, or none', () => {
  const log = createLogger('config', 'fatal');
  const warn = vi.spyOn(log, 'warn');
  reportAccess({ ...modelOf('{}'), access: undefined }, log);
  reportAccess(modelOf('{rules: [{images: ["docker.io/**"], allow: [pull]}]}'), log);
  expect(warn).not.toHaveBeenCalled();
  reportAccess(modelOf('{rules: [{images: ["**"], users: [eve, bob], allow: [pull]}]}'), log);
  expect(warn).toHaveBeenCalledOnce();
});
