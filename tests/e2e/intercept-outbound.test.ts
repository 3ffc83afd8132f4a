import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import {
  createCertificateAuthority,
  type ForwardProxy,
  startForwardProxy,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';
import {
  askThrough,
  openTunnel,
  type ProxyAppliance,
  sendPieces,
  startProxy,
} from './through-proxy.ts';

// The proxy for clients behind an outbound proxy, as in many companies.

const USER = { username: 'ann', password: 'out: b%und§' };
let stage: Stage;
let outbound: ForwardProxy;
let proxy: ProxyAppliance;
let ca: string;
let echoPort: number;

beforeAll(async () => {
  stage = await openStage();
  const { gateway } = stage.network;
  const authority = await createCertificateAuthority();
  ca = authority.certificatePem;
  const tls = await authority.issue({ names: ['far.test', 'near.test'] });
  await stage.upstream({ tls, port: 443 });
  const served = await stage.upstream();
  const echo = createServer((socket) => void socket.on('error', () => {}).pipe(socket));
  await once(echo.listen(0, gateway), 'listening');
  stage.use({ [Symbol.asyncDispose]: async () => void echo.close() });
  echoPort = (echo.address() as AddressInfo).port;
  // Only the outbound proxy can resolve far.test and echo.test.
  const hosts = { 'far.test': gateway, 'echo.test': gateway };
  outbound = stage.use(await startForwardProxy({ host: gateway, hosts, credentials: USER }));
  const account = `${USER.username}:${encodeURIComponent(USER.password)}`;
  proxy = await startProxy(
    stage,
    { 'reg.test': served },
    {
      hosts: { 'near.test': gateway },
      env: {
        CONNECT_PORTS: `443 ${echoPort}`,
        HTTPS_PROXY: `http://${account}@${gateway}:${outbound.port}`,
        NO_PROXY: 'near.test',
      },
    },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

beforeEach(() => {
  outbound.seen.length = 0;
});

it('a tunnel reaches a host that only the outbound proxy can reach', async () => {
  const found = await askThrough(proxy, 'far.test:443', '/v2/', { ca });
  expect(found).toMatchObject({ status: 200, body: '{}' });
  const expected = { method: 'CONNECT', target: 'far.test:443', status: 200 };
  // One CONNECT tests whether a tunnel is possible, and one is for the client.
  expect(outbound.seen).toEqual([expected, expected]);
});

it('bytes that a client sends before the answer are passed on', async () => {
  const target = `echo.test:${echoPort}`;
  const head = `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`;
  const { status, answer: begin, socket } = await sendPieces(proxy.port, [`${head}early`]);
  expect(status).toBe(200);
  socket.write(' and late');
  let answer = begin.split('\r\n\r\n')[1] ?? '';
  socket.on('data', (piece: Buffer) => {
    answer += piece.toString();
  });
  await expect.poll(() => answer).toBe('early and late');
  socket.destroy();
});

it('a refusal of the outbound proxy is reported before the client can send', async () => {
  const { status, answer } = await openTunnel(proxy, 'lost.test:443');
  expect(status).toBe(502);
  expect(answer).toContain('the outbound proxy answered 502 for lost.test:443');
});

it('a tunnel to a host in NO_PROXY is direct', async () => {
  const found = await askThrough(proxy, 'near.test:443', '/v2/', { ca });
  expect(found).toMatchObject({ status: 200, body: '{}' });
  expect(outbound.seen).toEqual([]);
});

it('the login of the outbound proxy is never shown', async () => {
  const isLogged = async () =>
    (await proxy.appliance.accessLog()).some(({ path }) => path === 'far.test:443');
  await expect.poll(isLogged).toBe(true);
  const log = JSON.stringify(await proxy.appliance.accessLog()) + (await proxy.appliance.logs());
  const basic = Buffer.from(`${USER.username}:${USER.password}`).toString('base64');
  for (const secret of [USER.password, encodeURIComponent(USER.password), basic]) {
    expect(log).not.toContain(secret);
  }
});
