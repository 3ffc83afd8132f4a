import { expect, test } from 'vitest';
import { findChanges } from '../apply/changes.ts';
import type { RenderedTree } from '../render/file.ts';
import { describeChanges, describeIssues } from './describe-changes.ts';

function treeOf(files: Record<string, string>): RenderedTree {
  return new Map(Object.entries(files).map(([path, content]) => [path, { content, mode: 0o640 }]));
}

function describe(before: Record<string, string>, after: Record<string, string>): string {
  const [current, next] = [treeOf(before), treeOf(after)];
  return describeChanges(findChanges(current, next), current, next);
}

test('registries that come and go are named', () => {
  const engine = (id: string) => `etc/supervisor/engines/${id}.conf`;
  expect(describe({ [engine('a.io')]: '' }, { [engine('b.io')]: '', [engine('c.io')]: '' })).toBe(
    'registries added: b.io, c.io; registries removed: a.io',
  );
});

test('users and rules are counted, and secrets are named alone', () => {
  const rules = (count: number) => JSON.stringify({ policy: { rules: Array(count).fill({}) } });
  const before = { 'secrets/htpasswd': 'ann:x1\n', 'secrets/credentials.json': 'pass-1' };
  const after = {
    'secrets/htpasswd': 'ann:x2\nbob:x3\n',
    'secrets/credentials.json': 'pass-2',
    'etc/access.json': rules(3),
  };
  const told = describe(before, after);
  expect(told).toBe(
    'changed: users (1 before, 2 now), rules of access (0 before, 3 now), credentials for registries',
  );
});

test('a change of another file is told without its content', () => {
  expect(describe({ 'etc/nginx.conf': 'a' }, { 'etc/nginx.conf': 'b' })).toBe(
    'changed: the configuration of programs',
  );
});

test('a broken change is told by its places, without what was found', () => {
  const issue = { path: 'access.rules.0', found: 'pa55word', accepted: 'a rule' };
  const told = describeIssues([issue, issue, { ...issue, path: 'htpasswd line 2' }]);
  expect(told).toBe('a broken change is not in use: access.rules.0, htpasswd line 2');
});

test('rules of trust and admission are counted, and issuers and hosted registries told', () => {
  const files = (rules: number, hosted: string[]) => {
    const list = Array(rules).fill({ images: ['**'], key: 'pa55word' });
    return {
      'etc/egress.json': JSON.stringify({ trust: list, admission: { rules: list.slice(1) } }),
      'etc/issuers.json': JSON.stringify({ issuers: list }),
      'etc/access.json': JSON.stringify({ policy: { rules: [], default: ['pull'] }, hosted }),
    };
  };
  expect(describe(files(1, ['apps']), files(3, ['apps', 'charts']))).toBe(
    'changed: issuers of tokens (1 before, 3 now), rules of trust (1 before, 3 now), ' +
      'rules of admission (0 before, 2 now), hosted registries (apps, charts)',
  );
});

test('a registry that changes is told by its key and the names of what changed', () => {
  const tree = (url: string, isOffline: boolean) => ({
    'etc/egress.json': JSON.stringify({
      upstreams: [
        { id: 'a.io_team-12345678', key: 'a.io/team', url, offline: isOffline },
        { id: 'b.io', key: 'b.io' },
      ],
    }),
  });
  expect(describe(tree('https://u:pa55word@a.io', false), tree('https://a.io', true))).toBe(
    'registries changed: a.io/team (url, offline)',
  );
});

test('a registry of a namespace that comes is told by its key, and the rules are not', () => {
  const access = (registries: object) => ({
    'etc/access.json': JSON.stringify({ policy: { rules: [{}], names: registries }, registries }),
  });
  const id = 'a.io_team-12345678';
  const after = {
    ...access({ [id]: 'a.io' }),
    [`etc/supervisor/engines/${id}.conf`]: '',
    'etc/egress.json': JSON.stringify({ upstreams: [{ id, key: 'a.io/team' }] }),
  };
  expect(describe(access({}), after)).toBe('registries added: a.io/team');
});

test('a change of rights where no rule speaks is told', () => {
  const access = (rights: string[]) => ({
    'etc/access.json': JSON.stringify({ policy: { rules: [{}], default: rights } }),
  });
  expect(describe(access(['pull']), access(['pull', 'fetch']))).toBe(
    'changed: rules of access (1 before, 1 now), default of access',
  );
});

test('whether there are logins is no change of the rules', () => {
  const access = (hasLogins: boolean) => ({
    'etc/access.json': JSON.stringify({ policy: { hasLogins, rules: [{}] } }),
  });
  const admission = { 'etc/egress.json': JSON.stringify({ admission: { rules: [{}] } }) };
  expect(describe(access(false), { ...access(true), ...admission })).toBe(
    'changed: rules of admission (0 before, 1 now)',
  );
});
