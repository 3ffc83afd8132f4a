import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Appliance, createHttpClient, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAddress } from './guesser.ts';
import { type Forwarder, reserveAddress, startForwarder } from './ingress-container.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

const MANIFEST = '/v2/reg.test/team/app/manifests/v1';

let stage: Stage;
let cache: Appliance;
let address: string;
let balancer: Forwarder;
let near: string;

beforeAll(async () => {
  stage = await openStage();
  const upstream = await stage.upstream();
  await pushImage(upstream, 'team/app', 'v1', { seed: 'behind a balancer' });
  near = reserveAddress(stage, 240);
  cache = await stage.appliance(
    { 'reg.test': upstream },
    {
      env: {
        HTTP_LISTEN: ':5000',
        REDIRECT_LISTEN: ':8080',
        CONNECT_PROXY: 'on',
        TRUSTED_PROXIES: near,
        PROXY_PROTOCOL: 'true',
      },
    },
  );
  address = await findAddress(cache.id, stage.network);
  const config = `
defaults
  mode tcp
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen tls
  bind :8443
  server cache ${address}:8443 send-proxy-v2
listen plain
  bind :5000
  server cache ${address}:5000 send-proxy
listen redirect
  bind :8080
  server cache ${address}:8080 send-proxy
listen connect
  bind :3128
  server cache ${address}:3128 send-proxy-v2
listen without
  bind :5001
  server cache ${address}:5000
`;
  balancer = await startForwarder(stage, 'haproxy', { address: near, config });
  await until('the balancer serves', async () => (await ask('https', 8443)).status === 200);
});

afterAll(() => stage[Symbol.asyncDispose]());

async function ask(scheme: 'http' | 'https', port: number, headers = {}) {
  const url = `${scheme}://${near}:${port}`;
  await using client = createHttpClient({ url, ca: cache.ca, pinned: true });
  return await client.get(MANIFEST, { headers });
}

async function loggedClient(agent: string): Promise<string> {
  const find = async () => (await cache.accessLog()).find((line) => line.agent === agent);
  return (await until(`a log line of ${agent}`, find)).client;
}

describe('PROXY_PROTOCOL', () => {
  it.each([
    ['https', 8443],
    ['http', 5000],
  ] as const)('logs the client of a balancer, and not its claim (%s)', async (scheme, port) => {
    const headers = { 'user-agent': `balanced ${scheme}`, 'x-forwarded-for': '203.0.113.5' };
    expect((await ask(scheme, port, headers)).status).toBe(200);
    expect(await loggedClient(`balanced ${scheme}`)).toBe(stage.network.gateway);
  });

  it('holds for the redirect and the proxy too', async () => {
    expect((await ask('http', 8080)).status).toBe(308);
    const socket = connect(3128, near);
    await once(socket, 'connect');
    socket.write('CONNECT other.test:1 HTTP/1.1\r\nHost: other.test:1\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 403 /);
    const find = async () => (await cache.accessLog()).find(({ path }) => path === 'other.test:1');
    const line = await until('a log line of the tunnel', find);
    expect(line.client).toBe(stage.network.gateway);
  });

  it('refuses a connection of the balancer without its header', async () => {
    await expect(ask('http', 5001)).rejects.toThrow();
    expect(await balancer.isRunning()).toBe(true);
  });

  it('is not expected of others, and a header of theirs is no request', async () => {
    await using client = cache.client();
    expect((await client.get(MANIFEST, { headers: { 'user-agent': 'direct' } })).status).toBe(200);
    const socket = connect(5000, address);
    await once(socket, 'connect');
    socket.end(`PROXY TCP4 203.0.113.5 ${address} 4711 5000\r\nGET /v2/ HTTP/1.0\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.[01] 400 /);
    const clients = (await cache.accessLog()).map(({ client }) => client);
    expect(clients).not.toContain('203.0.113.5');
  });
});
