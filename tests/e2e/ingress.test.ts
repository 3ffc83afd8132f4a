import {
  type Appliance,
  type Bundle,
  basicAuthorization,
  createCertificateAuthority,
  createHttpClient,
  createSkopeoClient,
  type HttpClient,
  pullTarget,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAddress } from './guesser.ts';
import { type Forwarder, reserveAddress, startForwarder } from './ingress-container.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets } from './traffic.ts';

const ANN = { username: 'ann', password: 'pass-ann' };
const MANIFEST = '/v2/reg.test/team/app/manifests/v1';

let stage: Stage;
let image: Bundle;
let cache: Appliance;
/** Of the cache, on the network. */
let address: string;
let ingress: Forwarder;
/** Addresses that the cache trusts: the ingress and another proxy. */
let near: string;
let far: string;
/** As clients know the ingress. */
let host: string;
let ca: string;

beforeAll(async () => {
  stage = await openStage();
  const upstream = await stage.upstream();
  image = await pushImage(upstream, 'team/app', 'v1', { seed: 'behind an ingress' });
  near = reserveAddress(stage, 240);
  far = reserveAddress(stage, 241);
  cache = await stage.appliance(
    { 'reg.test': upstream },
    {
      passwords: { [ANN.username]: ANN.password },
      env: { HTTP_LISTEN: ':5000', TRUSTED_PROXIES: `${near}/31` },
    },
  );
  address = await findAddress(cache.id, stage.network);
  const authority = await createCertificateAuthority();
  ca = authority.certificatePem;
  host = `${near}:8443`;
  const tls = await authority.issue({ names: [near, 'cache.example.test'] });
  ingress = await startForwarder(stage, 'nginx', { address: near, config: nginxConfig(), tls });
  await until('the ingress serves', async () => {
    await using client = throughIngress();
    return (await client.get('/v2/')).status === 401;
  });
});

afterAll(() => stage[Symbol.asyncDispose]());

/**
 * An ingress that sends the cache another Host than the client's, as some do. Port 8443 goes on in
 * plain HTTP, port 8444 over TLS.
 */
function nginxConfig(): string {
  const forward = `
    proxy_http_version 1.1;
    proxy_buffering off;
    proxy_set_header Host inner.test;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;`;
  return `
daemon off;
pid /tmp/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path /tmp/${kind};`).join(' ')}
  server {
    listen 8443 ssl;
    ssl_certificate /forwarder/tls.pem;
    ssl_certificate_key /forwarder/tls.pem;
    location / { ${forward}
      proxy_pass http://${address}:5000;
    }
    location /cache/ { ${forward}
      proxy_set_header X-Forwarded-Prefix /cache;
      proxy_pass http://${address}:5000/;
    }
  }
  server {
    listen 8444 ssl;
    ssl_certificate /forwarder/tls.pem;
    ssl_certificate_key /forwarder/tls.pem;
    location / { ${forward}
      proxy_pass https://${address}:8443;
    }
  }
  server {
    listen 8080;
    location / { ${forward}
      proxy_pass https://${address}:8443;
    }
  }
}`;
}

const throughIngress = (credentials?: typeof ANN): HttpClient =>
  createHttpClient({ url: `https://${host}`, ca, ...(credentials && { credentials }) });

/** As clients know the port that encrypts again. */
const encryptedHost = (): string => `${near}:8444`;

const throughEncryption = (credentials?: typeof ANN): HttpClient =>
  createHttpClient({ url: `https://${encryptedHost()}`, ca, ...(credentials && { credentials }) });

/** Straight to the plain listener, from an address that the cache does not trust. */
const straight = (): HttpClient => createHttpClient({ url: `http://${address}:5000` });

/** The client's address in the log line of the request that had this User-Agent. */
async function loggedClient(appliance: Appliance, agent: string): Promise<string> {
  const find = async () => (await appliance.accessLog()).find((line) => line.agent === agent);
  return (await until(`a log line of ${agent}`, find)).client;
}

/** The addresses in one of HAProxy's tables. */
async function listSources(table: string): Promise<string[]> {
  const script = `require('node:net').connect('/run/registry-cache/sock/haproxy-stats.sock')
    .end('show table ${table}\\n').pipe(process.stdout)`;
  const { stdout } = await cache.exec(['node', '-e', script]);
  expect(stdout).toContain(`table: ${table}`);
  return [...stdout.matchAll(/ key=(\S+)/g)].map(([, key = '']) => key);
}

