import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  type Appliance,
  createHttpClient,
  createSkopeoClient,
  type RegistryProcess,
  runOrThrow,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAddress } from './guesser.ts';
import { type Forwarder, reserveAddress, startForwarder } from './ingress-container.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

const MANIFEST = '/v2/reg.test/team/app/manifests/v1';

let stage: Stage;
let registry: RegistryProcess;
let cache: Appliance;
let address: string;
let balancer: Forwarder;
let near: string;

beforeAll(async () => {
  stage = await openStage();
  registry = await stage.upstream();
  await pushImage(registry, 'team/app', 'v1', { seed: 'behind a balancer' });
  near = reserveAddress(stage, 240);
  cache = await stage.appliance(
    { 'reg.test': registry },
    {
      env: {
        HTTP_LISTEN: ':5000',
        REDIRECT_LISTEN: ':8080',
        CONNECT_PROXY: 'on',
        ALLOW_PUSH: 'true',
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
listen checked
  mode http
  bind :5002
  option httpchk GET /checked
  http-check expect status 404
  server cache ${address}:5000 send-proxy-v2 check inter 200ms
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

  // A balancer's health check: the receiver takes the connection's own addresses (the protocol's
  // specification, 2.1 for UNKNOWN and 2.2 for LOCAL).
  it.each([
    ['LOCAL of version 2', Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex')],
    ['UNKNOWN of version 1', Buffer.from('PROXY UNKNOWN\r\n')],
  ])('takes the balancer for its own client (%s)', async (name, header) => {
    const agent = `check ${name}`;
    const request = `GET /v2/ HTTP/1.1\r\nHost: x\r\nUser-Agent: ${agent}\r\nConnection: close\r\n\r\n`;
    const answer = await balancer.speak(address, Buffer.concat([header, Buffer.from(request)]));
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(await loggedClient(agent)).toBe(near);
  });

  it('passes the health checks of a balancer, which name no client', async () => {
    // `checked` has a server only while its checks succeed.
    expect((await ask('http', 5002)).status).toBe(200);
    const path = '/checked';
    const find = async () => (await cache.accessLog()).find((line) => line.path === path);
    expect((await until('a log line of a health check', find)).client).toBe(near);
  });

  it('tells the client of a push through the proxy', async () => {
    const proxy = `http://${near}:3128`;
    const ca = await runOrThrow('curl', ['-fsS', `${proxy}/ca.crt`]);
    await using skopeo = await createSkopeoClient({ ca, proxy });
    const { folder, exitCode } = await skopeo.copy('reg.test/team/app:v1');
    expect(exitCode).toBe(0);
    const push = await skopeo.run('copy', `dir:${folder}`, 'docker://reg.test/pushed/app:v1');
    expect(push).toMatchObject({ exitCode: 0 });
    await using client = createHttpClient({ url: registry.url });
    expect((await client.get('/v2/pushed/app/tags/list')).json()).toMatchObject({ tags: ['v1'] });
    const pushed = await until('the log lines of the push', async () => {
      const lines = (await cache.accessLog()).filter(({ method }) => method === 'PUT');
      return lines.length > 0 && lines;
    });
    expect(new Set(pushed.map(({ client: of }) => of))).toEqual(new Set([stage.network.gateway]));
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
