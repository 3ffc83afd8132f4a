import { describe, expect, it } from 'vitest';
import { upstreamsOf } from '../testing/upstreams.ts';
import { buildUpstreamId } from './upstream-id.ts';

describe('buildUpstreams', () => {
  it('serves a key with a port by its raw form and by one that fits into a reference', () => {
    const built = upstreamsOf(['reg.example.com:5000']);
    expect(built.ok && built.value[0]).toMatchObject({
      id: 'reg.example.com_5000',
      url: 'https://reg.example.com:5000',
      prefixes: ['reg.example.com:5000', 'reg.example.com_5000'],
    });
  });

  it('fetches docker.io from registry-1.docker.io', () => {
    const built = upstreamsOf(['https://index.docker.io/v1/']);
    expect(built.ok && built.value[0]).toMatchObject({
      key: 'docker.io',
      url: 'https://registry-1.docker.io',
      hasLibrary: true,
    });
  });

  it('applies URL and aliases of the policy', () => {
    const built = upstreamsOf(
      ['quay.io/org'],
      'upstreams: {quay.io/org: {url: http://q:1/, aliases: [q]}}',
    );
    expect(built.ok && built.value[0]).toMatchObject({
      url: 'http://q:1',
      prefixes: ['quay.io/org', 'q/org'],
    });
  });

  it('refuses a policy for an unknown upstream and names that clash', () => {
    expect(upstreamsOf(['quay.io'], 'upstreams: {ghcr.io: {}}').ok).toBe(false);
    const clash = upstreamsOf(
      ['quay.io', 'ghcr.io'],
      'upstreams: {quay.io: {aliases: [hub]}, ghcr.io: {aliases: [hub]}}',
    );
    expect(clash.ok ? '' : clash.issues[0]?.found).toContain('hub');
  });
});

describe('buildUpstreamId', () => {
  it('never gives two keys one id, nor a name that sockets cannot hold', () => {
    const names = [
      { host: 'quay.io', namespace: '' },
      { host: 'quay.io', namespace: 'a/b' },
      { host: 'quay.io', namespace: 'a_b' },
      { host: 'quay.io:443', namespace: '' },
      { host: `${'a'.repeat(60)}.io`, namespace: '' },
      { host: `${'a'.repeat(60)}.com`, namespace: '' },
    ];
    const ids = names.map(buildUpstreamId);
    expect(new Set(ids).size).toBe(names.length);
    for (const id of ids) expect(id).toMatch(/^[a-z0-9._-]{1,48}$/);
  });
});