describe('an ingress that ends TLS', () => {
  it('passes logins and pulls of skopeo on', async () => {
    await using skopeo = await createSkopeoClient({ ca });
    const reference = `${host}/reg.test/team/app:v1`;
    const login = `--src-creds=${ANN.username}:${ANN.password}`;
    expect(await skopeo.copy(reference, login)).toMatchObject({ exitCode: 0 });
    expect((await skopeo.copy(reference, '--src-creds=ann:wrong')).exitCode).not.toBe(0);
  });

  it('passes manifests and layers on by password', async () => {
    await using client = throughIngress(ANN);
    for (const target of listTargets('reg.test', 'team/app', 'v1', image)) {
      await pullTarget(client, target);
    }
  });

  it('has its own address in the challenge, and tokens from there are accepted', async () => {
    await using client = throughIngress();
    const { status, headers } = await client.get(MANIFEST);
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toContain(`realm="https://${host}/token"`);
    const answer = await client.get('/token?scope=repository:reg.test/team/app:pull', {
      headers: { authorization: basicAuthorization(ANN) },
    });
    const { token } = answer.json() as { token: string };
    const authorization = `Bearer ${token}`;
    expect((await client.get(MANIFEST, { headers: { authorization } })).status).toBe(200);
  });

  it.each(['203.0.113.9', '203.0.113.9, 240.0.0.1', '"', '"203.0.113.9'])(
    'tells the address of its client, whatever the client claims (%s)',
    async (claim) => {
      const agent = `claim ${claim}`;
      await using client = throughIngress(ANN);
      const headers = { 'user-agent': agent, 'x-forwarded-for': claim };
      expect((await client.get(MANIFEST, { headers })).status).toBe(200);
      expect(await loggedClient(cache, agent)).toBe(stage.network.gateway);
    },
  );

  it('is told that image names have no place for a path prefix', async () => {
    await using client = throughIngress(ANN);
    const answer = await client.get('/cache/v2/');
    expect(answer.status).toBe(400);
    expect(answer.text()).toContain('path prefix');
  });
});

describe('an ingress that encrypts again, to the TLS port', () => {
  it('passes logins and pulls of skopeo on', async () => {
    await using skopeo = await createSkopeoClient({ ca });
    const login = `--src-creds=${ANN.username}:${ANN.password}`;
    const pulled = await skopeo.copy(`${encryptedHost()}/reg.test/team/app:v1`, login);
    expect(pulled).toMatchObject({ exitCode: 0 });
  });

  it('has its own address in the challenge, and tells the address of its client', async () => {
    await using client = throughEncryption();
    const headers = { 'user-agent': 'encrypted again' };
    const answer = await client.get(MANIFEST, { headers });
    expect(answer.headers['www-authenticate']).toContain(
      `realm="https://${encryptedHost()}/token"`,
    );
    expect(await loggedClient(cache, 'encrypted again')).toBe(stage.network.gateway);
  });

  it.each([
    ['podman', () => encryptedHost()],
    ['containerd', () => encryptedHost()],
    ['podman', () => 'cache.example.test'],
    ['docker', () => 'cache.example.test'],
  ])('serves the set-up script of %s with the address that its client asked', async (name, ask) => {
    await using client = throughEncryption();
    const script = await client.get(`/setup/${name}`, { headers: { host: ask() } });
    expect(script.status).toBe(200);
    expect(script.text()).toContain(ask());
    expect(script.text()).not.toContain('inner.test');
    expect(script.text()).not.toContain(address);
  });

  it('gets no set-up script for a client that came by plain HTTP', async () => {
    await using client = createHttpClient({ url: `http://${near}:8080` });
    const script = await client.get('/setup/podman');
    expect(script.status).toBe(404);
    expect(script.text()).toContain('X-Forwarded-Proto');
    expect((await client.get('/ca.crt')).status).toBe(404);
  });
});

/** The address of 6to4 that contains this IPv4 address. */
function sixToFour(ipv4: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number);
  return `2002:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}::1`;
}

