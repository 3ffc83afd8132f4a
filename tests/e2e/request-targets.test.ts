import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { type Bundle, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exchangeRaw, formatRequest, type RawAnswer, sendRaw } from './raw-request.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { openTunnel, type ProxyAppliance, startProxy } from './through-proxy.ts';

let stage: Stage;
let proxy: ProxyAppliance;
let image: Bundle;
/** HOST:PORT of a server to which no request may lead. */
let elsewhere: string;
const led: string[] = [];

beforeAll(async () => {
  stage = await openStage();
  const upstream = await stage.upstream();
  image = await pushImage(upstream, 'team/app', 'v1', { seed: 'targets' });
  const server = createServer((request, response) => {
    led.push(`${request.method} ${request.url}`);
    response.end('elsewhere');
  }).listen(0, stage.network.gateway);
  await once(server, 'listening');
  stage.use({ [Symbol.asyncDispose]: async () => void server.close() });
  elsewhere = `${stage.network.gateway}:${(server.address() as AddressInfo).port}`;
  proxy = await startProxy(
    stage,
    { 'reg.test': upstream },
    { env: { ALLOW_PUSH: 'true', CERTIFICATE_NAMES: '*.cache.test' } },
  );
});

beforeEach(() => void led.splice(0));

afterAll(() => stage[Symbol.asyncDispose]());

/** Each way in, and the Host header that belongs to it. */
const WAYS: readonly (readonly [string, string, (bytes: string) => Promise<RawAnswer[]>])[] = [
  ['the TLS port', 'cache', (bytes) => sendRaw(proxy.appliance, bytes)],
  ['the name of a registry', 'reg.test.cache.test', (bytes) => sendRaw(proxy.appliance, bytes)],
  ['the proxy', 'reg.test', sendThroughProxy],
];

async function sendThroughProxy(bytes: string): Promise<RawAnswer[]> {
  const { socket } = await openTunnel(proxy, 'reg.test:443');
  const secure = connect({ socket, ca: await proxy.ca(), servername: 'reg.test' });
  return exchangeRaw(secure, bytes);
}

const askFor = (target: string, host: string, method = 'GET') =>
  formatRequest(target, 'Authorization: Bearer of-the-client', 'Cookie: of=the-client')
    .replace('Host: cache', `Host: ${host}`)
    .replace('GET', method);

describe.each(WAYS)('through %s', (_, host, send) => {
  it.each([
    ['two slashes and a host', (to: string) => `//${to}/x`],
    ['a slash, a backslash and a host', (to: string) => `/\\${to}/x`],
    ['backslashes', (to: string) => `/\\\\${to}/x`],
    ['a user and a host', (to: string) => `//user@${to}/v2/team/app/manifests/v1`],
    ['two slashes alone', () => '//'],
    ['another authority', (to: string) => `http://${to}/x`],
    ['another authority over TLS', (to: string) => `https://${to}/v2/team/app/manifests/v1`],
    ['an authority without a scheme', (to: string) => to],
    ['a host without a slash', (to: string) => `@${to}/x`],
    ['a path without a slash', () => 'metrics'],
  ])('a target that is %s gets 400 and leads nowhere', async (_name, target) => {
    for (const method of ['GET', 'POST']) {
      const [answer] = await send(askFor(target(elsewhere), host, method));
      expect(answer?.status).toBe(400);
    }
    expect(led).toEqual([]);
  });

  it('a bad target is refused in the shape of the protocol, and logged with its path', async () => {
    const target = `//${elsewhere}/of-${host}`;
    const [answer] = await send(askFor(target, host));
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ errors: [{ code: 'NAME_INVALID' }] });
    const line = await until('it is logged', async () =>
      (await proxy.appliance.accessLog()).find(({ path }) => path === target),
    );
    expect(line).toMatchObject({ status: 400, kind: 'other', repository: '' });
    const { stdout } = await proxy.appliance.exec(['registry-cache', 'logs']);
    expect(stdout).toContain(` ${target} `);
  });

  it('a valid target is still served', async () => {
    const path = host === 'cache' ? '/v2/reg.test/team/app' : '/v2/team/app';
    const [answer] = await send(askFor(`${path}/manifests/${image.top.digest}`, host));
    expect(answer?.status).toBe(200);
  });
});

it('requests that the proxy passes on are logged with their path', async () => {
  await sendThroughProxy(askFor('/some/page?token=hidden', 'reg.test'));
  const { stdout } = await until('it is shown', async () => {
    const shown = await proxy.appliance.exec(['registry-cache', 'logs']);
    return shown.stdout.includes(' /some/page ') && shown;
  });
  expect(stdout).not.toContain('hidden');
});
