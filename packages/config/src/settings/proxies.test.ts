import { describe, expect, it } from 'vitest';
import { findProxyIssues } from './proxies.ts';

const found = (environment: Record<string, string>) =>
  findProxyIssues(environment).map((issue) => `${issue.path}: ${issue.found}`);

describe('findProxyIssues', () => {
  it('takes HTTP proxies, with and without a scheme', () => {
    const environment = { HTTPS_PROXY: 'http://user:pass@proxy:3128', http_proxy: 'proxy:3128' };
    expect(found(environment)).toEqual([]);
    expect(found({ https_proxy: 'HTTPS://proxy' })).toEqual([]);
    expect(found({})).toEqual([]);
  });

  it('names a SOCKS proxy by its variable, and shows no password', () => {
    expect(found({ https_proxy: 'socks5h://user:secret@127.0.0.1:1080' })).toEqual([
      'https_proxy: a socks5h:// proxy',
    ]);
    expect(found({ HTTP_PROXY: 'SOCKS4://127.0.0.1' })).toEqual(['HTTP_PROXY: a socks4:// proxy']);
  });

  it('refuses ALL_PROXY where no other variable names a proxy', () => {
    expect(found({ ALL_PROXY: 'socks5h://127.0.0.1' })).toEqual(['ALL_PROXY: a socks5h:// proxy']);
    expect(found({ all_proxy: 'socks5://127.0.0.1', https_proxy: 'http://proxy' })).toEqual([]);
  });
});