describe('X-Forwarded-For of a trusted proxy', () => {
  const one = '203.0.113.5';

  it.each<[string, () => string | string[] | undefined, () => string]>([
    ['nothing', () => undefined, () => near],
    ['one address', () => one, () => one],
    ['an IPv6 address', () => '2001:db8::7', () => '2001:db8::7'],
    ['addresses with a port', () => `${one}:4711, ${far}:4712`, () => one],
    ['IPv6 with a port', () => `${one}, [2001:db8::7]:4711`, () => '2001:db8::7'],
    ['IPv6 in brackets', () => '[2001:db8::8]', () => '2001:db8::8'],
    ['a claim on the left', () => `198.51.100.1, ${one}`, () => one],
    ['6to4 of a trusted one', () => `${one}, ${sixToFour(far)}`, () => sixToFour(far)],
    ['a trusted proxy as IPv6', () => `${one}, ::ffff:${far}`, () => one],
    ['several lines', () => ['198.51.100.1', one], () => one],
    ['another trusted proxy', () => `198.51.100.1, ${one}, ${far}`, () => one],
    ['trusted proxies alone', () => `${far}, ${far}`, () => far],
    ['text on the right', () => `${one}, unknown`, () => near],
    ['text behind a trusted proxy', () => `${one}, unknown, ${far}`, () => far],
    ['an open quote', () => `", ${one}`, () => one],
    ['an open quote in a line before', () => ['"', one], () => one],
    ['more proxies than are looked through', () => [one, ...Array(6).fill(far)].join(), () => far],
  ])('leads to the rightmost address that is not trusted: %s', async (name, claim, expected) => {
    const agent = `forwarded ${name}`;
    const forwarded = claim();
    const headers = { 'user-agent': agent, ...(forwarded && { 'x-forwarded-for': forwarded }) };
    await ingress.send(address, headers);
    expect(await loggedClient(cache, agent)).toBe(expected());
  });

  it('is the address by which wrong passwords are counted', async () => {
    const of = (client: string) => ({ 'x-forwarded-for': client });
    const statuses = await ingress.guess(address, 40, of('203.0.113.66'));
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect(await ingress.guess(address, 1, of('203.0.113.67'))).toEqual([401]);
  });

  it('is the source by which requests and connections are counted', async () => {
    await ingress.send(address, { 'x-forwarded-for': '203.0.113.70' });
    expect(await listSources('own:requests')).toContain('::ffff:203.0.113.70');
    // One limit for all clients of an ingress would stop them together.
    expect(await listSources('own:connections')).not.toContain(`::ffff:${near}`);
  });

  it('counts for one request, and not for the next one on the same connection', async () => {
    const first = { 'user-agent': 'kept first', 'x-forwarded-for': one };
    const second = { 'user-agent': 'kept second', 'x-forwarded-for': '203.0.113.6' };
    await ingress.send(address, first, second, { 'user-agent': 'kept third' });
    expect(await loggedClient(cache, 'kept first')).toBe(one);
    expect(await loggedClient(cache, 'kept second')).toBe('203.0.113.6');
    expect(await loggedClient(cache, 'kept third')).toBe(near);
  });
});

describe('a client without a trusted proxy', () => {
  const lies = {
    'x-forwarded-for': '203.0.113.5',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'evil.test',
    'x-forwarded-prefix': '/evil',
  };

  it('cannot choose its address, nor the host and scheme of the challenge', async () => {
    await using client = straight();
    const { status, headers } = await client.get('/v2/', {
      headers: { ...lies, 'user-agent': 'liar' },
    });
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toContain(`realm="http://${address}:5000/token"`);
    expect(await loggedClient(cache, 'liar')).toBe(stage.network.gateway);
    await using secure = createHttpClient({ url: cache.url, ca: cache.ca, pinned: true });
    const answer = await secure.get('/v2/', { headers: { ...lies, host: 'cache.test' } });
    expect(answer.headers['www-authenticate']).toContain('realm="https://cache.test/token"');
  });

  it('cannot escape the limit of wrong passwords, straight or through the ingress', async () => {
    for (const open of [straight, throughIngress]) {
      await using client = open();
      const guess = async (index: number) => {
        const authorization = basicAuthorization({ username: 'ann', password: `guess${index}` });
        const headers = { authorization, 'x-forwarded-for': `203.0.113.${index}` };
        return (await client.get('/v2/', { headers })).status;
      };
      const statuses = await Promise.all(Array.from({ length: 40 }, (_, index) => guess(index)));
      expect(statuses).toContain(429);
    }
  });

  it('pulls in plain HTTP, and gets set-up scripts by TLS alone', async () => {
    await using client = straight();
    const headers = { authorization: basicAuthorization(ANN) };
    expect((await client.get(MANIFEST, { headers })).status).toBe(200);
    const script = await client.get('/setup/podman');
    expect(script.status).toBe(404);
    expect(script.text()).toContain('TLS port');
    await using secure = cache.client();
    expect((await secure.get('/ca.crt')).status).toBe(200);
  });
});
