import { describe, expect, it } from 'vitest';
import { formatAllowed } from './allowed.ts';
import { MAX_ON_DEMAND, parseOnDemand } from './parse.ts';

const hostsIn = (list: unknown, ...globs: string[]) =>
  parseOnDemand(JSON.stringify(list), globs).map(({ name }) => name.host);

describe('formatAllowed', () => {
  it.each([
    ['ghcr.io', 'ghcr.io', true],
    ['ghcr.io', 'ghcrxio', false],
    ['ghcr.io', 'ghcr.io.evil.test', false],
    ['ghcr.io', 'ghcr.io:5000', false],
    ['*.gcr.io', 'eu.gcr.io', true],
    ['*.gcr.io', 'gcr.io', false],
    ['*.gcr.io', 'eu.gcr.io:6379', false],
    ['*.gcr.io', 'evil.test/gcr.io', false],
    ['*.test:5000', 'a.b.test:5000', true],
    ['*', 'anything.test', true],
    ['*', 'library', false],
    ['*', 'docker.io', true],
    ['*', 'index.docker.io', false],
    ['*', 'user@anything.test', false],
    ['*', 'quay.io.', false],
    ['*', 'registry-1.docker.io.', false],
    ['*:5000', 'quay.io.:5000', false],
  ])('%s: %s is %s', (glob, host, isAllowed) => {
    expect(new RegExp(formatAllowed([glob])).test(host)).toBe(isAllowed);
  });
});

describe('parseOnDemand', () => {
  it('takes allowed hosts as anonymous upstreams', () => {
    expect(parseOnDemand('["ghcr.io", "quay.io", "ghcr.io"]', ['ghcr.io'])).toEqual([
      { name: { host: 'ghcr.io', namespace: '' }, rawKey: 'ghcr.io', credential: undefined },
    ]);
  });

  it('leaves out texts that are not hosts, and survives any file', () => {
    expect(
      hostsIn(['a..b', '-', 'index.docker.io', 'a.test:99999', 7, null], '*', '*:99999'),
    ).toEqual([]);
    for (const text of ['', '{', '{}', '"ghcr.io"', 'null']) {
      expect(parseOnDemand(text, ['*'])).toEqual([]);
    }
  });

  it('ignores the port of https', () => {
    expect(hostsIn(['ghcr.io:443', 'ghcr.io', 'quay.io:443'], '*', '*:443')).toEqual([
      'ghcr.io',
      'quay.io',
    ]);
  });

  it('has a limit', () => {
    const many = Array.from({ length: 200 }, (_, index) => `r${index}.test`);
    expect(hostsIn(many, '*')).toHaveLength(MAX_ON_DEMAND);
  });
});
