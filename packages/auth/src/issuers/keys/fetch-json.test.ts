import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isInCluster, keepInCluster, readClusterAccess } from './cluster.ts';
import { createFetchJson } from './fetch-json.ts';

let server: Server;
let base: string;
const asked: string[] = [];
const fetchJson = createFetchJson({ ca: '', env: {} });

beforeAll(async () => {
  server = createServer(({ url = '', headers }, response) => {
    asked.push(url);
    if (url === '/good') response.end('{"keys": []}');
    else if (url === '/text') response.end('<html>');
    else if (url === '/large') response.end(`"${'x'.repeat(600_000)}"`);
    else if (url === '/jwks') {
      // As the API server of Kubernetes, which has its keys as this type alone.
      const isAccepted = headers.accept?.includes('application/jwk-set+json') ?? true;
      response.writeHead(isAccepted ? 200 : 406).end('{"keys": []}');
    } else if (url === '/slow') response.write('{');
    else if (url === '/moved') response.writeHead(302, { location: '/good' }).end();
    else if (url.startsWith('http://')) response.end('{"by": "the proxy"}');
    else if (url !== '/mute') response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const get = (path: string, signal = new AbortController().signal) =>
  fetchJson(new URL(path, base), signal);

test('gets JSON', async () => {
  expect(await get('/good')).toEqual({ keys: [] });
});

test('gets the keys of Kubernetes, which have a type of their own', async () => {
  expect(await get('/jwks')).toEqual({ keys: [] });
});

test.each([
  ['/text', 'did not answer with JSON'],
  ['/large', 'has more than 524288 bytes'],
  ['/moved', 'answered with status 302, not 200'],
  ['/missing', 'answered with status 404, not 200'],
])('refuses %s: it %s', async (path, reason) => {
  await expect(get(path)).rejects.toThrow(`${base}${path} ${reason}`);
});

test.each(['/mute', '/slow'])('gives up %s in time', async (path) => {
  await expect(get(path, AbortSignal.timeout(50))).rejects.toThrow(/abort|timeout/i);
});

test('goes through the outbound proxy', async () => {
  const proxied = createFetchJson({ ca: '', env: { HTTP_PROXY: base } });
  const url = new URL('http://issuer.test/keys');
  expect(await proxied(url, AbortSignal.timeout(2_000))).toEqual({ by: 'the proxy' });
  expect(asked.at(-1)).toBe(url.href);
});

test.each([
  ['https://kubernetes.default.svc', true],
  ['https://kubernetes.default.svc.cluster.local/openid/v1/jwks', true],
  ['https://kubernetes.default', true],
  ['http://kubernetes.default.svc', false],
  ['https://kubernetes.default.svc:8443', false],
  ['https://kubernetes.default.example.com', false],
  ['https://kubernetes.default.svcs.evil.test', false],
  ['https://evil.test/kubernetes.default.svc', false],
])('%s is the API server of this cluster: %s', (url, expected) => {
  expect(isInCluster(new URL(url))).toBe(expected);
});

test('asks the API server by its name in the cluster, and no other host with the token', () => {
  const issuer = new URL('https://kubernetes.default.svc.cluster.local');
  const keys = new URL('https://10.0.0.1:6443/openid/v1/jwks');
  expect(keepInCluster(keys, issuer).href).toBe(`${issuer.href}openid/v1/jwks`);
  const other = new URL('https://oidc.example.com/openid/v1/jwks');
  expect(keepInCluster(other, new URL('https://oidc.example.com'))).toBe(other);
});

test('reads what is mounted into a pod, and does without it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'service-account-'));
  expect(await readClusterAccess(folder)).toEqual({ ca: undefined, token: undefined });
  await writeFile(join(folder, 'ca.crt'), 'PEM');
  await writeFile(join(folder, 'token'), 'a.b.c\n');
  expect(await readClusterAccess(folder)).toEqual({ ca: 'PEM', token: 'a.b.c' });
  await rm(folder, { recursive: true });
});
