import { X509Certificate } from 'node:crypto';
import { unwrap } from '@registry-cache/domain';
import { createLogger } from '@registry-cache/runtime';
import { beforeAll, expect, it, vi } from 'vitest';
import { createAuthority } from '../certificate/create-authority.ts';
import { createServerCertificate } from '../certificate/create-server.ts';
import { parseSettings } from '../settings/parse.ts';
import { upstreamsOf } from '../testing/upstreams.ts';
import { describeStart, reportVersion } from './start.ts';

let certificate: string;

beforeAll(async () => {
  certificate = await createServerCertificate(
    ['cache.test', '127.0.0.1', '::1', 'fd00::8'],
    new Date(),
  );
});

const POLICY = 'upstreams: {quay.io: {offline: true}}';

/** The fields of each line, by its message. */
function fieldsOf(
  environment: Record<string, string> = {},
  more: Partial<Parameters<typeof describeStart>[0]> = {},
): Record<string, unknown> {
  const lines = describeStart({
    settings: unwrap(parseSettings(environment)),
    upstreams: unwrap(upstreamsOf(['docker.io', 'quay.io'], POLICY)),
    isPublic: false,
    hosted: undefined,
    onDemandKeys: [],
    defaultRegistry: 'docker.io',
    connect: undefined,
    htpasswd: undefined,
    issuers: [],
    certificate,
    ...more,
  });
  return Object.fromEntries(lines.map(({ msg, fields }) => [msg, fields]));
}

it('says where it listens, what it serves, and how large the store may get', () => {
  const fields = fieldsOf();
  expect(Object.keys(fields)).toEqual(['listens', 'serves', 'stores', 'features', 'certificate']);
  expect(fields).toMatchObject({
    listens: { https: ':8443', health: '127.0.0.1:8081' },
    serves: { registries: ['docker.io', 'quay.io'], withoutName: 'docker.io' },
    stores: { path: '/var/lib/registry', maxSize: '10 GiB', staysFree: '1 GiB or 5%' },
  });
});

it('names the listeners that are on, and no others', async () => {
  const connect = {
    authority: await createAuthority(new Date()),
    targets: new Map(),
    certificate,
  } as unknown as Parameters<typeof describeStart>[0]['connect'];
  expect(fieldsOf().listens).toEqual({ https: ':8443', health: '127.0.0.1:8081' });
  expect(fieldsOf({ HTTP_LISTEN: ':5000', REDIRECT_LISTEN: ':8080' }, { connect }).listens).toEqual(
    {
      https: ':8443',
      http: ':5000',
      proxy: ':3128',
      redirect: ':8080',
      health: '127.0.0.1:8081',
    },
  );
});

it('says what is on: login, proxy, offline and on demand', () => {
  expect(fieldsOf({}, { upstreams: [] }).features).toEqual({
    login: 'off',
    proxy: 'off',
    offline: 'off',
    onDemand: 'off',
  });
  const onDemand = { ON_DEMAND_REGISTRIES: 'ghcr.io *.gcr.io' };
  expect(fieldsOf(onDemand, { htpasswd: 'ann:$2y$10$x' }).features).toEqual({
    login: 'on',
    proxy: 'off',
    offline: ['quay.io'],
    onDemand: ['ghcr.io', '*.gcr.io'],
  });
  const onDemandKeys = [{ host: '*.azurecr.io', cloud: 'azure' as const }, { host: '*.gcr.io' }];
  expect(fieldsOf(onDemand, { onDemandKeys }).features).toMatchObject({
    onDemand: ['ghcr.io', '*.gcr.io', '*.azurecr.io'],
  });
  expect(fieldsOf({ OFFLINE: 'true' }).features).toMatchObject({ offline: 'on' });
});

it("says the certificate's SHA-256 fingerprint, names and last day", () => {
  const { fingerprint256, validToDate } = new X509Certificate(certificate);
  expect(fieldsOf().certificate).toEqual({
    fingerprint: fingerprint256,
    names: ['cache.test', '127.0.0.1', '::1', 'fd00::8'],
    validUntil: validToDate.toISOString().slice(0, 10),
  });
});

it('leaves what is served to a line of its own where there is no pull secret', () => {
  expect(fieldsOf({}, { isPublic: true })).not.toHaveProperty('serves');
});

it('says which proxies in front are trusted, where there are any', () => {
  const trusted = { TRUSTED_PROXIES: '10.0.0.0/8 fd00::/8' };
  const trustedProxies = ['10.0.0.0/8', 'fd00::/8'];
  expect(fieldsOf().features).not.toHaveProperty('trustedProxies');
  expect(fieldsOf(trusted).features).toMatchObject({ trustedProxies });
  expect(fieldsOf(trusted).features).not.toHaveProperty('proxyProtocol');
  expect(fieldsOf({ ...trusted, PROXY_PROTOCOL: 'true' }).features).toMatchObject({
    trustedProxies,
    proxyProtocol: 'on',
  });
});

it('names the log collectors, where there are any', () => {
  const collectors = ['tls://logs.test:6514', 'udp://10.0.0.9:514'];
  expect(fieldsOf().features).not.toHaveProperty('logForward');
  expect(fieldsOf({ LOG_FORWARD: collectors.join(' ') }).features).toMatchObject({
    logForward: collectors,
  });
});

it('names the version', () => {
  const log = createLogger('config', 'fatal');
  const info = vi.spyOn(log, 'info');
  reportVersion(log);
  expect(info).toHaveBeenCalledExactlyOnceWith(
    { version: expect.stringMatching(/^\d+\.\d+\.\d+$/) },
    'registry-cache starts',
  );
});
