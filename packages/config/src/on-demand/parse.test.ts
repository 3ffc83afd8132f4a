import { describe, expect, it } from 'vitest';
import { formatAllowed } from './allowed.ts';
import { MAX_ON_DEMAND, parseOnDemand } from './parse.ts';

const hostsIn = (list: unknown, ...globs: string[]) =>
  parseOnDemand(JSON.stringify(list), formatAllowed(globs)).map(({ name }) => name.host);

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

describe('formatAllowed for keys', () => {
  const AWS = { host: '*.dkr.ecr.*.amazonaws.com', cloud: 'aws' } as const;
  it.each([
    [{ host: '*.example.com' }, 'eu.example.com', true],
    [{ host: '*.example.com' }, 'a.eu.example.com', false],
    [{ host: '*.example.com' }, 'eu.example.com.', false],
    [{ host: '*.example.com' }, 'evil-example.com', false],
    [{ host: '*.example.com' }, 'eu.example.com:5000', false],
    [{ host: '*.example.com:5000' }, 'eu.example.com:5000', true],
    [AWS, '123456789012.dkr.ecr.eu-west-1.amazonaws.com', true],
    [AWS, '123456789012.dkr.ecr.eu-west-1.amazonaws.com:8443', false],
    [AWS, '123456789012.dkr.ecr.evil.amazonaws.com', false],
    [AWS, 'x.dkr.ecr.eu-west-1.amazonaws.com', false],
    [AWS, 'public.ecr.aws', false],
    [{ host: '*.ecr.aws', cloud: 'aws' } as const, 'public.ecr.aws', true],
    [{ host: '*.azurecr.io', cloud: 'azure' } as const, 'a.azurecr.io', true],
    [{ host: '*.azurecr.io', cloud: 'azure' } as const, 'a.b.azurecr.io', false],
    [{ host: '*-docker.pkg.dev', cloud: 'google' } as const, 'eu-docker.pkg.dev', true],
    [{ host: '*-docker.pkg.dev', cloud: 'google' } as const, 'eu.evil-docker.pkg.dev', false],
  ])('%j: %s is %s', (key, host, isAllowed) => {
    expect(new RegExp(formatAllowed([], [key])).test(host)).toBe(isAllowed);
    const others = [{ ...AWS, host: '9*.dkr.ecr.*.amazonaws.com' }, { host: '*.other.test' }];
    expect(new RegExp(formatAllowed(['quay.io'], [key, ...others])).test(host)).toBe(isAllowed);
  });

  it('allows nothing without globs', () => {
    for (const host of ['', '.', 'quay.io', 'a.']) {
      expect(new RegExp(formatAllowed([])).test(host)).toBe(false);
    }
  });
});

describe('parseOnDemand', () => {
  it('takes allowed hosts as anonymous upstreams', () => {
    expect(parseOnDemand('["ghcr.io", "quay.io", "ghcr.io"]', formatAllowed(['ghcr.io']))).toEqual([
      { name: { host: 'ghcr.io', namespace: '' }, rawKey: 'ghcr.io', credential: undefined },
    ]);
  });

  it('leaves out texts that are not hosts, and survives any file', () => {
    expect(
      hostsIn(['a..b', '-', 'index.docker.io', 'a.test:99999', 7, null], '*', '*:99999'),
    ).toEqual([]);
    for (const text of ['', '{', '{}', '"ghcr.io"', 'null']) {
      expect(parseOnDemand(text, formatAllowed(['*']))).toEqual([]);
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
