import { expect, it } from 'vitest';
import { parseSettings } from '../parse.ts';
import { SETTINGS } from '../table.ts';
import { applyAliases } from './apply.ts';
import { ALIASES } from './table.ts';

const NOTHING = { store: undefined, unused: [] };
const MOUNTED = { store: '/registry_proxy_mirror_cache', unused: [] };

it('names settings that exist, and no setting of our own', () => {
  const names = Object.keys(SETTINGS);
  for (const [name, { ours }] of Object.entries(ALIASES)) {
    expect(names).not.toContain(name);
    expect(names).toEqual(expect.arrayContaining([...ours]));
  }
});

it('gives each variable of that program the effect that it names', () => {
  const parsed = parseSettings({
    CACHE_MAX_SIZE: '32g',
    SEND_TIMEOUT: '61s',
    CLIENT_BODY_TIMEOUT: '62s',
    CLIENT_HEADER_TIMEOUT: '63',
    KEEPALIVE_TIMEOUT: '64s',
    PROXY_READ_TIMEOUT: '65s',
    PROXY_CONNECT_TIMEOUT: '66s',
    PROXY_SEND_TIMEOUT: '67s',
    PROXY_CONNECT_READ_TIMEOUT: '1m',
    PROXY_CONNECT_CONNECT_TIMEOUT: '15s',
    PROXY_CONNECT_SEND_TIMEOUT: '70s',
    PROXY_REQUEST_BUFFERING: 'true',
  });
  expect(parsed).toMatchObject({
    ok: true,
    value: {
      CLEANER_MAXSIZE: 32 * 1024 ** 3,
      EDGE_SEND_TIMEOUT: 61_000,
      EDGE_BODY_TIMEOUT: 62_000,
      EDGE_HEADER_TIMEOUT: 63_000,
      EDGE_KEEPALIVE_TIMEOUT: 64_000,
      EGRESS_HEADERS_TIMEOUT: 65_000,
      EGRESS_BLOB_HEADERS_TIMEOUT: 65_000,
      EGRESS_IDLE_TIMEOUT: 65_000,
      EGRESS_CONNECT_TIMEOUT: 66_000,
      EGRESS_SEND_TIMEOUT: 67_000,
      CONNECT_IDLE_TIMEOUT: 60_000,
      CONNECT_OPEN_TIMEOUT: 15_000,
      CONNECT_SEND_TIMEOUT: 70_000,
      PUSH_BUFFERING: true,
    },
  });
});

it('says what was taken, by both names', () => {
  const { taken, left } = applyAliases({ CACHE_MAX_SIZE: '32g', SEND_TIMEOUT: '' }, NOTHING);
  expect(taken).toEqual([['CACHE_MAX_SIZE=32g', 'CLEANER_MAXSIZE=32G']]);
  expect(left).toEqual([]);
});

it('lets our own settings win, and says so', () => {
  const { environment, taken, left } = applyAliases(
    {
      CACHE_MAX_SIZE: '32g',
      CLEANER_MAXSIZE: '5G',
      PROXY_READ_TIMEOUT: '9s',
      EGRESS_IDLE_TIMEOUT: '1s',
    },
    NOTHING,
  );
  expect(environment).toMatchObject({
    CLEANER_MAXSIZE: '5G',
    EGRESS_IDLE_TIMEOUT: '1s',
    EGRESS_HEADERS_TIMEOUT: '9s',
  });
  expect(taken).toEqual([
    ['PROXY_READ_TIMEOUT=9s', 'EGRESS_HEADERS_TIMEOUT=9s EGRESS_BLOB_HEADERS_TIMEOUT=9s'],
  ]);
  expect(left).toEqual([
    'CACHE_MAX_SIZE for CLEANER_MAXSIZE, which is set too',
    'PROXY_READ_TIMEOUT for EGRESS_IDLE_TIMEOUT, which is set too',
  ]);
});

it('names the variable that cannot be understood, with every other issue', () => {
  const parsed = parseSettings({ CACHE_MAX_SIZE: '32 apples', LOG_LEVEL: 'loud' });
  expect(parsed).toMatchObject({
    ok: false,
    issues: [{ path: 'CACHE_MAX_SIZE', found: '"32 apples"' }, { path: 'LOG_LEVEL' }],
  });
});

it('takes a mounted store with the size that its operators expect', () => {
  expect(parseSettings({}, MOUNTED)).toMatchObject({
    value: { REGISTRYDIR: '/registry_proxy_mirror_cache', CLEANER_MAXSIZE: 32 * 1024 ** 3 },
  });
  const sized = applyAliases({ CACHE_MAX_SIZE: '1g' }, MOUNTED);
  expect(sized.environment.CLEANER_MAXSIZE).toBe('1G');
  expect(sized.taken).toEqual([
    ['CACHE_MAX_SIZE=1g', 'CLEANER_MAXSIZE=1G'],
    ['/registry_proxy_mirror_cache', 'REGISTRYDIR=/registry_proxy_mirror_cache'],
  ]);
});

it('leaves a mounted store alone where REGISTRYDIR names another', () => {
  const { environment, taken, left } = applyAliases({ REGISTRYDIR: '/store' }, MOUNTED);
  expect(environment.REGISTRYDIR).toBe('/store');
  expect(environment.CLEANER_MAXSIZE).toBeUndefined();
  expect(taken).toEqual([]);
  expect(left).toEqual(['/registry_proxy_mirror_cache, since REGISTRYDIR is set']);
});

it.each([
  ['quay.io gcr.io', 'docker.io quay.io gcr.io'],
  ['quay.io docker.io', 'quay.io docker.io'],
  ['registry-1.docker.io', 'registry-1.docker.io'],
  ['quay.io/docker.io.example', 'docker.io quay.io/docker.io.example'],
])('serves Docker Hub beside REGISTRIES=%j of that program', (given, served) => {
  expect(applyAliases({ REGISTRIES: given }, MOUNTED).environment.REGISTRIES).toBe(served);
  expect(applyAliases({ REGISTRIES: given }, NOTHING).environment.REGISTRIES).toBe(given);
});

it('says which values ask for something that is not done', () => {
  const { left } = applyAliases({ VERIFY_SSL: 'false', DISABLE_IPV6: 'true' }, NOTHING);
  expect(left.map((text) => text.split(':')[0])).toEqual(['VERIFY_SSL=false', 'DISABLE_IPV6=true']);
  expect(applyAliases({ VERIFY_SSL: 'true', DISABLE_IPV6: 'false' }, NOTHING).left).toEqual([]);
});
