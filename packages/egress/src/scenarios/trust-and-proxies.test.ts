import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { reply, startOrigin } from '../testing/origin.ts';
import { guardedConnector, type LookupAll } from '../wire/transport/connector.ts';
import { AddressGuard } from '../wire/transport/guard.ts';
import { trustContext } from '../wire/transport/trust.ts';

let dir: string;
let cert: string;
let key: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'egress-tls-'));
  const names = 'subjectAltName=DNS:reg.test,IP:127.0.0.1';
  const [keyFile, certFile] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const subject = ['-subj', '/CN=reg.test', '-addext', names, '-days', '2'];
  await promisify(execFile)('openssl', [
    'req',
    '-x509',
    ...curve,
    ...subject,
    '-keyout',
    keyFile,
    '-out',
    certFile,
  ]);
  [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
});
afterAll(() => rm(dir, { recursive: true }));

async function startTlsOrigin(headers: Record<string, string> = {}, status = 200) {
  const server = createHttpsServer({ cert, key }, (_request, response) =>
    reply(response, status, 'over tls', headers),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `https://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await promisify(server.close.bind(server))();
    },
  };
}

/** A forward proxy that records the names and connects each of them to `port`. */
async function startProxy(port: number) {
  const asked: string[] = [];
  const server = createHttpServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization']}`);
    reply(response, 200, 'through the proxy');
  });
  server.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization']}`);
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    asked,
    url: `http://user:pa%40ss@127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

test("trusts the certificates of an upstream's own CA, and no others", async () => {
  await using origin = await startTlsOrigin();
  const upstreams = [
    upstreamAt(origin.url, { ca: cert }),
    upstreamAt(origin.url, { id: 'strict' }),
  ];
  await using egress = await startFixture(origin.url, { options: { upstreams } });
  expect((await egress.ask('/v2/a/tags/list')).body).toBe('over tls');
  const refused = await egress.ask('/v2/a/tags/list', { id: 'strict' });
  expect(refused.status).toBe(502);
  expect(refused.body).toContain(
    `TLS with 127.0.0.1:${origin.port} failed (DEPTH_ZERO_SELF_SIGNED_CERT)`,
  );
});

test.each([
  ['redirect', 307, (url: string) => ({ location: url }), 'a redirect from https to http'],
  [
    'token service',
    401,
    (url: string) => ({ 'www-authenticate': `Bearer realm="${url}"` }),
    'refused to send credentials',
  ],
])('refuses to go from https to http for a %s', async (_name, status, headers, message) => {
  await using plain = await startOrigin((_seen, response) => reply(response, 200, '{"token":"x"}'));
  await using origin = await startTlsOrigin(headers(plain.url), status);
  const upstreams = [upstreamAt(origin.url, { ca: cert })];
  await using egress = await startFixture(origin.url, { options: { upstreams } });
  expect((await egress.ask('/v2/a/tags/list')).body).toContain(message);
  expect(plain.seen).toEqual([]);
});

test('asks https upstreams through HTTPS_PROXY, except those of NO_PROXY', async () => {
  await using origin = await startTlsOrigin();
  using proxy = await startProxy(origin.port);
  const upstreams = [
    upstreamAt('https://reg.test', { ca: cert }),
    upstreamAt('https://near.test', { id: 'near', key: 'near.example.com', ca: cert }),
  ];
  const env = { HTTPS_PROXY: proxy.url, NO_PROXY: 'near.test' };
  await using egress = await startFixture('', {
    options: { upstreams },
    deps: {
      env,
      lookup: (_name, _options, callback) =>
        callback(Object.assign(new Error(), { code: 'ENOTFOUND' }), []),
    },
  });
  expect((await egress.ask('/v2/a/tags/list')).body).toBe('over tls');
  expect(proxy.asked).toEqual([`CONNECT reg.test:443 Basic ${btoa('user:pa@ss')}`]);
  expect((await egress.ask('/v2/a/tags/list', { id: 'near' })).body).toContain(
    'near.test could not be resolved',
  );
});

test('asks http upstreams through HTTP_PROXY', async () => {
  using proxy = await startProxy(0);
  await using egress = await startFixture('http://reg.test', {
    deps: { env: { http_proxy: proxy.url } },
  });
  expect((await egress.ask('/v2/a/tags/list')).body).toBe('through the proxy');
  expect(proxy.asked).toEqual([`GET http://reg.test/v2/a/tags/list Basic ${btoa('user:pa@ss')}`]);
});

test('the error names a proxy that is down, not the upstream', async () => {
  const env = { HTTPS_PROXY: 'http://127.0.0.1:9' };
  await using egress = await startFixture('https://reg.test', { deps: { env } });
  const got = await egress.ask('/v2/a/tags/list');
  expect(got.body).toContain('reg.test, through the outbound proxy, refused the connection');
});

test('a redirect to an inner address is refused behind a proxy as well', async () => {
  await using origin = await startTlsOrigin({ location: 'https://169.254.169.254/latest' }, 307);
  using proxy = await startProxy(origin.port);
  const upstreams = [upstreamAt('https://reg.test', { ca: cert })];
  await using egress = await startFixture('', {
    options: { upstreams },
    deps: { env: { HTTPS_PROXY: proxy.url } },
  });
  expect((await egress.ask('/v2/a/tags/list')).body).toContain('refused to follow');
  expect(proxy.asked).toHaveLength(1);
});

test('the address of an upstream is trusted only after its certificate proves its name', async () => {
  const guard = new AddressGuard({ storageHosts: [], isGuarded: false });
  await using origin = await startTlsOrigin();
  const lookup: LookupAll = (_name, _options, callback) =>
    callback(null, [{ address: '127.0.0.1', family: 4 }]);
  const connectAs = (servername: string) => {
    const connector = guardedConnector({
      ...{ guard, isOwn: true, lookup, connectMs: 2000 },
      secureContext: trustContext({ ca: cert }),
    });
    const { port } = origin;
    const asked = { hostname: servername, host: servername, protocol: 'https:', port: `${port}` };
    return new Promise<string>((resolve) =>
      connector({ ...asked, servername }, (error, socket) => {
        socket?.destroy();
        resolve(error?.message ?? 'connected');
      }),
    );
  };
  // A lying DNS: the address is an inner one, and another host listens there.
  expect(await connectAs('liar.test')).toMatch(/does not match certificate/);
  expect(guard.allows('127.0.0.1', 'x.test')).toBe(false);
  expect(await connectAs('reg.test')).toBe('connected');
  expect(guard.allows('127.0.0.1', 'x.test')).toBe(true);
});
