import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, pushImage, type Stage } from './stage.ts';
import { openTunnel, type ProxyAppliance, startProxy } from './through-proxy.ts';

let stage: Stage;
let proxy: ProxyAppliance;
let other: Server;
let otherHost: string;
const heard: string[] = [];

beforeAll(async () => {
  stage = await openStage();
  const { gateway } = stage.network;
  const registry = await stage.upstream();
  await pushImage(registry, 'team/app', 'v1', { seed: 'paths' });
  other = createServer((request, response) => {
    heard.push(`${request.url} ${request.headers.authorization}`);
    response.end('other');
  });
  await once(other.listen(0, gateway), 'listening');
  otherHost = `${gateway}:${(other.address() as AddressInfo).port}`;
  const env = { ALLOW_PUSH: 'true', CONNECT_OTHERS: 'refuse' };
  proxy = await startProxy(stage, { 'reg.test': { url: registry.url } }, { env });
});

afterAll(async () => {
  other.close();
  await stage[Symbol.asyncDispose]();
});

/** Sends a request line that no HTTP client would send, and returns the answer. */
async function sendLine(line: string): Promise<string> {
  const { socket } = await openTunnel(proxy, 'reg.test:443');
  const secure = connectTls({
    socket,
    ca: await proxy.ca(),
    servername: 'reg.test',
    ALPNProtocols: ['http/1.1'],
  });
  const login = 'Authorization: Basic c2VjcmV0OnNlY3JldA==';
  secure.write(`${line} HTTP/1.1\r\nHost: reg.test\r\n${login}\r\nConnection: close\r\n\r\n`);
  return text(secure);
}

it.each([
  ['two slashes', (host: string) => `GET //${host}/x`],
  ['three slashes', (host: string) => `GET ///${host}/x`],
  ['a slash and a backslash', (host: string) => `GET /\\${host}/x`],
  ['backslashes', (host: string) => `GET \\\\${host}/x`],
  ['an encoded backslash', (host: string) => `GET /%5c${host}/x`],
  ['dot segments', (host: string) => `GET /v2/..//${host}/x`],
  ['encoded dot segments', (host: string) => `GET /v2/%2e%2e//${host}/x`],
  ['a user name', (host: string) => `GET //reg.test@${host}/x`],
  ['a whole URL', (host: string) => `GET http://${host}/x`],
  [
    'a whole URL of the registry, and two slashes',
    (host: string) => `GET https://reg.test//${host}/x`,
  ],
  ['a push to two slashes', (host: string) => `POST //${host}/v2/a/blobs/uploads/`],
  ['a tab', (host: string) => `GET /\t/${host}/x`],
])('a path with %s never leads to the host in it', async (_, lineOf) => {
  const answer = await sendLine(lineOf(otherHost));
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect(heard).toEqual([]);
});

it('the log has such paths, and those that a registry answers', async () => {
  await sendLine('GET //evil.test/x');
  expect(await sendLine('GET /v2/_catalog')).toMatch(/^HTTP\/1\.1 200 /);
  const listPaths = async () => (await proxy.appliance.accessLog()).map(({ path }) => path);
  await expect.poll(listPaths).toEqual(expect.arrayContaining(['//evil.test/x', '/v2/_catalog']));
});
