import { describe, expect, it } from 'vitest';
import { findStrayVariables, parseSettings } from './parse.ts';

describe('parseSettings', () => {
  it('tells whether PULLSECRETPATH was set, also to its default', () => {
    const isSet = (environment: NodeJS.ProcessEnv) => {
      const parsed = parseSettings(environment);
      return parsed.ok && parsed.value.isPullSecretPathSet;
    };
    expect(isSet({})).toBe(false);
    expect(isSet({ PULLSECRETPATH: '/pull-secret.json' })).toBe(true);
  });

  it('gives every setting its documented default', () => {
    const parsed = parseSettings({});
    expect(parsed.ok && parsed.value).toMatchObject({
      PULLSECRETPATH: '/pull-secret.json',
      IGNOREREGISTRYLIST: ['cloud.openshift.com'],
      CLEANER_MAXSIZE: 10 * 1024 ** 3,
      CLEANER_THRESHOLD_PERCENTAGE: 20,
      CLEANER_RUNEVERY_TIME: 1_800_000,
      REGISTRY_AUTH: '',
    });
  });

  it('takes 0 for content of a bucket that is kept for ever', () => {
    const parsed = parseSettings({ S3_EXPIRE: '0' });
    expect(parsed.ok && parsed.value.S3_EXPIRE).toBe(0);
  });

  it.each(['12h', '36h', '1s', '30s', '1d1s', ''])('refuses %j as the days of a bucket', (text) => {
    expect(parseSettings({ S3_EXPIRE: text }).ok).toBe(false);
  });

  it('reports all bad settings at once, each with the found and the accepted value', () => {
    const parsed = parseSettings({
      CLEANER_MAXSIZE: '10Q',
      CLEANER_THRESHOLD_PERCENTAGE: '-1',
      CLEANER_RUNEVERY_TIME: 'soon',
      REGISTRY_AUTH: 'ldap',
      REGISTRY_AUTH_HTPASSWD_REALM: 'a "realm"',
      HEALTH_LISTEN: '127.0.0.1:99999',
      EGRESS_PORT: '0',
      LOG_LEVEL: 'loud',
      PULLSECRETPATH: 'relative',
    });
    expect(parsed.ok).toBe(false);
    const issues = parsed.ok ? [] : parsed.issues;
    expect(issues.map(({ path }) => path).sort()).toEqual([
      'CLEANER_MAXSIZE',
      'CLEANER_RUNEVERY_TIME',
      'CLEANER_THRESHOLD_PERCENTAGE',
      'EGRESS_PORT',
      'HEALTH_LISTEN',
      'LOG_LEVEL',
      'PULLSECRETPATH',
      'REGISTRY_AUTH',
      'REGISTRY_AUTH_HTPASSWD_REALM',
    ]);
    expect(issues.find(({ path }) => path === 'CLEANER_MAXSIZE')?.found).toBe('"10Q"');
  });

  it.each([
    ['1G 5%', { bytes: 1024 ** 3, percent: 5 }],
    ['10% 2GB', { bytes: 2e9, percent: 10 }],
    ['7%', { bytes: null, percent: 7 }],
    ['0', { bytes: 0, percent: null }],
  ])('reads %j as free space', (text, value) => {
    const parsed = parseSettings({ CLEANER_MIN_FREE: text });
    expect(parsed.ok && parsed.value.CLEANER_MIN_FREE).toEqual(value);
  });

  it.each(['', '100%', '5% 6%', '1G 2G', 'much', '-1'])('refuses %j as free space', (text) => {
    expect(parseSettings({ CLEANER_MIN_FREE: text }).ok).toBe(false);
  });

  it('reads limits, 0 for none', () => {
    const parsed = parseSettings({ EGRESS_BYTES_PER_SECOND: '50MB' });
    expect(parsed.ok && parsed.value).toMatchObject({
      EGRESS_MAX_CONNECTIONS: 256,
      EGRESS_REQUESTS_PER_SECOND: 0,
      EGRESS_BYTES_PER_SECOND: 50_000_000,
    });
    expect(parseSettings({ EGRESS_MAX_CONNECTIONS: '1' }).ok).toBe(false);
  });

  it('refuses the PROXY protocol from nobody', () => {
    const parsed = parseSettings({ PROXY_PROTOCOL: 'true' });
    expect(parsed.ok ? [] : parsed.issues).toMatchObject([
      { path: 'TRUSTED_PROXIES', found: 'nothing' },
    ]);
    expect(parseSettings({ PROXY_PROTOCOL: 'true', TRUSTED_PROXIES: '10.0.0.0/8' }).ok).toBe(true);
  });

  it('reads an empty IGNOREREGISTRYLIST as an empty list', () => {
    const parsed = parseSettings({ IGNOREREGISTRYLIST: '' });
    expect(parsed.ok && parsed.value.IGNOREREGISTRYLIST).toEqual([]);
  });
});

describe('findStrayVariables', () => {
  it('finds variables that distribution would read and our programs do not', () => {
    const environment = { REGISTRY_AUTH: 'htpasswd', REGISTRY_PROXY_TTL: '1h', PATH: '/bin' };
    expect(findStrayVariables(environment)).toEqual(['REGISTRY_PROXY_TTL']);
  });
});

it('takes times of tags in the notation of nginx too, since other caches have these settings', () => {
  const times = { MANIFEST_CACHE_PRIMARY_TIME: '600', MANIFEST_CACHE_DEFAULT_TIME: '0s' };
  expect(parseSettings({ ...times, MANIFEST_CACHE_SECONDARY_TIME: '2M' })).toMatchObject({
    value: {
      MANIFEST_CACHE_PRIMARY_TIME: 600_000,
      MANIFEST_CACHE_DEFAULT_TIME: 0,
      MANIFEST_CACHE_SECONDARY_TIME: 5_184_000_000,
    },
  });
  expect(parseSettings({ MANIFEST_CACHE_DEFAULT_TIME: 'soon' }).ok).toBe(false);
});
