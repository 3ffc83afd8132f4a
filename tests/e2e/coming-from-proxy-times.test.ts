import { once } from 'node:events';
import { createServer, request as requestHttp, type Server } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import {
  type FaultProxy,
  findFreePort,
  layersOf,
  type RegistryProcess,
  startFaultProxy,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readEvents } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { openTunnel, type ProxyAppliance, startProxy } from './through-proxy.ts';

/** In the notation of nginx, by the names of that program. Each default here is far longer. */
const TIMES = {
  CLIENT_HEADER_TIMEOUT: '2s',
  CLIENT_BODY_TIMEOUT: '2',
  SEND_TIMEOUT: '9000ms',
  KEEPALIVE_TIMEOUT: '2s',
  PROXY_READ_TIMEOUT: '3s',
  PROXY_SEND_TIMEOUT: '3s',
  PROXY_CONNECT_READ_TIMEOUT: '2s',
};
const BLOB_BYTES = 40_000_000;

let stage: Stage;
let registry: RegistryProcess;
let faultProxy: FaultProxy;
let pushed: Server;
let deaf: TcpServer;
let silent: TcpServer;
let silentPort: number;
let proxy: ProxyAppliance;
let blob: string;
/** When each pushed request reached its registry, in milliseconds since the epoch. */
const arrivals: number[] = [];

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  registry = await stage.upstream();
  const plan = { seed: 'times', layerSizesBytes: [BLOB_BYTES] };
  const [layer] = layersOf(await pushImage(registry, 'team/app', 'v1', plan));
  blob = layer?.digest ?? '';
  faultProxy = stage.use(await startFaultProxy({ host, upstream: registry.url }));
  pushed = createServer((request, response) => {
    arrivals.push(Date.now());
    request.resume().once('end', () => response.writeHead(201).end());
  });
  deaf = createTcpServer((socket) => socket.on('error', () => undefined).pause());
  silent = createTcpServer((socket) => socket.on('error', () => undefined).resume());
  const ports: number[] = [];
  for (const server of [pushed, deaf, silent]) {
    const port = await findFreePort(host);
    ports.push(port);
    server.listen(port, host);
    await once(server, 'listening');
    stage.use({ [Symbol.asyncDispose]: async () => void server.close() });
  }
  silentPort = ports[2] ?? 0;
  proxy = await startProxy(
    stage,
    {
      'reg.test': { url: faultProxy.url },
      'push.test': { url: `http://${host}:${ports[0]}` },
      'deaf.test': { url: `http://${host}:${ports[1]}` },
    },
    {
      hosts: { 'other.test': host },
      env: {
        ...TIMES,
        ALLOW_PUSH: 'true',
        PROXY_REQUEST_BUFFERING: 'true',
        CONNECT_PORTS: `443 ${silentPort}`,
        EGRESS_CONNECT_TIMEOUT: '4s',
        PROXY_CONNECT_TIMEOUT: '9s',
      },
    },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

/** A TLS connection to a registry, through the proxy. */
async function connectTo(host: string) {
  const { socket } = await openTunnel(proxy, `${host}:443`);
  const secure = connectTls({ socket, ca: await proxy.ca(), servername: host });
  secure.on('error', () => undefined);
  await once(secure, 'secureConnect');
  return secure;
}

/** Seconds until a connection ends, and the text that came before. */
async function waitForEnd(connection: Duplex) {
  const start = performance.now();
  let text = '';
  connection.on('data', (piece: Buffer) => {
    text += piece.toString('latin1');
  });
  await once(connection, 'close');
  return { text, seconds: (performance.now() - start) / 1000 };
}

function expectSeconds(seconds: number, least: number, most: number): void {
  expect(seconds).toBeGreaterThan(least - 0.5);
  expect(seconds).toBeLessThan(most);
}

it('ends a connection that waits for its next request by KEEPALIVE_TIMEOUT', async () => {
  const secure = await connectTo('reg.test');
  secure.write('GET /robots HTTP/1.1\r\nHost: reg.test\r\n\r\n');
  const { text, seconds } = await waitForEnd(secure);
  expect(text).toContain('HTTP/1.1 ');
  expectSeconds(seconds, 2, 20);
});

it('answers 408 to headers that take longer than CLIENT_HEADER_TIMEOUT', async () => {
  const secure = await connectTo('reg.test');
  secure.write('GET /v2/ HTTP/1.1\r\nHost: reg.test\r\n');
  const { text, seconds } = await waitForEnd(secure);
  expect(text).toContain('HTTP/1.1 408');
  expectSeconds(seconds, 2, 20);
});

it('ends a push that pauses longer than CLIENT_BODY_TIMEOUT', async () => {
  const secure = await connectTo('push.test');
  const head = 'PUT /v2/team/app/blobs/uploads/1 HTTP/1.1\r\nHost: push.test\r\n';
  secure.write(`${head}Content-Length: 3000000\r\n\r\n`);
  // More than is held back, so that the rest would be streamed.
  secure.write(Buffer.alloc(600_000));
  const start = performance.now();
  // Then the connection lingers, so that the client can read this.
  const [answer] = (await once(secure, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 40[08] /);
  expectSeconds((performance.now() - start) / 1000, 2, 8.5);
  secure.destroy();
});

it('holds a small push back by PROXY_REQUEST_BUFFERING until it is whole', async () => {
  const secure = await connectTo('push.test');
  const before = arrivals.length;
  const head = 'PUT /v2/team/app/manifests/v1 HTTP/1.1\r\nHost: push.test\r\nConnection: close\r\n';
  secure.write(`${head}Content-Length: 2000\r\n\r\n`);
  secure.write(Buffer.alloc(1000));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(arrivals.length).toBe(before);
  secure.write(Buffer.alloc(1000));
  expect((await waitForEnd(secure)).text).toContain('HTTP/1.1 201');
  expect(arrivals.length).toBe(before + 1);
});

it('gives a push up when the registry takes nothing for PROXY_SEND_TIMEOUT', async () => {
  const secure = await connectTo('deaf.test');
  const start = performance.now();
  const request = requestHttp({
    createConnection: () => secure,
    method: 'PUT',
    path: '/v2/team/app/blobs/uploads/1',
    headers: { host: 'deaf.test', 'content-length': 60_000_000 },
  }).on('error', () => undefined);
  request.write(Buffer.alloc(60_000_000));
  const [response] = await once(request, 'response');
  expect(response.statusCode).toBe(504);
  expectSeconds((performance.now() - start) / 1000, 3, 20);
  secure.destroy();
});

it('gives a pull up when the registry is silent for PROXY_READ_TIMEOUT', async () => {
  faultProxy.setRules({ when: { kind: 'manifest' }, do: { silent: true } });
  const secure = await connectTo('reg.test');
  secure.write(
    'GET /v2/team/app/manifests/v1 HTTP/1.1\r\nHost: reg.test\r\nConnection: close\r\n\r\n',
  );
  const { text, seconds } = await waitForEnd(secure);
  expect(text).toContain('HTTP/1.1 504');
  expect(text).toContain('within 3s');
  // Shorter than the 23 s after which a client is told to come again.
  expectSeconds(seconds, 3, 15);
  faultProxy.setRules();
});

it('ends a tunnel that is silent for PROXY_CONNECT_READ_TIMEOUT', async () => {
  const { status, socket } = await openTunnel(proxy, `other.test:${silentPort}`);
  expect(status).toBe(200);
  const { seconds } = await waitForEnd(socket);
  expectSeconds(seconds, 2, 20);
});

it('ends an answer that the client leaves unread for SEND_TIMEOUT', async () => {
  const secure = await connectTo('reg.test');
  secure.write(`GET /v2/team/app/blobs/${blob} HTTP/1.1\r\nHost: reg.test\r\n\r\n`);
  const [first] = (await once(secure, 'data')) as [Buffer];
  expect(first.toString('latin1')).toContain('HTTP/1.1 200');
  secure.pause();
  const closed = once(secure, 'close');
  await new Promise((resolve) => setTimeout(resolve, 16_000));
  let length = first.length;
  secure.on('data', (piece: Buffer) => {
    length += piece.length;
  });
  secure.resume();
  await closed;
  expect(length).toBeLessThan(BLOB_BYTES);
});

it('says what it took, and that a setting of our own won', async () => {
  const events = await readEvents(proxy.appliance);
  const [taken] = events.filter((event) => event.taken !== undefined);
  expect(taken?.taken).toEqual([
    'SEND_TIMEOUT=9000ms is EDGE_SEND_TIMEOUT=9s',
    'CLIENT_BODY_TIMEOUT=2 is EDGE_BODY_TIMEOUT=2s',
    'CLIENT_HEADER_TIMEOUT=2s is EDGE_HEADER_TIMEOUT=2s',
    'KEEPALIVE_TIMEOUT=2s is EDGE_KEEPALIVE_TIMEOUT=2s',
    'PROXY_READ_TIMEOUT=3s is EGRESS_HEADERS_TIMEOUT=3s EGRESS_BLOB_HEADERS_TIMEOUT=3s EGRESS_IDLE_TIMEOUT=3s',
    'PROXY_SEND_TIMEOUT=3s is EGRESS_SEND_TIMEOUT=3s',
    'PROXY_CONNECT_READ_TIMEOUT=2s is CONNECT_IDLE_TIMEOUT=2s',
    'PROXY_REQUEST_BUFFERING=true is PUSH_BUFFERING=true',
  ]);
  const warnings = events.filter((event) => event.left !== undefined);
  expect(warnings).toEqual([
    expect.objectContaining({
      level: 'warn',
      left: ['PROXY_CONNECT_TIMEOUT for EGRESS_CONNECT_TIMEOUT, which is set too'],
    }),
  ]);
});
